/**
 * One byte budget for the histories of all resources. When it is used up, the oldest change of all of them is dropped.
 */
import type { Revision } from '../../storage/contract.ts';

/** A history that shares the budget. */
export interface BudgetedHistory {
  /** The revision of its oldest change; undefined if it has none. */
  oldestChange(): Revision | undefined;
  /** Drops that change and releases its bytes. */
  dropOldest(): void;
}

/** Counts the bytes of all histories and drops the oldest changes above the limit. */
export class HistoryBudget {
  readonly #limit: number;
  readonly #histories = new Set<BudgetedHistory>();
  #bytes = 0;

  constructor(bytes: number) {
    this.#limit = bytes;
  }

  /** Bytes that the histories keep alive now. */
  get bytes(): number {
    return this.#bytes;
  }

  join(history: BudgetedHistory): void {
    this.#histories.add(history);
  }

  spend(bytes: number): void {
    this.#bytes += bytes;
    while (this.#bytes > this.#limit) {
      const oldest = this.#oldest();
      if (oldest === undefined) return;
      oldest.dropOldest();
    }
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  #oldest(): BudgetedHistory | undefined {
    let found: BudgetedHistory | undefined;
    let at = Number.POSITIVE_INFINITY;
    for (const history of this.#histories) {
      const revision = history.oldestChange();
      if (revision === undefined || revision >= at) continue;
      at = revision;
      found = history;
    }
    return found;
  }
}
