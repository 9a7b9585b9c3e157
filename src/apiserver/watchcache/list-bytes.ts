/** Whole lists as bytes: each chunk of objects is joined once, and again only when one of its objects changes. */
import type { KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CachedObject } from './contract.ts';
import type { Chunk } from './sorted-chunks.ts';

export interface ListBytes {
  readonly bytes: readonly Buffer[];
  readonly length: number;
  readonly revision: Revision;
}

const comma = Buffer.from(',');
const end = Buffer.from(']}\n');

export class ListJoiner<T extends KubeObject> {
  readonly #start: string;
  readonly #joined = new WeakMap<Chunk<CachedObject<T>>, Buffer>();
  /** By namespace, of the newest revision listed. */
  readonly #lists = new Map<string, ListBytes>();
  #revision: Revision = 0;

  constructor(apiVersion: string, listKind: string) {
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
    const list = this.#make(pieces(), revision);
    this.#lists.set(namespace, list);
    return list;
  }

  #make(pieces: Iterable<Chunk<CachedObject<T>>>, revision: Revision): ListBytes {
    const head = Buffer.from(`${this.#start}{"resourceVersion":"${revision}"},"items":[`);
    const bytes: Buffer[] = [head];
    for (const piece of pieces) {
      if (bytes.length > 1) bytes.push(comma);
      bytes.push(this.#join(piece));
    }
    bytes.push(end);
    return { bytes, length: bytes.reduce((sum, one) => sum + one.length, 0), revision };
  }

  #join(piece: Chunk<CachedObject<T>>): Buffer {
    const known = this.#joined.get(piece);
    if (known !== undefined) return known;
    const parts: Buffer[] = [];
    for (const { json } of piece.items) {
      if (parts.length > 0) parts.push(comma);
      parts.push(json);
    }
    const joined = Buffer.concat(parts);
    this.#joined.set(piece, joined);
    return joined;
  }
}
