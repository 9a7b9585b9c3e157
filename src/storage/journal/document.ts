import { ConflictError, type Entry, type Revision } from '../contract.ts';
import { History, type HistoryLimits } from './history.ts';
import type { ChangeRecord } from './record.ts';
import { SortedEntries } from './sorted-entries.ts';

/** A write that waits for its turn; exactly one of revision and conflict is set when it is decided and durable. */
export interface StagedWrite {
  readonly key: string;
  readonly expected: Revision | 'absent';
  readonly value: Buffer | 'deleted';
  revision?: Revision;
  conflict?: ConflictError;
}

/** The writes that one append makes durable. */
interface Batch {
  readonly records: readonly ChangeRecord[];
  /** Call it when the records are durable, and only then: it shows them to readers and answers their writes. */
  readonly commit: () => void;
}

/**
 * The data behind lowdb's `Low`: everything durable, in memory, and the writes that are not durable yet. Nothing
 * staged shows in entries, revision or history.
 */
export class JournalDocument {
  readonly entries = new SortedEntries();
  readonly history: History;
  #staged: StagedWrite[] = [];
  #revision: Revision;

  /** @param revision of the snapshot that the document begins with */
  constructor(revision: Revision, limits: HistoryLimits) {
    this.#revision = revision;
    this.history = new History(revision, limits);
  }

  get revision(): Revision {
    return this.#revision;
  }

  stage(write: StagedWrite): void {
    this.#staged.push(write);
  }

  /**
   * Decides everything staged, in order, against what is durable and what comes before it in the batch. A write that
   * conflicts with a durable one is answered here. One that conflicts with a write of this batch is answered when that
   * one is durable.
   */
  decide(): Batch {
    const ahead = new Map<string, Revision | 'absent'>();
    const winners: { write: StagedWrite; record: ChangeRecord }[] = [];
    const losers: { write: StagedWrite; conflict: ConflictError }[] = [];
    let revision = this.#revision;
    for (const write of this.#staged) {
      const { key, value } = write;
      const before = ahead.get(key);
      const actual = before ?? this.entries.get(key)?.revision ?? 'absent';
      if (actual === write.expected) {
        revision++;
        ahead.set(key, value === 'deleted' ? 'absent' : revision);
        const record = { revision, key, durable: this.#revision };
        winners.push({ write, record: value === 'deleted' ? record : { ...record, value } });
      } else if (before === undefined) {
        write.conflict = new ConflictError(key, actual);
      } else {
        losers.push({ write, conflict: new ConflictError(key, actual) });
      }
    }
    this.#staged = [];
    return {
      records: winners.map(({ record }) => record),
      commit: () => {
        for (const { record } of winners) this.apply(record);
        this.history.wake();
        for (const { write, record } of winners) write.revision = record.revision;
        for (const { write, conflict } of losers) write.conflict = conflict;
      },
    };
  }

  /** Applies a durable change. Its revision must be the next one. */
  apply({ revision, key, value }: Omit<ChangeRecord, 'durable'>): void {
    if (revision !== this.#revision + 1) {
      throw new RangeError(`change ${revision} does not follow revision ${this.#revision}`);
    }
    const previous = value ? this.entries.put({ key, value, revision }) : this.entries.delete(key);
    this.#revision = revision;
    this.history.append({ revision, key, ...(value && { value }), previous });
  }

  /** Adds an entry of the snapshot that the document begins with. */
  load(entry: Entry): void {
    this.entries.put(entry);
  }
}
