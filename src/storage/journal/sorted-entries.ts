import type { Entry } from '../contract.ts';
import { compareUtf8 } from '../../meta/utf8-order.ts';

/** So many entries make a block; a full one is split in two. */
const blockSize = 128;

type Block = readonly Entry[];

/**
 * Entries ordered by key. Blocks are replaced, never changed, so that a view of the whole costs one reference a block;
 * finding and changing cost the logarithm of the size plus a block's copy.
 */
export class SortedEntries {
  readonly #blocks: Block[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): Entry | undefined {
    const block = this.#blocks[blockOf(this.#blocks, key)];
    const found = block?.[position(block, key)];
    return found?.key === key ? found : undefined;
  }

  /** Adds or replaces; gives back what was there. */
  put(entry: Entry): Entry | undefined {
    const at = blockOf(this.#blocks, entry.key);
    const block = this.#blocks[at];
    if (block === undefined) {
      this.#blocks.push([entry]);
      this.#size++;
      return undefined;
    }
    const index = position(block, entry.key);
    const old = block[index];
    if (old?.key === entry.key) {
      this.#blocks[at] = block.with(index, entry);
      return old;
    }
    const grown = block.toSpliced(index, 0, entry);
    if (grown.length < blockSize) this.#blocks[at] = grown;
    else this.#blocks.splice(at, 1, grown.slice(0, blockSize / 2), grown.slice(blockSize / 2));
    this.#size++;
    return undefined;
  }

  /** Gives back what was there. */
  delete(key: string): Entry | undefined {
    const at = blockOf(this.#blocks, key);
    const block = this.#blocks[at];
    if (block === undefined) return undefined;
    const index = position(block, key);
    const old = block[index];
    if (old?.key !== key) return undefined;
    if (block.length === 1) this.#blocks.splice(at, 1);
    else this.#blocks[at] = block.toSpliced(index, 1);
    this.#size--;
    return old;
  }

  /** The entries as they are now, in order; later changes do not show in it. */
  view(): readonly Block[] {
    return this.#blocks.slice();
  }

  /** In order, from this key on (itself included). Not to be continued after a change. */
  *from(key: string): Generator<Entry, void, undefined> {
    let at = blockOf(this.#blocks, key);
    const first = this.#blocks[at];
    if (first === undefined) return;
    yield* first.slice(position(first, key));
    for (at++; at < this.#blocks.length; at++) yield* this.#blocks[at] ?? [];
  }
}

/** The last block that begins at or before key, else the first. */
function blockOf(blocks: readonly Block[], key: string): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const first = blocks[middle]?.[0];
    if (first !== undefined && compareUtf8(first.key, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** Where key is in the block, or would be. */
function position(block: Block, key: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = block[middle];
    if (entry !== undefined && compareUtf8(entry.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
