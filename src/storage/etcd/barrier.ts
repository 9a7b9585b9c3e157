import type { Revision } from '../contract.ts';

/**
 * Concurrent callers share one read: who comes while one is under way, which may have begun before what the caller knows of
 * was durable, waits for the next.
 */
export class Barrier {
  readonly #read: () => Promise<Revision>;
  #running: Promise<Revision> | undefined;
  #next: Promise<Revision> | undefined;

  /** @param read the newest revision, seen after the call */
  constructor(read: () => Promise<Revision>) {
    this.#read = read;
  }

  pass(): Promise<Revision> {
    if (this.#next !== undefined) return this.#next;
    const running = this.#running;
    if (running === undefined) return this.#begin();
    this.#next = running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<Revision> {
    this.#next = undefined;
    const reading = this.#read();
    this.#running = reading;
    const over = (): void => {
      if (this.#running === reading) this.#running = undefined;
    };
    reading.then(over, over);
    return reading;
  }
}
