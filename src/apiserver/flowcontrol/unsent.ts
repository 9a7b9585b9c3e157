/**
 * Counts the bytes that wait in memory for clients that do not read, for all clients together. One stalled client costs
 * little; thousands would use all memory. Above the limit, the streams that have stalled longest are cut off.
 */
import { totalmem } from 'node:os';

/** Counts the bytes that wait for all clients of one server. */
export interface UnsentBytes {
  /** @param cut must end the stream at once; called if it stalls while the total is above the limit */
  follow(cut: () => void): UnsentStream;
  /** The bytes of all streams now. Bytes shared by several streams count once. */
  total(): number;
  /**
   * Returns the earlier bytes made for the same key if they are equal and still in use, else `made`. For bytes that
   * many streams may keep.
   */
  share(key: object, made: Buffer): Buffer;
}

/** One stream that is counted. */
export interface UnsentStream {
  /** This many bytes were written and wait to be sent. May cut off this stream or others. */
  waiting(bytes: number): void;
  /** Everything written has been sent. */
  sent(): void;
  /** These bytes are kept until they can be written. Many streams may keep the same bytes. */
  keep(bytes: Buffer): void;
  release(bytes: Buffer): void;
  /** The stream has ended and keeps nothing. */
  end(): void;
}

const least = 32 * 1024 * 1024;
const most = 256 * 1024 * 1024;

/** The default limit in bytes: a sixteenth of the process's memory, between 32 and 256 MiB. */
export function defaultUnsentLimit(memory: number = availableMemory()): number {
  return Math.min(most, Math.max(least, Math.floor(memory / 16)));
}

/** In bytes: the container's limit, else the machine's memory. */
function availableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** A counter at zero. @param limit bytes that may wait for all clients together */
export function createUnsentBytes(limit: number): UnsentBytes {
  return new Unsent(limit);
}

class Unsent implements UnsentBytes {
  readonly #limit: number;
  #total = 0;
  /** Stalled streams, the longest stalled first. */
  readonly #standing = new Set<Stream>();
  /** How many streams keep these. */
  readonly #kept = new Map<Buffer, number>();
  readonly #shared = new WeakMap<object, WeakRef<Buffer>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  total(): number {
    return this.#total;
  }

  follow(cut: () => void): UnsentStream {
    return new Stream(this, cut);
  }

  share(key: object, made: Buffer): Buffer {
    const known = this.#shared.get(key)?.deref();
    if (known?.equals(made) === true) return known;
    this.#shared.set(key, new WeakRef(made));
    return made;
  }

  keep(bytes: Buffer): void {
    const keepers = this.#kept.get(bytes) ?? 0;
    this.#kept.set(bytes, keepers + 1);
    if (keepers === 0) this.#total += bytes.length;
  }

  release(bytes: Buffer): void {
    const keepers = this.#kept.get(bytes) ?? 0;
    if (keepers > 1) this.#kept.set(bytes, keepers - 1);
    else if (this.#kept.delete(bytes)) this.#total -= bytes.length;
  }

  add(bytes: number): void {
    this.#total += bytes;
  }

  stand(stream: Stream): void {
    this.#standing.add(stream);
    while (this.#total > this.#limit) {
      const [longest] = this.#standing;
      if (longest === undefined) return;
      longest.cutOff();
    }
  }

  goOn(stream: Stream): void {
    this.#standing.delete(stream);
  }
}

class Stream implements UnsentStream {
  readonly #all: Unsent;
  readonly #cut: () => void;
  readonly #kept = new Set<Buffer>();
  #waiting = 0;
  #isOver = false;

  constructor(all: Unsent, cut: () => void) {
    this.#all = all;
    this.#cut = cut;
  }

  waiting(bytes: number): void {
    if (this.#isOver) return;
    this.#waiting += bytes;
    this.#all.add(bytes);
    this.#all.stand(this);
  }

  sent(): void {
    this.#all.add(-this.#waiting);
    this.#waiting = 0;
    this.#all.goOn(this);
  }

  keep(bytes: Buffer): void {
    if (this.#isOver || this.#kept.has(bytes)) return;
    this.#kept.add(bytes);
    this.#all.keep(bytes);
  }

  release(bytes: Buffer): void {
    if (this.#kept.delete(bytes)) this.#all.release(bytes);
  }

  cutOff(): void {
    this.end();
    this.#cut();
  }

  end(): void {
    this.#isOver = true;
    this.sent();
    for (const bytes of this.#kept) this.#all.release(bytes);
    this.#kept.clear();
  }
}
