/** A store in memory that keeps its history, can lose it, and can break its watches: for testing what stands on one. */
import {
  CompactedError,
  ConflictError,
  StorageClosedError,
  type Change,
  type Entry,
  type ListOptions,
  type Page,
  type Revision,
  type Store,
} from '../../../src/storage/contract.ts';

interface Watcher {
  readonly prefix: string;
  readonly queue: Change[];
  failure: Error | undefined;
  wake: () => void;
}

const byKey = (a: Entry, b: Entry): number => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));

export class MemoryStore implements Store {
  readonly unavailable = undefined;
  readonly lost = new AbortController().signal;
  readonly #entries = new Map<string, Entry>();
  readonly #changes: Exclude<Change, { type: 'progress' }>[] = [];
  readonly #watchers = new Set<Watcher>();
  #revision: Revision = 0;
  #compacted: Revision = 0;
  #closed = false;
  /** Thrown by the next calls of list, one each. */
  readonly listFailures: Error[] = [];
  lists = 0;

  revision(): Promise<Revision> {
    return this.#closed ? Promise.reject(new StorageClosedError()) : Promise.resolve(this.#revision);
  }

  compactedRevision(): Promise<Revision> {
    return Promise.resolve(this.#compacted);
  }

  read(key: string): Promise<Entry | undefined> {
    return Promise.resolve(this.#entries.get(key));
  }

  list(prefix: string, options: ListOptions = {}): Promise<Page> {
    this.lists += 1;
    const failure = this.listFailures.shift();
    if (failure) return Promise.reject(failure);
    const [revision, start] = options.continue?.split(' ') ?? [String(options.at ?? this.#revision), ''];
    const all = this.#at(Number(revision)).filter((one) => one.key.startsWith(prefix) && one.key > (start ?? ''));
    const entries = options.limit === undefined ? all : all.slice(0, options.limit);
    const more = entries.length < all.length ? { continue: `${revision} ${entries.at(-1)?.key}` } : {};
    return Promise.resolve({ entries, revision: Number(revision), ...more });
  }

  write(key: string, expected: Revision | 'absent', value: Buffer | 'deleted'): Promise<Revision> {
    if (this.#closed) return Promise.reject(new StorageClosedError());
    const actual = this.#entries.get(key)?.revision ?? 'absent';
    if (actual !== expected) return Promise.reject(new ConflictError(key, actual));
    return Promise.resolve(this.#write(key, value));
  }

  /** Writes whatever is there now. */
  put(key: string, object: object): Revision {
    return this.#write(key, Buffer.from(JSON.stringify(object)));
  }

  remove(key: string): Revision {
    return this.#write(key, 'deleted');
  }

  async *watch(prefix: string, after: Revision, signal: AbortSignal): AsyncGenerator<Change, void, undefined> {
    if (after < this.#compacted) throw new CompactedError(after, this.#compacted);
    const queue = this.#changes.filter((change) => change.revision > after && change.key.startsWith(prefix));
    const watcher: Watcher = { prefix, queue, failure: undefined, wake: () => undefined };
    const onAbort = (): void => {
      watcher.wake();
    };
    signal.addEventListener('abort', onAbort);
    this.#watchers.add(watcher);
    try {
      while (!signal.aborted && !this.#closed) {
        const change = watcher.queue.shift();
        if (change !== undefined) yield change;
        else if (watcher.failure !== undefined) throw watcher.failure;
        else await new Promise<void>((resolve) => (watcher.wake = resolve));
      }
    } finally {
      this.#watchers.delete(watcher);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Every watch fails with this error, its undelivered changes lost. */
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

  progress(): void {
    this.#offer({ type: 'progress', revision: this.#revision }, () => true);
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const watcher of this.#watchers) watcher.wake();
    return Promise.resolve();
  }

  #write(key: string, value: Buffer | 'deleted'): Revision {
    this.#revision += 1;
    const revision = this.#revision;
    if (value === 'deleted') this.#entries.delete(key);
    else this.#entries.set(key, { key, value, revision });
    const change = value === 'deleted' ? { type: 'delete' as const, key, revision } : put(key, value, revision);
    this.#changes.push(change);
    this.#offer(change, (watcher) => key.startsWith(watcher.prefix));
    return revision;
  }

  #offer(change: Change, concerns: (watcher: Watcher) => boolean): void {
    for (const watcher of this.#watchers) {
      if (watcher.failure !== undefined || !concerns(watcher)) continue;
      watcher.queue.push(change);
      watcher.wake();
    }
  }

  #at(revision: Revision): Entry[] {
    if (revision < this.#compacted) throw new CompactedError(revision, this.#compacted);
    if (revision >= this.#revision) return [...this.#entries.values()].sort(byKey);
    const entries = new Map<string, Entry>();
    for (const change of this.#changes) {
      if (change.revision > revision) break;
      if (change.type === 'put') entries.set(change.key, change);
      else entries.delete(change.key);
    }
    return [...entries.values()].sort(byKey);
  }
}

function put(key: string, value: Buffer, revision: Revision): Exclude<Change, { type: 'progress' | 'delete' }> {
  return { type: 'put', key, value, revision };
}
