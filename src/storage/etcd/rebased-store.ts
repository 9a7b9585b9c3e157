import {
  CompactedError,
  ConflictError,
  type Commit,
  type CommitRequest,
  type Entry,
  type ListOptions,
  type Page,
  type Progress,
  type Revision,
  type StorageUnavailableError,
  type Store,
} from '../contract.ts';

/** Another store whose revisions all have a number added to them. Continue tokens stay the other store's. */
export class RebasedStore implements Store {
  readonly #store: Store;
  readonly #offset: number;

  /** @param offset above 0 */
  constructor(store: Store, offset: number) {
    this.#store = store;
    this.#offset = offset;
  }

  get unavailable(): StorageUnavailableError | undefined {
    return this.#store.unavailable;
  }

  get lost(): AbortSignal {
    return this.#store.lost;
  }

  async commit({ require, writes }: CommitRequest): Promise<Revision> {
    const required = require.map(({ key, revision }) => ({ key, revision: this.#lowered(revision) }));
    return this.#raised(await this.#translated(() => this.#store.commit({ require: required, writes })));
  }

  async read(key: string): Promise<Entry | undefined> {
    const entry = await this.#store.read(key);
    return entry && this.#entry(entry);
  }

  async list(prefix: string, options?: ListOptions): Promise<Page> {
    const page = await this.#translated(() => this.#store.list(prefix, options));
    return { ...page, entries: page.entries.map((entry) => this.#entry(entry)), revision: this.#raised(page.revision) };
  }

  watch(after: Revision, signal: AbortSignal): AsyncIterable<Commit | Progress> {
    const offset = this.#offset;
    const events = this.#store.watch(after - offset, signal);
    const translated = this.#error.bind(this);
    return {
      [Symbol.asyncIterator]() {
        const iterator = events[Symbol.asyncIterator]();
        return {
          async next() {
            const result = await iterator.next().catch((error: unknown) => {
              throw translated(error);
            });
            if (result.done === true) return { done: true, value: undefined };
            return { done: false, value: raised(result.value, offset) };
          },
          async return() {
            await iterator.return?.();
            return { done: true, value: undefined };
          },
        };
      },
    };
  }

  async barrier(): Promise<Revision> {
    return this.#raised(await this.#store.barrier());
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #lowered(revision: Revision | 'absent'): Revision | 'absent' {
    if (revision === 'absent') return revision;
    // A revision from before the offset is no key's: a condition on it does not hold.
    return revision > this.#offset ? revision - this.#offset : Number.MAX_SAFE_INTEGER;
  }

  #raised(revision: Revision): Revision {
    return revision + this.#offset;
  }

  #entry(entry: Entry): Entry {
    return { ...entry, revision: this.#raised(entry.revision) };
  }

  async #translated<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw this.#error(error);
    }
  }

  #error(error: unknown): unknown {
    if (error instanceof ConflictError && error.actual !== 'absent') {
      return new ConflictError(error.key, this.#raised(error.actual));
    }
    if (!(error instanceof CompactedError)) return error;
    return new CompactedError(this.#raised(error.asked), this.#raised(error.compactedRevision));
  }
}

function raised(event: Commit | Progress, offset: number): Commit | Progress {
  const revision = event.revision + offset;
  if (event.type === 'progress') return { type: 'progress', revision };
  return { type: 'commit', revision, changes: event.changes.map((change) => ({ ...change, revision })) };
}
