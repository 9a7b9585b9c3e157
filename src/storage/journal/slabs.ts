import type { Entry } from '../contract.ts';
import { ownBuffer } from '../own-buffer.ts';

/** Memory that many values share. */
interface Slab {
  readonly memory: ArrayBufferLike;
  /** Those whose values are in it, and that the document has. */
  readonly entries: Entry[];
  /** Bytes of the values of these, and of all that it had. */
  live: number;
  taken: number;
}

/** So much of a slab may be values that nobody needs any more, before the others get memory of their own. */
const deadPart = 1 / 8;
/** At the end of a start, so much of a slab must be values. */
const filledPart = 1 / 2;

/**
 * The values that a start has read are parts of what it read from the files, without a copy: memory of its own costs each of
 * them time and 300 bytes. So that one value does not keep what was beside it, the entries of a slab of which an eighth was
 * replaced get copies. Their `value` is then another buffer with the same bytes.
 */
export class Slabs {
  readonly #slabs = new Map<ArrayBufferLike, Slab>();
  /** The one that was filled last. More may be put into it. */
  #current: Slab | undefined;

  /** The document has this entry from now on. */
  take(entry: Entry): void {
    const memory = entry.value.buffer;
    if (memory.byteLength === entry.value.length) return;
    const slab = this.#current?.memory === memory ? this.#current : this.#open(memory);
    slab.entries.push(entry);
    slab.live += entry.value.length;
    slab.taken += entry.value.length;
  }

  /** The document has something else in the place of this entry. It may be kept longer elsewhere, with memory of its own. */
  leave(entry: Entry): void {
    const slab = this.#slabs.get(entry.value.buffer);
    if (slab === undefined) return;
    const at = slab.entries.indexOf(entry);
    if (at === -1) return;
    const last = slab.entries.pop();
    if (last !== undefined && last !== entry) slab.entries[at] = last;
    slab.live -= entry.value.length;
    moveOut(entry);
    if (slab !== this.#current) this.#check(slab);
  }

  /** The start is over. @param kept entries that others take the values of: these get memory of their own */
  settle(kept: Iterable<Entry>): void {
    for (const entry of kept) this.leave(entry);
    this.#current = undefined;
    for (const slab of [...this.#slabs.values()]) {
      if (slab.live < slab.memory.byteLength * filledPart) this.#dissolve(slab);
      else this.#check(slab);
    }
  }

  #open(memory: ArrayBufferLike): Slab {
    const slab = this.#slabs.get(memory) ?? { memory, entries: [], live: 0, taken: 0 };
    this.#slabs.set(memory, slab);
    const before = this.#current;
    this.#current = slab;
    if (before !== undefined) this.#check(before);
    return slab;
  }

  #check(slab: Slab): void {
    if (slab.live < slab.taken * (1 - deadPart)) this.#dissolve(slab);
  }

  #dissolve({ memory, entries }: Slab): void {
    for (const entry of entries) moveOut(entry);
    this.#slabs.delete(memory);
  }
}

function moveOut(entry: { value: Buffer } | Entry): void {
  (entry as { value: Buffer }).value = ownBuffer(entry.value);
}
