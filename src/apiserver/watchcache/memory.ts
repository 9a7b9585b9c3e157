/** What all caches of a server keep besides the objects' bytes; each kind has one budget for all caches. */
import { LRUCache } from 'lru-cache';
import { HistoryBudget } from './history-budget.ts';

/** The budgets, in bytes. */
export interface MemoryLimits {
  /** For states that only the histories keep alive; 32 MiB if absent. */
  readonly historyBytes?: number;
  /** For the JSON of objects kept parsed; their parsed forms take about three times as much. 8 MiB if absent. */
  readonly parsedBytes?: number;
  /** For the JSON of metadata kept parsed without the rest; 4 MiB if absent. */
  readonly metadataBytes?: number;
  /** For labels kept without the rest of the metadata; 4 MiB if absent. */
  readonly labelsBytes?: number;
  /** For joined lists; 16 MiB if absent. */
  readonly joinedBytes?: number;
}

const defaultHistoryBytes = 32 * 1024 * 1024;
const defaultParsedBytes = 8 * 1024 * 1024;
const defaultMetadataBytes = 4 * 1024 * 1024;
const defaultLabelsBytes = 4 * 1024 * 1024;
const defaultJoinedBytes = 16 * 1024 * 1024;

/** The budgets, shared by all caches of one server. */
export class CacheMemory {
  readonly histories: HistoryBudget;
  /** Parsed forms, by the entry they were parsed from. */
  readonly parsed: Kept<object, object>;
  /** Parsed metadata, by the entry it was parsed from. */
  readonly metadata: Kept<object, object>;
  /** Labels, by the entry that has them. */
  readonly labels: Kept<object, object>;
  /** Encoded runs of objects, of which lists are made. */
  readonly joined: Kept<object, object>;

  constructor(limits: MemoryLimits = {}) {
    this.histories = new HistoryBudget(limits.historyBytes ?? defaultHistoryBytes);
    this.parsed = new Kept(limits.parsedBytes ?? defaultParsedBytes);
    this.metadata = new Kept(limits.metadataBytes ?? defaultMetadataBytes);
    this.labels = new Kept(limits.labelsBytes ?? defaultLabelsBytes);
    this.joined = new Kept(limits.joinedBytes ?? defaultJoinedBytes);
  }

  /** The state is replaced by another: what was parsed of it makes room for others soon. */
  retire(state: object): void {
    this.parsed.retire(state);
    this.metadata.retire(state);
    this.labels.retire(state);
  }

  /** For work that looks at everything once: what it parses is not kept and evicts nothing. */
  passing(work: () => void): void {
    this.parsed.passing(() => this.metadata.passing(work));
  }
}

/** How many items are kept during `passing`. */
const passingItems = 8;

/** What was replaced has one in so many bytes of a budget, in addition. */
const retiredPart = 8;

/** A cache of values that can be made again; the least recently used is dropped when the budget is used up. */
export class Kept<Source extends object, Made extends object> {
  readonly #made: LRUCache<Source, Made>;
  /** Of sources that were replaced: they are asked for by who compares old and new, and then not any more. */
  readonly #retired: LRUCache<Source, Made>;
  /** The last few values, during `passing` only. */
  #passing: Map<Source, Made> | undefined;

  /** @param bytes the budget; a value that is larger than all of it is not kept */
  constructor(bytes: number) {
    this.#made = new LRUCache({ maxSize: Math.max(1, bytes) });
    this.#retired = new LRUCache({ maxSize: Math.max(1, Math.floor(bytes / retiredPart)) });
  }

  get(source: Source): Made | undefined {
    return this.#passing?.get(source) ?? this.#made.get(source) ?? this.#retired.get(source);
  }

  /** The source is replaced: its value makes room for others soon. */
  retire(source: Source): void {
    const known = this.#made.info(source);
    if (known === undefined) return;
    this.#made.delete(source);
    this.#retired.set(source, known.value, { size: known.size ?? 1 });
  }

  keep(source: Source, made: Made, bytes: number): void {
    if (this.#passing === undefined) {
      this.#made.set(source, made, { size: Math.max(1, bytes) });
      return;
    }
    if (this.#passing.size >= passingItems) this.#passing.clear();
    this.#passing.set(source, made);
  }

  /** For work that looks at everything once: its values are not kept and evict nothing. */
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
