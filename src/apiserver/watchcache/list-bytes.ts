/**
 * Whole lists as bytes, in parts: a run of objects is joined once, and again only after one of its objects changed. A
 * list never exists as one buffer.
 */
import type { KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CachedObject, ListPart } from './contract.ts';
import type { Kept } from './memory.ts';
import type { Chunk } from './sorted-chunks.ts';

/** An encoded list. */
export interface ListBytes {
  /** Each part is made on demand. Can be iterated over any number of times. */
  readonly parts: Iterable<ListPart>;
  /** Bytes of all parts; undefined if the sizes of the objects are not known yet. */
  readonly length: number | undefined;
  readonly revision: Revision;
}

const comma = Buffer.from(',');
const end = Buffer.from(']}\n');
/** A run ends with the object that reaches this many bytes. */
const runBytes = 256 * 1024;

/** Consecutive objects of a chunk. */
class Run {
  readonly start: number;
  /** Where the next run starts; undefined until the run has been joined for the first time. */
  end: number | undefined;
  /** Identifies the bytes of the run at the start of a list, where no comma comes before it. */
  readonly asFirst = {};

  constructor(start: number) {
    this.start = start;
  }
}

/** Makes the encoded lists of one resource. */
export class ListJoiner<T extends KubeObject> {
  readonly #start: string;
  readonly #joined: Kept<object, object>;
  readonly #lengths = new WeakMap<Chunk<CachedObject<T>>, number>();
  readonly #runs = new WeakMap<Chunk<CachedObject<T>>, Run[]>();
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
   * @param chunks objects in order; what is the same JavaScript object as before is not joined again
   */
  list(namespace: string, revision: Revision, chunks: () => Iterable<Chunk<CachedObject<T>>>): ListBytes {
    if (revision !== this.#revision) this.#lists.clear();
    this.#revision = revision;
    const known = this.#lists.get(namespace);
    if (known !== undefined) return known;
    const list = this.#make([...chunks()], revision);
    this.#lists.set(namespace, list);
    return list;
  }

  #make(chunks: readonly Chunk<CachedObject<T>>[], revision: Revision): ListBytes {
    const head = Buffer.from(`${this.#start}{"resourceVersion":"${revision}"},"items":[`);
    const parts = (): Generator<ListPart, void, undefined> => this.#parts(head, chunks);
    const commas = Math.max(0, chunks.length - 1);
    const length = this.#isLengthKnown
      ? chunks.reduce((sum, chunk) => sum + this.#lengthOf(chunk), head.length + commas + end.length)
      : undefined;
    return { parts: { [Symbol.iterator]: parts }, length, revision };
  }

  *#parts(head: Buffer, chunks: readonly Chunk<CachedObject<T>>[]): Generator<ListPart, void, undefined> {
    yield { key: undefined, bytes: () => head };
    for (const [at, chunk] of chunks.entries()) yield* this.#partsOf(chunk, at === 0);
    yield { key: undefined, bytes: () => end };
  }

  *#partsOf(chunk: Chunk<CachedObject<T>>, isFirst: boolean): Generator<ListPart, void, undefined> {
    let runs = this.#runs.get(chunk);
    if (runs === undefined) this.#runs.set(chunk, (runs = []));
    for (let at = 0, start = 0; start < chunk.items.length; at += 1) {
      const run = (runs[at] ??= new Run(start));
      yield isFirst && at === 0
        ? { key: run.asFirst, bytes: () => this.#join(chunk, run).subarray(comma.length) }
        : { key: run, bytes: () => this.#join(chunk, run) };
      if (run.end === undefined) this.#join(chunk, run);
      start = run.end ?? chunk.items.length;
    }
  }

  /** Without the comma before it. */
  #lengthOf(chunk: Chunk<CachedObject<T>>): number {
    let length = this.#lengths.get(chunk);
    if (length === undefined) {
      length = chunk.items.reduce((sum, { size }) => sum + size, chunk.items.length - 1);
      this.#lengths.set(chunk, length);
    }
    return length;
  }

  /** With a comma before each object, also before the first one. */
  #join({ items }: Chunk<CachedObject<T>>, run: Run): Buffer {
    const known = this.#joined.get(run) as Buffer | undefined;
    if (known !== undefined) return known;
    const joined = this.#isLengthKnown ? written(items, run) : concatenated(items, run);
    this.#joined.keep(run, joined, joined.length);
    return joined;
  }
}

/** Joins objects whose sizes are known; their bytes are written once. */
function written<T extends KubeObject>(items: readonly CachedObject<T>[], run: Run): Buffer {
  let bytes = 0;
  let end = run.start;
  for (; end < (run.end ?? items.length) && (run.end !== undefined || bytes < runBytes); end += 1) {
    bytes += comma.length + (items[end]?.size ?? 0);
  }
  const joined = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const item of items.slice(run.start, end)) {
    at += comma.copy(joined, at);
    if (item.writeJson === undefined) item.json.copy(joined, at);
    else item.writeJson(joined, at);
    at += item.size;
  }
  run.end = end;
  return joined;
}

/** Joins objects whose sizes become known when they are encoded. */
function concatenated<T extends KubeObject>(items: readonly CachedObject<T>[], run: Run): Buffer {
  const parts: Buffer[] = [];
  let bytes = 0;
  let end = run.start;
  for (const { json } of items.slice(run.start, run.end)) {
    parts.push(comma, json);
    bytes += comma.length + json.length;
    end += 1;
    if (run.end === undefined && bytes >= runBytes) break;
  }
  run.end = end;
  return Buffer.concat(parts, bytes);
}
