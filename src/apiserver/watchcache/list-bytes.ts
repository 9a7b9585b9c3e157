/** Whole lists as bytes: a chunk of objects is joined once, and again only after one of its objects changed. */
import type { KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CachedObject } from './contract.ts';
import type { Kept } from './memory.ts';
import type { Chunk } from './sorted-chunks.ts';

/** An encoded list. */
export interface ListBytes {
  /** Each piece is made on demand. Can be iterated over any number of times. */
  readonly bytes: Iterable<Buffer>;
  /** Bytes of all pieces; undefined if the sizes of the objects are not known yet. */
  readonly length: number | undefined;
  readonly revision: Revision;
}

const comma = Buffer.from(',');
const end = Buffer.from(']}\n');

/** Makes the encoded lists of one resource. */
export class ListJoiner<T extends KubeObject> {
  readonly #start: string;
  readonly #joined: Kept<object, object>;
  readonly #lengths = new WeakMap<Chunk<CachedObject<T>>, number>();
  readonly #isLengthKnown: boolean;
  /** By namespace; only lists of the newest revision. */
  readonly #lists = new Map<string, ListBytes>();
  #revision: Revision = 0;

  /**
   * @param joined keeps joined runs while its budget allows
   * @param options.isLengthKnown whether the objects' sizes are known without encoding them
   */
  constructor(apiVersion: string, listKind: string, joined: Kept<object, object>, { isLengthKnown = true } = {}) {
    this.#joined = joined;
    this.#isLengthKnown = isLengthKnown;
    this.#start = `{"kind":${JSON.stringify(listKind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":`;
  }

  /**
   * The list; the same value while the revision stays the same.
   * @param pieces runs of objects; a run that is the same JavaScript object as before is not joined again
   */
  list(namespace: string, revision: Revision, pieces: () => Iterable<Chunk<CachedObject<T>>>): ListBytes {
    if (revision !== this.#revision) this.#lists.clear();
    this.#revision = revision;
    const known = this.#lists.get(namespace);
    if (known !== undefined) return known;
    const list = this.#make([...pieces()], revision);
    this.#lists.set(namespace, list);
    return list;
  }

  #make(pieces: readonly Chunk<CachedObject<T>>[], revision: Revision): ListBytes {
    const head = Buffer.from(`${this.#start}{"resourceVersion":"${revision}"},"items":[`);
    const parts = (): Generator<Buffer, void, undefined> => this.#parts(head, pieces);
    const commas = Math.max(0, pieces.length - 1);
    const length = this.#isLengthKnown
      ? pieces.reduce((sum, piece) => sum + this.#lengthOf(piece), head.length + commas + end.length)
      : undefined;
    return { bytes: { [Symbol.iterator]: parts }, length, revision };
  }

  *#parts(head: Buffer, pieces: readonly Chunk<CachedObject<T>>[]): Generator<Buffer, void, undefined> {
    yield head;
    for (const [at, piece] of pieces.entries()) {
      const joined = this.#join(piece);
      yield at < pieces.length - 1 ? joined : joined.subarray(0, -1);
    }
    yield end;
  }

  /** Without the comma after it. */
  #lengthOf(piece: Chunk<CachedObject<T>>): number {
    let length = this.#lengths.get(piece);
    if (length === undefined) {
      length = piece.items.reduce((sum, { size }) => sum + size, piece.items.length - 1);
      this.#lengths.set(piece, length);
    }
    return length;
  }

  /** With a comma after each object, also after the last one. */
  #join(piece: Chunk<CachedObject<T>>): Buffer {
    const known = this.#joined.get(piece) as Buffer | undefined;
    if (known !== undefined) return known;
    const parts: Buffer[] = [];
    for (const { json } of piece.items) parts.push(json, comma);
    const joined = Buffer.concat(parts);
    this.#joined.keep(piece, joined, joined.length);
    return joined;
  }
}
