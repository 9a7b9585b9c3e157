/** Work with the same key runs one after the other. Different keys do not wait for each other. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  take<R>(key: string, work: () => Promise<R>): Promise<R> {
    const mine = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, settled);
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return mine;
  }
}
