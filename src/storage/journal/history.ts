import type { Entry, Revision } from '../contract.ts';

/** A change and what it replaced. Every revision is exactly one change. */
interface PastChange {
  readonly revision: Revision;
  readonly key: string;
  /** Absent for a delete. */
  readonly value?: Buffer;
  readonly previous: Entry | undefined;
}

/** How much the history keeps; when either limit is passed, the oldest changes are dropped. */
export interface HistoryLimits {
  /** Changes kept. */
  readonly changes: number;
  /** Bytes of values kept, replaced ones included. */
  readonly bytes: number;
}

/**
 * The newest changes, bounded. Watches have no backlog of their own, only a position in this one. A watch that falls
 * behind its beginning must list again.
 */
export class History {
  readonly #limits: HistoryLimits;
  #changes: (PastChange | undefined)[] = [];
  /** Index of the oldest change still kept; the slots before it are cleared, and cut away in bulk. */
  #start = 0;
  #bytes = 0;
  #floor: Revision;
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(floor: Revision, limits: HistoryLimits) {
    this.#floor = floor;
    this.#limits = limits;
  }

  /** The revision before the oldest change that is kept. */
  get floor(): Revision {
    return this.#floor;
  }

  get newest(): Revision {
    return this.#floor + this.#changes.length - this.#start;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The change with this revision, if it is still kept. */
  change(revision: Revision): PastChange | undefined {
    return revision <= this.#floor ? undefined : this.#changes[this.#start + revision - this.#floor - 1];
  }

  append(change: PastChange): void {
    this.#changes.push(change);
    this.#bytes += weight(change);
    while (this.newest - this.#floor > this.#limits.changes || this.#bytes > this.#limits.bytes) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldest = this.#changes[this.#start];
    if (oldest === undefined) throw new RangeError('the history is empty');
    this.#changes[this.#start++] = undefined;
    this.#bytes -= weight(oldest);
    this.#floor++;
    if (this.#start <= this.#changes.length / 2) return;
    this.#changes = this.#changes.slice(this.#start);
    this.#start = 0;
  }

  /** Calls back once, at the next wake or end. Returns the cancel function. */
  onWake(listener: () => void): () => void {
    this.#waiting.add(listener);
    return () => this.#waiting.delete(listener);
  }

  /** Lets the watches look at what was appended. */
  wake(): void {
    const listeners = [...this.#waiting];
    this.#waiting.clear();
    for (const listener of listeners) listener();
  }

  /** Ends every watch. */
  end(): void {
    this.#ended = true;
    this.wake();
  }
}

function weight(change: PastChange): number {
  return (change.value?.length ?? 0) + (change.previous?.value.length ?? 0);
}
