import { compareUtf8 } from '../../meta/utf8-order.ts';
import { ConflictError, type CommitRequest, type Entry, type Revision, type Write } from '../contract.ts';
import { History, type HistoryLimits, type PastChange } from './history.ts';
import type { CommitRecord } from './record.ts';
import { PastStates, type Past } from './past.ts';
import { Slabs } from './slabs.ts';
import { SortedEntries } from './sorted-entries.ts';

/** A commit that waits for its turn; exactly one of revision and conflict is set when it is decided and durable. */
export interface StagedCommit extends CommitRequest {
  revision?: Revision;
  conflict?: ConflictError;
}

/** The commits that one append makes durable. */
interface Batch {
  readonly records: readonly CommitRecord[];
  /** Call it when the records are durable, and only then: it shows them to readers and answers who waits for them. */
  readonly commit: () => void;
}

/** The revisions of the keys that a batch writes, before it is durable. */
type Ahead = Map<string, Revision | 'absent'>;

/**
 * The data behind lowdb's `Low`: everything durable, in memory, and the commits that are not durable yet. Nothing
 * staged shows in entries, revision or history.
 */
export class JournalDocument {
  readonly entries = new SortedEntries();
  readonly history: History;
  readonly #slabs = new Slabs();
  readonly #past: PastStates;
  #staged: StagedCommit[] = [];
  #revision: Revision;

  /** @param revision of the snapshot that the document begins with */
  constructor(revision: Revision, limits: HistoryLimits) {
    this.#revision = revision;
    this.history = new History(revision, limits);
    this.#past = new PastStates(this.history);
  }

  get revision(): Revision {
    return this.#revision;
  }

  stage(commit: StagedCommit): void {
    this.#staged.push(commit);
  }

  /**
   * Decides everything staged, in order, against what is durable and what comes before it in the batch. A commit that
   * conflicts with a durable one is answered here. One that conflicts with a commit of this batch is answered when that
   * one is durable.
   */
  decide(): Batch {
    const ahead: Ahead = new Map();
    const records: CommitRecord[] = [];
    const answers: (() => void)[] = [];
    let revision = this.#revision;
    for (const staged of this.#staged) {
      const conflict = this.#conflictOf(staged, ahead);
      if (conflict !== undefined) {
        if (ahead.has(conflict.key)) answers.push(() => (staged.conflict = conflict));
        else staged.conflict = conflict;
        continue;
      }
      const changes = this.#changesOf(staged, ahead);
      if (changes.length > 0) {
        revision++;
        for (const { key, value } of changes) ahead.set(key, value === 'deleted' ? 'absent' : revision);
        records.push({ revision, durable: this.#revision, changes });
      }
      const reached = revision;
      answers.push(() => (staged.revision = reached));
    }
    this.#staged = [];
    return {
      records,
      commit: () => {
        for (const record of records) this.apply(record);
        if (records.length > 0) this.history.wake();
        for (const answer of answers) answer();
      },
    };
  }

  /** About a durable key, if there is one: that is certain already. */
  #conflictOf({ require }: CommitRequest, ahead: Ahead): ConflictError | undefined {
    let found: ConflictError | undefined;
    for (const { key, revision } of require) {
      const actual = this.#revisionOf(key, ahead);
      if (actual === revision) continue;
      const conflict = new ConflictError(key, actual);
      if (!ahead.has(key)) return conflict;
      found ??= conflict;
    }
    return found;
  }

  /** In the order of their keys, without the deletions of what is not there. */
  #changesOf({ writes }: CommitRequest, ahead: Ahead): readonly Write[] {
    const changes = writes.filter(({ key, value }) => value !== 'deleted' || this.#revisionOf(key, ahead) !== 'absent');
    return changes.length > 1 ? changes.sort((a, b) => compareUtf8(a.key, b.key)) : changes;
  }

  #revisionOf(key: string, ahead: Ahead): Revision | 'absent' {
    return ahead.get(key) ?? this.entries.get(key)?.revision ?? 'absent';
  }

  /** Applies a durable commit. Its revision must be the next one. */
  apply({ revision, changes }: Omit<CommitRecord, 'durable'>): void {
    if (revision !== this.#revision + 1) {
      throw new RangeError(`commit ${revision} does not follow revision ${this.#revision}`);
    }
    const past = changes.map((change) => this.#change(change, revision));
    this.#revision = revision;
    this.#past.forget();
    this.history.append({ revision, changes: past });
  }

  /** What keys held that have changed since this revision, which must be in the history. */
  before(revision: Revision): Past {
    return this.#past.at(revision);
  }

  #change({ key, value }: Write, revision: Revision): PastChange {
    const current = value === 'deleted' ? undefined : { key, value, revision };
    const previous = current === undefined ? this.entries.delete(key) : this.entries.put(current);
    if (previous !== undefined) this.#slabs.leave(previous);
    if (current !== undefined) this.#slabs.take(current);
    return { key, current, previous };
  }

  /** Nothing was stored up to this revision. To be called before anything is. */
  begin(revision: Revision): void {
    this.#revision = revision;
    this.history.begin(revision);
  }

  /** Adds an entry of the snapshot that the document begins with. */
  load(entry: Entry): void {
    this.entries.put(entry);
    this.#slabs.take(entry);
  }

  /** All was read: gives back memory of the files that is not needed. Call it once, before others use the document. */
  settle(): void {
    this.#slabs.settle(this.history.made());
  }
}
