import type { Entry } from '../contract.ts';
import { compareUtf8 } from '../../meta/utf8-order.ts';

/** So many entries make a block; a full one is split in two. */
const blockSize = 128;

type Entries = readonly Entry[];
type IsBefore = (a: string, b: string) => boolean;

/** The units from which on the order of UTF-16 is not that of UTF-8. */
const late = /[\uD800-\uFFFF]/;

/** Much faster than inUtf8. The same, unless late units are in both keys: so it will do while no stored key has any. */
const inCodeUnits: IsBefore = (a, b) => a < b;
const inUtf8: IsBefore = (a, b) => compareUtf8(a, b) < 0;

interface Block {
  readonly entries: Entry[];
  /** Views from before this number of views do not have the block's array. */
  readonly since: number;
}

/**
 * Entries ordered by key. Finding and changing cost the logarithm of the size. A view of the whole costs one reference a
 * block: what a view has is copied before it is changed, and what none has is changed in place.
 */
export class SortedEntries {
  readonly #blocks: Block[] = [];
  #isBefore: IsBefore = inCodeUnits;
  #size = 0;
  /** Views that were given out. */
  #views = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): Entry | undefined {
    const entries = this.#blocks[this.#blockOf(key)]?.entries;
    const found = entries?.[this.#position(entries, key)];
    return found?.key === key ? found : undefined;
  }

  /** Adds or replaces; gives back what was there. */
  put(entry: Entry): Entry | undefined {
    if (late.test(entry.key)) this.#isBefore = inUtf8;
    const at = this.#blockOf(entry.key);
    const entries = this.#changeable(at);
    if (entries === undefined) {
      this.#blocks.push(this.#block([entry]));
      this.#size++;
      return undefined;
    }
    const index = this.#position(entries, entry.key);
    const old = entries[index];
    if (old?.key === entry.key) {
      entries[index] = entry;
      return old;
    }
    entries.splice(index, 0, entry);
    this.#size++;
    if (entries.length === blockSize) this.#split(at, entries, index);
    return undefined;
  }

  /** Gives back what was there. */
  delete(key: string): Entry | undefined {
    const at = this.#blockOf(key);
    const found = this.#blocks[at]?.entries;
    if (found === undefined) return undefined;
    const index = this.#position(found, key);
    const old = found[index];
    if (old?.key !== key) return undefined;
    if (found.length === 1) this.#blocks.splice(at, 1);
    else this.#changeable(at)?.splice(index, 1);
    this.#size--;
    return old;
  }

  /** The entries as they are now, in order; later changes do not show in it. */
  view(): readonly Entries[] {
    this.#views++;
    return this.#blocks.map(({ entries }) => entries);
  }

  /** In order, from this key on (itself included). Not to be continued after a change. */
  *from(key: string): Generator<Entry, void, undefined> {
    let at = this.#blockOf(key);
    const first = this.#blocks[at]?.entries;
    if (first === undefined) return;
    for (let index = this.#position(first, key); index < first.length; index++) yield first[index] as Entry;
    for (at++; at < this.#blocks.length; at++) yield* this.#blocks[at]?.entries ?? [];
  }

  #block(entries: Entry[]): Block {
    return { entries, since: this.#views };
  }

  /** The entries of a block that no view has. */
  #changeable(at: number): Entry[] | undefined {
    const block = this.#blocks[at];
    if (block === undefined || block.since === this.#views) return block?.entries;
    const copy = this.#block([...block.entries]);
    this.#blocks[at] = copy;
    return copy.entries;
  }

  /** Where entries come in order, as from a snapshot, blocks stay full. */
  #split(at: number, entries: Entry[], added: number): void {
    const isAtEnd = at === this.#blocks.length - 1 && added === entries.length - 1;
    const rest = entries.splice(isAtEnd ? blockSize - 1 : blockSize / 2);
    this.#blocks.splice(at + 1, 0, this.#block(rest));
  }

  /** The last block that begins at or before key, else the first. */
  #blockOf(key: string): number {
    const last = this.#blocks.length - 1;
    // Often it is the end that grows.
    if (last >= 0 && this.#beginsAtOrBefore(last, key)) return last;
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#beginsAtOrBefore(middle, key)) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #beginsAtOrBefore(at: number, key: string): boolean {
    const first = this.#blocks[at]?.entries[0];
    return first !== undefined && !this.#isBefore(key, first.key);
  }

  /** Where key is in the block, or would be. */
  #position(entries: Entries, key: string): number {
    const last = entries.at(-1);
    if (last !== undefined && this.#isBefore(last.key, key)) return entries.length;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = entries[middle];
      if (entry !== undefined && this.#isBefore(entry.key, key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
