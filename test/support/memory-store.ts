/** A store in memory that keeps its history, can lose it, and can break its watches: for testing what stands on one. */
import { compareUtf8 } from '../../src/meta/utf8-order.ts';
import {
  CompactedError,
  ConflictError,
  StorageClosedError,
  type Change,
  type Commit,
  type CommitRequest,
  type Entry,
  type ListOptions,
  type Page,
  type Progress,
  type Revision,
  type Store,
  type Write,
} from '../../src/storage/contract.ts';

interface Watcher {
  /** It was given, or will be, everything up to here. */
  reached: Revision;
  readonly queue: (Commit | Progress)[];
  failure: Error | undefined;
  wake: () => void;
}

const byKey = (a: { readonly key: string }, b: { readonly key: string }): number => compareUtf8(a.key, b.key);

// What it throws, it rejects with, as the contract says: its methods are asynchronous without waiting for anything.
/* eslint-disable @typescript-eslint/require-await */
export class MemoryStore implements Store {
  readonly unavailable = undefined;
  readonly lost = new AbortController().signal;
  readonly #entries = new Map<string, Entry>();
  readonly #commits: Commit[] = [];
  readonly #watchers = new Set<Watcher>();
  // As an empty etcd.
  #revision: Revision = 1;
  #compacted: Revision = 1;
  #closed = false;
  /** Thrown by the next calls of list, one each. */
  readonly listFailures: Error[] = [];
  lists = 0;

  /** Its first commit is revision 1, unlike that of any engine: for tests that name revisions. */
  static countingFromOne(): MemoryStore {
    const store = new MemoryStore();
    store.#revision = 0;
    store.#compacted = 0;
    return store;
  }

  /** @param from its data, which it shares with nobody from now on: a store that is opened again */
  constructor(from?: MemoryStore) {
    if (from === undefined) return;
    for (const [key, entry] of from.#entries) this.#entries.set(key, entry);
    this.#commits.push(...from.#commits);
    this.#revision = from.#revision;
    this.#compacted = from.#compacted;
  }

  async barrier(): Promise<Revision> {
    this.#checkOpen();
    this.#offer({ type: 'progress', revision: this.#revision });
    return this.#revision;
  }

  async read(key: string): Promise<Entry | undefined> {
    this.#checkOpen();
    return this.#entries.get(key);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<Page> {
    this.#checkOpen();
    this.lists += 1;
    const failure = this.listFailures.shift();
    if (failure) throw failure;
    const newest = options.at === 'oldest' ? this.#compacted : this.#revision;
    const { revision, after } = options.continue === undefined ? { revision: newest, after: '' } : token(options);
    const all = this.#at(revision).filter(({ key }) => key.startsWith(prefix) && compareUtf8(key, after) > 0);
    const entries = options.limit === undefined ? all : all.slice(0, options.limit);
    const last = entries.at(-1);
    if (last === undefined || entries.length === all.length) return { entries, revision };
    return { entries, revision, continue: JSON.stringify([revision, last.key]) };
  }

  async commit({ require, writes }: CommitRequest): Promise<Revision> {
    this.#checkOpen();
    for (const { key, revision } of require) {
      const actual = this.#entries.get(key)?.revision ?? 'absent';
      if (actual !== revision) throw new ConflictError(key, actual);
    }
    const own = writes.map(({ key, value }) => ({ key, value: value === 'deleted' ? value : Buffer.from(value) }));
    return this.#commit(own);
  }

  /** Writes whatever is there now. */
  put(key: string, object: object): Revision {
    return this.#commit([{ key, value: Buffer.from(JSON.stringify(object)) }]);
  }

  remove(key: string): Revision {
    return this.#commit([{ key, value: 'deleted' }]);
  }

  watch(after: Revision, signal: AbortSignal): AsyncIterable<Commit | Progress> {
    this.#checkOpen();
    return { [Symbol.asyncIterator]: () => this.#watch(after, signal) };
  }

  async *#watch(after: Revision, signal: AbortSignal): AsyncGenerator<Commit | Progress, void, undefined> {
    if (after < this.#compacted && this.#compacted > 1) throw new CompactedError(after, this.#compacted);
    const queue = this.#commits.filter(({ revision }) => revision > after);
    const reached = Math.max(after, queue.at(-1)?.revision ?? 0);
    const watcher: Watcher = { reached, queue, failure: undefined, wake: () => undefined };
    const onAbort = (): void => watcher.wake();
    signal.addEventListener('abort', onAbort);
    this.#watchers.add(watcher);
    try {
      while (!signal.aborted && !this.#closed) {
        const event = watcher.queue.shift();
        if (event !== undefined) yield event;
        else if (watcher.failure !== undefined) throw watcher.failure;
        else await new Promise<void>((resolve) => (watcher.wake = resolve));
      }
    } finally {
      this.#watchers.delete(watcher);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Every watch fails with this error, its undelivered commits lost. */
  breakWatches(error: Error): void {
    for (const watcher of this.#watchers) {
      watcher.queue.length = 0;
      watcher.failure = error;
      watcher.wake();
    }
  }

  /** Forgets all history up to now; running watches are told at their next turn, as by a store that gave them up. */
  compact(): void {
    this.#compacted = this.#revision;
    this.breakWatches(new CompactedError(0, this.#compacted));
  }

  /** Another writer's keys move the revision, as in an etcd that is shared. */
  moveOn(): void {
    this.#revision += 1;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const watcher of this.#watchers) watcher.wake();
  }

  #checkOpen(): void {
    if (this.#closed) throw new StorageClosedError();
  }

  #commit(writes: readonly Write[]): Revision {
    const effective = writes.filter(({ key, value }) => value !== 'deleted' || this.#entries.has(key));
    if (effective.length === 0) return this.#revision;
    this.#revision += 1;
    const revision = this.#revision;
    const changes = effective.map((write) => change(write, revision)).sort(byKey);
    for (const one of changes) {
      if (one.type === 'delete') this.#entries.delete(one.key);
      else this.#entries.set(one.key, { key: one.key, value: one.value, revision });
    }
    const commit: Commit = { type: 'commit', revision, changes };
    this.#commits.push(commit);
    this.#offer(commit);
    return revision;
  }

  #offer(event: Commit | Progress): void {
    for (const watcher of this.#watchers) {
      if (watcher.failure !== undefined || watcher.reached >= event.revision) continue;
      watcher.reached = event.revision;
      watcher.queue.push(event);
      watcher.wake();
    }
  }

  #at(at: Revision): Entry[] {
    if (at < this.#compacted) throw new CompactedError(at, this.#compacted);
    if (at >= this.#revision) return [...this.#entries.values()].sort(byKey);
    const entries = new Map<string, Entry>();
    for (const { revision, changes } of this.#commits) {
      if (revision > at) break;
      for (const one of changes) {
        if (one.type === 'delete') entries.delete(one.key);
        else entries.set(one.key, { key: one.key, value: one.value, revision });
      }
    }
    return [...entries.values()].sort(byKey);
  }
}

function change({ key, value }: Write, revision: Revision): Change {
  return value === 'deleted' ? { type: 'delete', key, revision } : { type: 'put', key, value, revision };
}

function token({ continue: text = '' }: ListOptions): { revision: Revision; after: string } {
  const [revision, after] = JSON.parse(text) as [Revision, string];
  return { revision, after };
}
