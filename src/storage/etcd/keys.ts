/** Where our keys are in etcd: contract keys stand under PREFIX/objects, what the engine itself needs beside it. */

/** Translates keys of the contract into etcd's, and back. */
export class Keys {
  readonly #objects: string;
  readonly #skip: number;
  /** Tells the replicas who compacted last, and up to where. */
  readonly compaction: Buffer;
  /** Never holds anything of value; writing it shows whether etcd takes writes. */
  readonly health: Buffer;
  /** What revisions begin with, and whether the objects are all there (see origin.ts). */
  readonly origin: Buffer;

  /** @param prefix begins with a slash and does not end with one */
  constructor(prefix: string) {
    this.#objects = `${prefix}/objects`;
    this.#skip = Buffer.byteLength(this.#objects);
    this.compaction = Buffer.from(`${prefix}/compaction`);
    this.health = Buffer.from(`${prefix}/health`);
    this.origin = Buffer.from(`${prefix}/origin`);
  }

  inEtcd(key: string): Buffer {
    return Buffer.from(this.#objects + key);
  }

  /** The first key and the end of all keys with this prefix. */
  range(prefix: string): { readonly key: Buffer; readonly rangeEnd: Buffer } {
    const key = Buffer.from(this.#objects + prefix);
    return { key, rangeEnd: endOfPrefix(key) };
  }

  /** The range of all objects and the origin; there is nothing between them. */
  get watched(): { readonly key: Buffer; readonly rangeEnd: Buffer } {
    return { key: this.range('').key, rangeEnd: endOfPrefix(this.origin) };
  }

  inContract(key: Buffer): string {
    return key.toString('utf8', this.#skip);
  }
}

/** The smallest key above all that begin with this one. UTF-8 has no byte 0xff, so the last one can be raised. */
function endOfPrefix(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  const last = end.length - 1;
  end[last] = (end[last] ?? 0) + 1;
  return end;
}
