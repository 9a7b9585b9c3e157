/**
 * A sorted collection in chunks of at most 128 items. A write changes one chunk, so it costs the same with a hundred
 * items and with a hundred thousand; reading a range reads arrays.
 */

/** Immutable: replaced when its items change, so that values cached for a chunk stay right. */
export interface Chunk<T> {
  readonly items: readonly T[];
}

interface Place {
  /** May be one past the last chunk. */
  readonly chunk: number;
  readonly index: number;
  readonly found: boolean;
}

const maxItems = 128;

/** Items sorted by a string key; each key at most once. */
export class SortedChunks<T> {
  readonly #keyOf: (item: T) => string;
  #chunks: Chunk<T>[] = [];
  #size = 0;

  constructor(keyOf: (item: T) => string) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): T | undefined {
    const place = this.#find(key);
    return place.found ? this.#chunks[place.chunk]?.items[place.index] : undefined;
  }

  /** Adds the item; if it replaces one with the same key, returns the old one. */
  set(item: T): T | undefined {
    const { chunk, index, found } = this.#find(this.#keyOf(item));
    const items = this.#chunks[chunk]?.items;
    if (items === undefined) {
      this.#append(item);
      return undefined;
    }
    const changed = items.toSpliced(index, found ? 1 : 0, item);
    if (found) {
      this.#chunks[chunk] = { items: changed };
      return items[index];
    }
    this.#size += 1;
    if (changed.length <= maxItems) this.#chunks[chunk] = { items: changed };
    else {
      const half = changed.length >> 1;
      this.#chunks.splice(chunk, 1, { items: changed.slice(0, half) }, { items: changed.slice(half) });
    }
    return undefined;
  }

  /** As `set` of each. Costs little where the collection is empty and the keys are in order. @returns what was replaced, by index */
  addAll(items: readonly T[]): readonly (T | undefined)[] {
    if (this.#size > 0 || !this.#areInOrder(items)) return items.map((item) => this.set(item));
    for (let at = 0; at < items.length; at += maxItems) this.#chunks.push({ items: items.slice(at, at + maxItems) });
    this.#size = items.length;
    return [];
  }

  #areInOrder(items: readonly T[]): boolean {
    for (let at = 1; at < items.length; at += 1) if (this.#keyAt(items, at - 1) >= this.#keyAt(items, at)) return false;
    return true;
  }

  delete(key: string): T | undefined {
    const { chunk, index, found } = this.#find(key);
    const items = this.#chunks[chunk]?.items;
    if (!found || items === undefined) return undefined;
    this.#size -= 1;
    if (items.length === 1) this.#chunks.splice(chunk, 1);
    else this.#chunks[chunk] = { items: items.toSpliced(index, 1) };
    this.#mergeSmall(chunk);
    this.#mergeSmall(chunk - 1);
    return items[index];
  }

  clear(): void {
    this.#chunks = [];
    this.#size = 0;
  }

  /** Items whose key is at least `from` and below `to`, in order. Do not change the collection meanwhile. */
  *range(from = '', to?: string): Generator<T, void, undefined> {
    for (const { items } of this.pieces(from, to)) yield* items;
  }

  /** The same range as runs of items; a run that covers a whole chunk is that chunk itself. */
  *pieces(from = '', to?: string): Generator<Chunk<T>, void, undefined> {
    const start = this.#find(from);
    const end = to === undefined ? { chunk: this.#chunks.length, index: 0 } : this.#find(to);
    for (let at = start.chunk; at <= end.chunk; at += 1) {
      const chunk = this.#chunks[at];
      if (chunk === undefined) return;
      const first = at === start.chunk ? start.index : 0;
      const last = at === end.chunk ? end.index : chunk.items.length;
      if (first === 0 && last === chunk.items.length) yield chunk;
      else if (first < last) yield { items: chunk.items.slice(first, last) };
    }
  }

  /** The number of items in the range, without reading them. */
  count(from = '', to?: string): number {
    const start = this.#find(from);
    const end = to === undefined ? { chunk: this.#chunks.length, index: 0 } : this.#find(to);
    let items = end.index - start.index;
    for (let at = start.chunk; at < end.chunk; at += 1) items += this.#chunks[at]?.items.length ?? 0;
    return Math.max(0, items);
  }

  #append(item: T): void {
    this.#size += 1;
    const last = this.#chunks.length - 1;
    const items = this.#chunks[last]?.items;
    // A full last chunk stays full, so that filling in key order (as at start) packs tightly.
    if (items === undefined || items.length >= maxItems) this.#chunks.push({ items: [item] });
    else this.#chunks[last] = { items: [...items, item] };
  }

  #mergeSmall(at: number): void {
    const here = this.#chunks[at];
    const next = this.#chunks[at + 1];
    if (here === undefined || next === undefined || here.items.length + next.items.length > maxItems / 2) return;
    this.#chunks.splice(at, 2, { items: [...here.items, ...next.items] });
  }

  /** The place of the first item whose key is not below `key`. */
  #find(key: string): Place {
    const chunk = lowerBound(this.#chunks.length, (at) => this.#lastKey(at) < key);
    const items = this.#chunks[chunk]?.items ?? [];
    const index = lowerBound(items.length, (at) => this.#keyAt(items, at) < key);
    return { chunk, index, found: index < items.length && this.#keyAt(items, index) === key };
  }

  #lastKey(chunk: number): string {
    const items = this.#chunks[chunk]?.items ?? [];
    return this.#keyAt(items, items.length - 1);
  }

  #keyAt(items: readonly T[], index: number): string {
    const item = items[index];
    return item === undefined ? '' : this.#keyOf(item);
  }
}

/** The first index of 0…length for which `below` is false; `below` is true up to there. */
export function lowerBound(length: number, below: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (below(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
