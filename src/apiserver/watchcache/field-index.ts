/** Finds objects by the value of one selectable field. Built on first use, then updated with every change. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { CachedObject } from './contract.ts';
import { prefixEnd } from './keys.ts';
import { SortedChunks } from './sorted-chunks.ts';

/**
 * Never part of a key, and rarely of a value; a value that contains it can only make a range too wide, never too
 * narrow.
 */
const separator = '\u0000';

/** The index of one field of one resource. */
export class FieldIndex<T extends KubeObject> {
  readonly #valueOf: (object: Stored<T>) => string;
  readonly #places = new SortedChunks<string>((place) => place);

  constructor(valueOf: (object: Stored<T>) => string, entries: Iterable<CachedObject<T>>) {
    this.#valueOf = valueOf;
    for (const entry of entries) this.#places.set(this.#place(entry));
  }

  replace(previous: CachedObject<T> | undefined, current: CachedObject<T> | undefined): void {
    const from = previous && this.#place(previous);
    const to = current && this.#place(current);
    if (from === to) return;
    if (from !== undefined) this.#places.delete(from);
    if (to !== undefined) this.#places.set(to);
  }

  /** Keys of objects with this value whose key begins with prefix and is at least `from`, in key order. */
  *keys(value: string, prefix: string, from: string): Generator<string, void, undefined> {
    const begin = value + separator;
    const end = prefixEnd(begin + prefix);
    for (const place of this.#places.range(begin + (from > prefix ? from : prefix), end))
      yield place.slice(begin.length);
  }

  #place(entry: CachedObject<T>): string {
    return this.#valueOf(entry.object) + separator + entry.key;
  }
}
