import { createTurns } from '../../runtime/turns.ts';
import {
  StorageUnavailableError,
  StorageUnreadableError,
  type Change,
  type Commit,
  type CommitRequest,
  type Entry,
  type ListOptions,
  type Page,
  type Progress,
  type Revision,
  type Store,
} from '../contract.ts';
import type { Encryption } from './encryption.ts';
import type { Rewriter } from './rewriter.ts';

/**
 * A store whose values are encrypted in the store below. It keeps no values: who reads them from it holds plain bytes, and
 * the store below, where it holds anything in memory, encrypted ones.
 */
export class EncryptedStore implements Store {
  readonly #store: Store;
  readonly #encryption: Encryption;
  readonly #rewriter: Rewriter | undefined;
  readonly #turns = createTurns();
  /** Why the last list or watch failed. */
  #unreadable: StorageUnreadableError | undefined;

  /** All that it gets is closed with it. */
  constructor(store: Store, encryption: Encryption, rewriter?: Rewriter) {
    this.#store = store;
    this.#encryption = encryption;
    this.#rewriter = rewriter;
  }

  get lost(): AbortSignal {
    return this.#store.lost;
  }

  get unavailable(): StorageUnavailableError | undefined {
    if (this.#unreadable === undefined) return this.#store.unavailable ?? this.#encryption.unavailable;
    return new StorageUnavailableError(this.#unreadable.message, { cause: this.#unreadable });
  }

  // Asynchronous by contract: what encryption throws, it rejects with.
  async commit({ require, writes }: CommitRequest): Promise<Revision> {
    const { transformers } = this.#encryption;
    const sealed = writes.map(({ key, value }) => ({
      key,
      value: value === 'deleted' ? value : transformers.of(key).toStorage(key, value),
    }));
    return this.#store.commit({ require, writes: sealed });
  }

  async read(key: string): Promise<Entry | undefined> {
    const entry = await this.#store.read(key);
    return entry && { ...entry, value: await this.#open(entry) };
  }

  async list(prefix: string, options?: ListOptions): Promise<Page> {
    const page = await this.#store.list(prefix, options);
    const entries: Entry[] = [];
    await this.#noting(async () => {
      for (const entry of page.entries) {
        if (this.#turns.due()) await this.#turns.next();
        const { key, revision } = entry;
        const opened = this.#open(entry);
        const value = opened instanceof Promise ? await opened : opened;
        // What is not encrypted stays the engine's, which may move it.
        entries.push(value === entry.value ? entry : { key, revision, value });
      }
    });
    return { ...page, entries };
  }

  watch(after: Revision, signal: AbortSignal): AsyncIterable<Commit | Progress> {
    const events = this.#store.watch(after, signal);
    return { [Symbol.asyncIterator]: () => this.#watch(events) };
  }

  barrier(): Promise<Revision> {
    return this.#store.barrier();
  }

  async close(): Promise<void> {
    const stopping = [this.#rewriter?.stop() ?? Promise.resolve(), this.#encryption.close()];
    try {
      await this.#store.close();
    } finally {
      await Promise.all(stopping);
    }
  }

  async *#watch(events: AsyncIterable<Commit | Progress>): AsyncGenerator<Commit | Progress, void, undefined> {
    for await (const event of events) {
      if (event.type === 'progress') yield event;
      else yield { ...event, changes: await this.#noting(() => this.#openChanges(event.changes)) };
    }
  }

  async #openChanges(changes: readonly Change[]): Promise<readonly Change[]> {
    const opened: Change[] = [];
    for (const change of changes) {
      if (change.type === 'delete') {
        opened.push(change);
        continue;
      }
      const value = this.#open(change);
      opened.push({ ...change, value: value instanceof Promise ? await value : value });
    }
    return opened;
  }

  /** Without waiting wherever possible: a promise for each of a million values would cost more than its decryption. */
  #open({ key, value }: Pick<Entry, 'key' | 'value'>): Buffer | Promise<Buffer> {
    const opened = this.#encryption.transformers.of(key).fromStorage(key, value);
    return opened instanceof Promise ? opened.then((one) => one.value) : opened.value;
  }

  /** Remembers whether what the caches need can be read. */
  async #noting<T>(work: () => Promise<T>): Promise<T> {
    try {
      const done = await work();
      this.#unreadable = undefined;
      return done;
    } catch (error) {
      if (error instanceof StorageUnreadableError) this.#unreadable = error;
      throw error;
    }
  }
}
