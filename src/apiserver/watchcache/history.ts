/**
 * The newest changes of one resource, in revision order; limited in number, and by the byte budget of all histories.
 */
import type { KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CacheEntry } from './cached-object.ts';
import type { Change } from './change.ts';
import { tooOldRevision } from './errors.ts';
import type { BudgetedHistory, HistoryBudget } from './history-budget.ts';
import { lowerBound } from './sorted-chunks.ts';

/** This many of the newest changes keep their events and encoded lines. */
const keptEvents = 64;
/** Dropped changes are cut out of the array this many at a time. */
const slack = 1_024;

/** A queue of changes that drops the oldest. */
export class History<T extends KubeObject> implements BudgetedHistory {
  readonly #limit: number;
  readonly #budget: HistoryBudget;
  #changes: (Change<T> | undefined)[] = [];
  #head = 0;
  #oldest: Revision = 0;

  /** @param limit the largest number of changes */
  constructor(limit: number, budget: HistoryBudget) {
    this.#limit = limit;
    this.#budget = budget;
    budget.join(this);
  }

  /** All changes after this revision are known. */
  get oldest(): Revision {
    return this.#oldest;
  }

  push(change: Change<T>): void {
    this.#changes.push(change);
    this.#changes[this.#changes.length - 1 - keptEvents]?.forgetEvents();
    if (this.#changes.length - this.#head > this.#limit) this.dropOldest();
    this.#budget.spend(change.bytes());
  }

  /** Forgets everything; later changes follow this revision. */
  restart(revision: Revision): void {
    for (const change of this.#changes) if (change !== undefined) this.#budget.release(change.bytes());
    this.#changes = [];
    this.#head = 0;
    this.#oldest = revision;
  }

  /**
   * Changes above this revision, oldest first.
   * @throws StatusError 410 if some of them have been dropped
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
   * The keys changed after this revision, with the state each had at it (undefined: it did not exist).
   * @throws StatusError 410 as `after` does
   */
  statesAt(revision: Revision): Map<string, CacheEntry<T> | undefined> {
    const states = new Map<string, CacheEntry<T> | undefined>();
    for (const { key, previous } of this.after(revision)) if (!states.has(key)) states.set(key, previous);
    return states;
  }

  oldestChange(): Revision | undefined {
    return this.#changes[this.#head]?.revision;
  }

  dropOldest(): void {
    const dropped = this.#changes[this.#head];
    if (dropped === undefined) return;
    this.#changes[this.#head] = undefined;
    this.#head += 1;
    this.#budget.release(dropped.bytes());
    this.#oldest = dropped.revision;
    if (this.#head > slack && this.#head * 2 > this.#changes.length) {
      this.#changes = this.#changes.slice(this.#head);
      this.#head = 0;
    }
  }
}
