/** Whole lists as bytes: each chunk of objects is joined once, and again only when one of its objects changes. */
import type { KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CachedObject } from './contract.ts';
import type { Kept } from './memory.ts';
import type { Chunk } from './sorted-chunks.ts';

export interface ListBytes {
  /** Each piece is put together when it is asked for. Can be iterated over any number of times. */
  readonly bytes: Iterable<Buffer>;
  /** Of all pieces; undefined where the objects' bytes have yet to be made. */
  readonly length: number | undefined;
  readonly revision: Revision;
}

const comma = Buffer.from(',');
const end = Buffer.from(']}\n');

export class ListJoiner<T extends KubeObject> {
  readonly #start: string;
  readonly #joined: Kept<object, object>;
  readonly #lengths = new WeakMap<Chunk<CachedObject<T>>, number>();
  readonly #isLengthKnown: boolean;
  /** By namespace, of the newest revision listed. */
  readonly #lists = new Map<string, ListBytes>();
  #revision: Revision = 0;

  /**
   * @param joined where joined runs are kept for as long as there is room
   * @param options.isLengthKnown whether the objects' sizes are known without making their bytes
   */
  constructor(apiVersion: string, listKind: string, joined: Kept<object, object>, { isLengthKnown = true } = {}) {
    this.#joined = joined;
    this.#isLengthKnown = isLengthKnown;
    this.#start = `{"kind":${JSON.stringify(listKind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":`;
  }

  /**
   * The same list as long as the revision is the same.
   * @param pieces runs of objects; a run that comes again as the same object is not joined again
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

  /** Without the comma behind it. */
  #lengthOf(piece: Chunk<CachedObject<T>>): number {
    let length = this.#lengths.get(piece);
    if (length === undefined) {
      length = piece.items.reduce((sum, { size }) => sum + size, piece.items.length - 1);
      this.#lengths.set(piece, length);
    }
    return length;
  }

  /** With a comma behind each object, the last one too. */
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
