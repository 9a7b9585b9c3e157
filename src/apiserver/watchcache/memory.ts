/** What all caches of a server keep beyond the objects' own bytes, each kind within one budget for all of them. */
import { LRUCache } from 'lru-cache';
import { HistoryBudget } from './history-budget.ts';

export interface MemoryLimits {
  /** Of the states that only the histories of changes keep alive; 32 MiB where absent. */
  readonly historyBytes?: number;
  /** Of the JSON of objects that are kept parsed; their parsed forms take about three times as much. */
  readonly parsedBytes?: number;
  /** Of joined lists. */
  readonly joinedBytes?: number;
}

const defaultHistoryBytes = 32 * 1024 * 1024;
const defaultParsedBytes = 8 * 1024 * 1024;
const defaultJoinedBytes = 16 * 1024 * 1024;

export class CacheMemory {
  readonly histories: HistoryBudget;
  /** Parsed forms, by what they were parsed from. */
  readonly parsed: Kept<object, object>;
  /** Lists, and the runs of objects that they are made of. */
  readonly joined: Kept<object, object>;

  constructor(limits: MemoryLimits = {}) {
    this.histories = new HistoryBudget(limits.historyBytes ?? defaultHistoryBytes);
    this.parsed = new Kept(limits.parsedBytes ?? defaultParsedBytes);
    this.joined = new Kept(limits.joinedBytes ?? defaultJoinedBytes);
  }
}

/** So much is at hand while everything is passed by. */
const passingItems = 8;

/** What can be made again, kept for as long as the budget lasts: what was used last stays longest. */
export class Kept<Source extends object, Made extends object> {
  readonly #made: LRUCache<Source, Made>;
  /** While everything is passed by: the last few. */
  #passing: Map<Source, Made> | undefined;

  /** @param bytes of all together; what alone is larger is not kept */
  constructor(bytes: number) {
    this.#made = new LRUCache({ maxSize: Math.max(1, bytes) });
  }

  get(source: Source): Made | undefined {
    return this.#passing?.get(source) ?? this.#made.get(source);
  }

  keep(source: Source, made: Made, bytes: number): void {
    if (this.#passing === undefined) {
      this.#made.set(source, made, { size: Math.max(1, bytes) });
      return;
    }
    if (this.#passing.size >= passingItems) this.#passing.clear();
    this.#passing.set(source, made);
  }

  /** For work that looks at everything once: what it makes is not kept, and drives out nothing that is. */
  passing(work: () => void): void {
    if (this.#passing !== undefined) {
      work();
      return;
    }
    this.#passing = new Map();
    try {
      work();
    } finally {
      this.#passing = undefined;
    }
  }
}
