/** The keys of the objects that belong to each StatefulSet, by the key of the set. */
export class Families {
  readonly #members = new Map<string, Set<string>>();

  update(set: string, key: string, present: boolean): void {
    const members = this.#members.get(set) ?? new Set();
    if (present) this.#members.set(set, members.add(key));
    else if (members.delete(key) && members.size === 0) this.#members.delete(set);
  }

  of(set: string): readonly string[] {
    return [...(this.#members.get(set) ?? [])];
  }
}
