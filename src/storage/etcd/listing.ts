import type { Metadata } from '@grpc/grpc-js';
import { CompactedError, type Entry, type ListOptions, type Page, type Revision } from '../contract.ts';
import { decodeToken, encodeToken } from '../continue-token.ts';
import { ownBuffer } from '../own-buffer.ts';
import type { Caller } from './caller.ts';
import type { Endpoint } from './endpoint.ts';
import { isCompacted, isUnimplemented } from './errors.ts';
import type { Keys } from './keys.ts';
import { etcd, type KeyValue, type RangeRequest } from './proto.ts';

interface ListerOptions {
  readonly caller: Caller;
  readonly keys: Keys;
  /** Milliseconds for each part of a list. */
  readonly partMs: number;
}

/** Which keys, at most how many (0: all), at which revision (0: now). */
type Wanted = Required<Pick<RangeRequest, 'key' | 'rangeEnd' | 'limit' | 'revision'>>;

/** Part of a range: what was read, and whether there is more. */
interface Part {
  readonly kvs: readonly KeyValue[];
  readonly revision: Revision;
  readonly more: boolean;
}

/** From this number of keys on, a list is read as a stream, or in parts. */
const partKeys = 500;
/** Parts are made so large. */
const partBytes = 4 << 20;

/** Reads lists: small ones by one call, large ones streamed where etcd can (3.7), or part by part. */
export class Lister {
  readonly #options: ListerOptions;

  constructor(options: ListerOptions) {
    this.#options = options;
  }

  /**
   * @param revision of the state to show, if it is not that of now
   * @throws CompactedError if that state is no longer kept
   * @throws TypeError for a continue token that is none, or of another prefix
   */
  async page(prefix: string, options: ListOptions, revision?: Revision): Promise<Page> {
    const { keys } = this.#options;
    const token = options.continue === undefined ? undefined : decodeToken(options.continue, prefix);
    const { key, rangeEnd } = keys.range(prefix);
    const start = token === undefined ? key : after(keys.inEtcd(token.after));
    const pinned = token?.revision ?? revision ?? 0;
    const { limit = 0 } = options;
    const part = await this.#read({ key: start, rangeEnd, limit, revision: pinned });
    const entries = part.kvs.map((kv) => entryOf(keys, kv));
    // The header tells the newest revision, also where an earlier state was asked for.
    const shown = pinned === 0 ? part.revision : pinned;
    const last = entries.at(-1);
    if (!part.more || last === undefined) return { entries, revision: shown };
    return { entries, revision: shown, continue: encodeToken({ prefix, revision: shown, after: last.key }) };
  }

  async #read(request: Wanted): Promise<Part> {
    const { caller, partMs } = this.#options;
    const kind = { operation: 'list', timeoutMs: partMs };
    try {
      if (request.limit > 0 && request.limit <= partKeys) return await this.#part(request);
      const streamed = await caller.call(kind, (endpoint, metadata) => this.#stream(endpoint, metadata, request));
      return streamed ?? (await this.#parts(request));
    } catch (error) {
      // etcd does not say from where on it keeps them; that they begin after this revision is certain.
      if (isCompacted(causeOf(error))) throw new CompactedError(request.revision, request.revision + 1);
      throw error;
    }
  }

  async #part(request: RangeRequest): Promise<Part> {
    const kind = { operation: 'list', timeoutMs: this.#options.partMs };
    const { header, kvs, more } = await this.#options.caller.unary(etcd.range, request, kind);
    return { kvs, more, revision: header?.revision ?? 0 };
  }

  async #parts(request: Wanted): Promise<Part> {
    const { rangeEnd, limit } = request;
    const all: KeyValue[] = [];
    let { key, revision } = request;
    let ask = partKeys;
    for (;;) {
      if (limit > 0) ask = Math.min(ask, limit - all.length);
      const part = await this.#part({ key, rangeEnd, revision, limit: ask });
      // Unlike push(...), a loop takes any number.
      for (const kv of part.kvs) all.push(kv);
      revision = revision === 0 ? part.revision : revision;
      const last = part.kvs.at(-1);
      if (!part.more || last === undefined || all.length === limit) return { kvs: all, revision, more: part.more };
      key = after(last.key);
      const bytes = part.kvs.reduce((sum, kv) => sum + kv.value.length + kv.key.length, 0);
      ask = Math.max(1, Math.min(10_000, Math.floor((partBytes * part.kvs.length) / bytes)));
    }
  }

  /** The whole range from one member; undefined if it cannot stream. @throws ServiceError */
  async #stream(endpoint: Endpoint, metadata: Metadata, request: RangeRequest): Promise<Part | undefined> {
    if (endpoint.withoutRangeStream) return undefined;
    const kvs: KeyValue[] = [];
    let [revision, more] = [0, false];
    try {
      for await (const message of endpoint.rangeStream(request, metadata, this.#options.partMs)) {
        const part = message.rangeResponse;
        for (const kv of part?.kvs ?? []) kvs.push(kv);
        revision = part?.header?.revision ?? revision;
        more = part?.more ?? more;
      }
      return { kvs, revision, more };
    } catch (error) {
      if (!isUnimplemented(error)) throw error;
      endpoint.withoutRangeStream = true;
      return undefined;
    }
  }
}

/** The smallest key above this one. */
function after(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.from([0])]);
}

/** With memory of its own: what etcd sent in one piece would otherwise live as long as the last of its entries. */
export function entryOf(keys: Keys, { key, value, modRevision }: KeyValue): Entry {
  return { key: keys.inContract(key), value: ownBuffer(value), revision: modRevision };
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
