import type { Entry, Revision } from '../contract.ts';

/** A change and what it replaced. */
export interface PastChange {
  readonly key: string;
  /** Undefined: it was deleted. */
  readonly current: Entry | undefined;
  readonly previous: Entry | undefined;
}

/** Every revision is exactly one commit. */
interface PastCommit {
  readonly revision: Revision;
  readonly changes: readonly PastChange[];
}

/** How much the history keeps; when either limit is passed, the oldest commits are dropped. */
export interface HistoryLimits {
  /** Changes kept. */
  readonly changes: number;
  /** Bytes of values kept, replaced ones included. */
  readonly bytes: number;
}

/**
 * The newest commits, bounded. Watches have no backlog of their own, only a position in this one. A watch that falls
 * behind its beginning must list again.
 */
export class History {
  readonly #limits: HistoryLimits;
  #commits: (PastCommit | undefined)[] = [];
  /** Index of the oldest commit still kept; the slots before it are cleared, and cut away in bulk. */
  #start = 0;
  #changes = 0;
  #bytes = 0;
  #floor: Revision;
  /** Nothing has happened up to here; undefined: something may have. */
  #begun: Revision | undefined;
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(floor: Revision, limits: HistoryLimits) {
    this.#floor = floor;
    this.#limits = limits;
  }

  /** The revision before the oldest commit that is kept. */
  get floor(): Revision {
    return this.#floor;
  }

  get newest(): Revision {
    return this.#floor + this.#commits.length - this.#start;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Nothing has happened up to this revision. To be called before anything is appended. */
  begin(floor: Revision): void {
    this.#floor = floor;
    this.#begun = floor;
  }

  /** Where who has seen everything up to this revision goes on; undefined: what follows is not all kept. */
  placeAfter(revision: Revision): Revision | undefined {
    if (revision >= this.#floor) return revision;
    return this.#floor === this.#begun ? this.#floor : undefined;
  }

  /** The commit with this revision, if it is still kept. */
  commit(revision: Revision): PastCommit | undefined {
    return revision <= this.#floor ? undefined : this.#commits[this.#start + revision - this.#floor - 1];
  }

  /** All that changes of the past have made, and that is still kept. */
  *made(): Generator<Entry, void, undefined> {
    for (const commit of this.#commits) {
      for (const { current } of commit?.changes ?? []) if (current !== undefined) yield current;
    }
  }

  append(commit: PastCommit): void {
    const { changes, bytes } = this.#limits;
    this.#commits.push(commit);
    this.#changes += commit.changes.length;
    this.#bytes += weight(commit);
    while (this.#changes > changes || this.#bytes > bytes) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldest = this.#commits[this.#start];
    if (oldest === undefined) throw new RangeError('the history is empty');
    this.#commits[this.#start++] = undefined;
    this.#changes -= oldest.changes.length;
    this.#bytes -= weight(oldest);
    this.#floor++;
    if (this.#start <= this.#commits.length / 2) return;
    this.#commits = this.#commits.slice(this.#start);
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

function weight({ changes }: PastCommit): number {
  let bytes = 0;
  for (const { current, previous } of changes) bytes += (current?.value.length ?? 0) + (previous?.value.length ?? 0);
  return bytes;
}
