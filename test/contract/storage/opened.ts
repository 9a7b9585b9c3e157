/** What the suite gets of an engine, and what its files share. */
import { afterEach, beforeEach } from 'vitest';
import type { Commit, CommitRequest, Progress, Revision, Store, Write } from '../../../src/storage/contract.ts';

/** An engine's store, open and empty, with what can be done to it. */
export interface OpenedStore {
  readonly store: Store;
  /** Closes the store and opens what it stored again. */
  reopen(): Promise<Store>;
  /** Closes the store that is open, and removes its data. */
  close(): Promise<void>;
  /** Makes the store forget its history up to now; absent where the engine cannot be told to. */
  compact?(): Promise<void>;
  /** Moves the engine's revision on without a change of any key of the store; absent where nobody else can. */
  moveOn?(): Promise<void>;
  /** The largest value that the engine stores; absent: it sets no limit, and three megabytes are tried. */
  readonly maxValueBytes?: number;
}

/** The store of the test that runs, empty at its beginning. */
export class Subject {
  #opened: OpenedStore | undefined;
  #store: Store | undefined;
  #abort = new AbortController();

  constructor(open: () => Promise<OpenedStore>) {
    beforeEach(async () => {
      this.#opened = await open();
      this.#store = this.#opened.store;
      this.#abort = new AbortController();
    });
    afterEach(async () => {
      this.#abort.abort();
      await this.#opened?.close();
    });
  }

  get opened(): OpenedStore {
    if (this.#opened === undefined) throw new Error('the store is not open yet');
    return this.#opened;
  }

  get store(): Store {
    return this.#store ?? this.opened.store;
  }

  /** Ends watches; aborted after the test at the latest. */
  get abort(): AbortController {
    return this.#abort;
  }

  async reopen(): Promise<void> {
    this.#store = await this.opened.reopen();
  }

  commit(writes: readonly Write[], require: CommitRequest['require'] = []): Promise<Revision> {
    return this.store.commit({ require, writes });
  }

  put(key: string, value: unknown, expected?: Revision | 'absent'): Promise<Revision> {
    return this.commit([{ key, value: json(value) }], expected === undefined ? [] : [{ key, revision: expected }]);
  }

  remove(key: string, expected?: Revision): Promise<Revision> {
    return this.commit([{ key, value: 'deleted' }], expected === undefined ? [] : [{ key, revision: expected }]);
  }

  async keysOf(prefix: string): Promise<string[]> {
    return (await this.store.list(prefix)).entries.map(({ key }) => key);
  }

  watch(after: Revision): AsyncIterable<Commit | Progress> {
    return this.store.watch(after, this.#abort.signal);
  }

  /** The next commits of a new watch; fewer if it ends before. */
  take(after: Revision, count: number): Promise<Commit[]> {
    return take(this.watch(after), count);
  }
}

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Commits until there are so many; progress is left out. */
export async function take(events: AsyncIterable<Commit | Progress>, count: number): Promise<Commit[]> {
  const taken: Commit[] = [];
  for await (const event of events) {
    if (event.type === 'commit') taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

/** All commits until everything up to the revision has been delivered. */
export async function takeUntil(events: AsyncIterable<Commit | Progress>, revision: Revision): Promise<Commit[]> {
  const taken: Commit[] = [];
  for await (const event of events) {
    if (event.type === 'commit') taken.push(event);
    if (event.revision >= revision) return taken;
  }
  throw new Error(`the watch ended before revision ${revision}`);
}

/** What is left after the commits, by key. */
export function replayed(commits: readonly Commit[], state = new Map<string, string>()): Map<string, string> {
  for (const { changes } of commits) {
    for (const change of changes) {
      if (change.type === 'delete') state.delete(change.key);
      else state.set(change.key, change.value.toString());
    }
  }
  return state;
}
