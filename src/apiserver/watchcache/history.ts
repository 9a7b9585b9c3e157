/** The newest changes of one resource, in revision order; bounded by number and by bytes. */
import type { KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CacheEntry } from './cached-object.ts';
import type { Change } from './change.ts';
import { tooOldRevision } from './errors.ts';
import { lowerBound } from './sorted-chunks.ts';

export interface HistoryLimits {
  readonly changes: number;
  /** Of the JSON of the states it holds on to. */
  readonly bytes: number;
}

/** So many of the newest changes keep their encoded lines. */
const keptLines = 256;
/** Dropped changes are cut out of the array this many at a time. */
const slack = 1_024;

export class History<T extends KubeObject> {
  readonly #limits: HistoryLimits;
  #changes: (Change<T> | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #oldest: Revision = 0;

  constructor(limits: HistoryLimits) {
    this.#limits = limits;
  }

  /** Changes after this revision are all known. */
  get oldest(): Revision {
    return this.#oldest;
  }

  push(change: Change<T>): void {
    this.#changes.push(change);
    this.#bytes += change.bytes();
    this.#changes[this.#changes.length - 1 - keptLines]?.forgetLines();
    while (this.#changes.length - this.#head > this.#limits.changes || this.#bytes > this.#limits.bytes) this.#drop();
    if (this.#head > slack && this.#head * 2 > this.#changes.length) {
      this.#changes = this.#changes.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Forgets everything: what comes next follows this revision. */
  restart(revision: Revision): void {
    this.#changes = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#oldest = revision;
  }

  /**
   * Changes above this revision, oldest first.
   * @throws StatusError 410 where they are not all known any more
   */
  *after(revision: Revision): Generator<Change<T>, void, undefined> {
    if (revision < this.#oldest) throw tooOldRevision(revision, this.#oldest);
    const count = this.#changes.length - this.#head;
    const skip = lowerBound(count, (at) => (this.#changes[this.#head + at]?.revision ?? 0) <= revision);
    for (let at = this.#head + skip; at < this.#changes.length; at += 1) {
      const change = this.#changes[at];
      if (change !== undefined) yield change;
    }
  }

  /**
   * The keys changed since then, with the state each was in at that revision (undefined: it did not exist).
   * @throws StatusError 410 as `after` does
   */
  statesAt(revision: Revision): Map<string, CacheEntry<T> | undefined> {
    const states = new Map<string, CacheEntry<T> | undefined>();
    for (const { key, previous } of this.after(revision)) if (!states.has(key)) states.set(key, previous);
    return states;
  }

  #drop(): void {
    const dropped = this.#changes[this.#head];
    if (dropped === undefined) return;
    this.#changes[this.#head] = undefined;
    this.#head += 1;
    this.#bytes -= dropped.bytes();
    this.#oldest = dropped.revision;
  }
}
