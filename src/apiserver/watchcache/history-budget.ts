/** One budget for the histories of all resources: where it is spent, the oldest change of all of them goes. */
import type { Revision } from '../../storage/contract.ts';

export interface BudgetedHistory {
  /** Of its oldest change; undefined: it has none. */
  oldestChange(): Revision | undefined;
  /** Lets go of that change, and releases its bytes. */
  dropOldest(): void;
}

export class HistoryBudget {
  readonly #limit: number;
  readonly #histories = new Set<BudgetedHistory>();
  #bytes = 0;

  constructor(bytes: number) {
    this.#limit = bytes;
  }

  /** What the histories keep alive now. */
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
