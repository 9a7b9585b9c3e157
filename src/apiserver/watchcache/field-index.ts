/**
 * Finds objects by the value of one selectable field. Built in slices from the first use on; until it is complete it is
 * already updated with every change.
 */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { CachedObject } from './contract.ts';
import { createTurns } from '../../runtime/turns.ts';
import { ConversionError } from '../versions/index.ts';
import { prefixEnd } from './keys.ts';
import { keyAfter } from './page.ts';
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

  /** Values of objects that are about to change. */
  readonly #read = new WeakMap<CachedObject<T>, string>();
  #isComplete = false;

  /** @param entriesFrom the objects whose keys are at least `from`, as they are now, in key order */
  constructor(valueOf: (object: Stored<T>) => string, entriesFrom: (from: string) => Iterable<CachedObject<T>>) {
    this.#valueOf = valueOf;
    // Whoever lists meanwhile reads the objects, and is told there of one that cannot be read.
    this.#build(entriesFrom).catch(() => undefined);
  }

  /** Whether `keys` finds all objects: not yet where there are so many that they could not be looked at in one slice. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  async #build(entriesFrom: (from: string) => Iterable<CachedObject<T>>): Promise<void> {
    const turns = createTurns();
    turns.due();
    let from: string | undefined = '';
    while (from !== undefined) {
      from = this.#slice(entriesFrom(from), () => turns.due());
      if (from !== undefined) await turns.next();
    }
    this.#isComplete = true;
  }

  /** @returns where to go on; undefined: nothing is left */
  #slice(entries: Iterable<CachedObject<T>>, due: () => boolean): string | undefined {
    for (const entry of entries) {
      this.#places.set(this.#place(entry));
      if (due()) return keyAfter(entry.key);
    }
    return undefined;
  }

  /** Reads the value of a state that `replace` is to be called with, so that this need not be done then. */
  readAhead(entry: CachedObject<T>): void {
    this.#read.set(entry, this.#value(entry));
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
    return this.#value(entry) + separator + entry.key;
  }

  /** '' for an object that cannot be converted; whoever reads it is told. */
  #value(entry: CachedObject<T>): string {
    const known = this.#read.get(entry);
    if (known !== undefined) return known;
    try {
      return this.#valueOf(entry.object);
    } catch (error) {
      if (error instanceof ConversionError) return '';
      throw error;
    }
  }
}
