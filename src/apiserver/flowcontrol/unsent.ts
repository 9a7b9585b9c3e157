/**
 * Bytes that wait in memory because a client does not read, those of all clients together. One client that stands still
 * costs little; thousands would cost more than there is. Beyond the limit those are cut off that have stood still for the
 * longest.
 */
import { totalmem } from 'node:os';

export interface UnsentBytes {
  /**
   * Follows one stream.
   * @param cut called where the stream stands still, and all together wait with too much: is to end it, at once
   */
  follow(cut: () => void): UnsentStream;
  /** Of all streams, now. What several of them share counts once. */
  total(): number;
  /**
   * Bytes that are equal to those that were made for the same key before, as long as somebody has them: those
   * themselves. For what many streams may have to keep.
   */
  share(key: object, made: Buffer): Buffer;
}

export interface UnsentStream {
  /** So many bytes were handed over to be sent, and wait. May cut this stream, or others. */
  waiting(bytes: number): void;
  /** All that was handed over has been sent. */
  sent(): void;
  /** These bytes are kept until they can be handed over. The same bytes may be kept by many. */
  keep(bytes: Buffer): void;
  release(bytes: Buffer): void;
  /** The stream is over, and keeps nothing. */
  end(): void;
}

const least = 32 * 1024 * 1024;
const most = 256 * 1024 * 1024;

/** A sixteenth of the memory that the process may have, between 32 and 256 MiB. */
export function defaultUnsentLimit(memory: number = availableMemory()): number {
  return Math.min(most, Math.max(least, Math.floor(memory / 16)));
}

/** Bytes: the container's limit, or else what the machine has. */
function availableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** @param limit bytes that may wait for all clients together */
export function createUnsentBytes(limit: number): UnsentBytes {
  return new Unsent(limit);
}

class Unsent implements UnsentBytes {
  readonly #limit: number;
  #total = 0;
  /** In the order in which they began to stand still. */
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
