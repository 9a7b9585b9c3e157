/** The cache of one resource: the current objects in key order, the newest changes, and the watches on them. */
import { apiVersionString, type KubeObject, type Stored } from '../../meta/object.ts';
import { isEncrypted, StorageUnreadableError, type Revision } from '../../storage/contract.ts';
import type { ResourceDefinition } from '../resource.ts';
import { StoredEntry, type CacheEntry, type EntryForm, type StoredValue, valueOf } from './cached-object.ts';
import type { CacheObserver } from './cache-metrics.ts';
import { Change } from './change.ts';
import type {
  CachedObject,
  Extent,
  ListQuery,
  ListResult,
  ResourceCache,
  WatchQuery,
  WatchSubscription,
} from './contract.ts';
import { Dispatcher } from './dispatcher.ts';
import { tooLargeRevision } from './errors.ts';
import { FieldIndex } from './field-index.ts';
import { History } from './history.ts';
import { objectKey, storePrefix } from './keys.ts';
import { ListJoiner, type ListBytes } from './list-bytes.ts';
import type { CacheMemory } from './memory.ts';
import { compileSelection, type Selector } from './selection.ts';
import { inRange, keyAfter, keyRange, pageOf, withStates, type KeyRange } from './page.ts';
import { SortedChunks } from './sorted-chunks.ts';
import { createRevisionWriter } from './stored-form.ts';
import { backlogOf, Subscription, type SubscriptionHost } from './subscription.ts';

/** What a cache must know of its resource; part of a ResourceDefinition. */
export type CacheDefinition<T extends KubeObject> = Pick<
  ResourceDefinition<T>,
  | 'group'
  | 'version'
  | 'plural'
  | 'kind'
  | 'listKind'
  | 'namespaced'
  | 'selectableFields'
  | 'readable'
  | 'readableMetadata'
> &
  Partial<Pick<ResourceDefinition<T>, 'schema' | 'versions' | 'storageVersion' | 'served'>>;

/** What a cache shares with others. */
export interface CacheOptions {
  /** Provides the revision that the cache shows. */
  readonly revisions: Pick<ResourceCache, 'revision' | 'current' | 'waitFor'>;
  /** Shared with all other caches of the server. */
  readonly memory: CacheMemory;
  /** Whether objects' sizes are known without encoding them; true if absent. */
  readonly isLengthKnown?: boolean;
  /** The largest number of changes in the history; 10,000 if absent. */
  readonly historyChanges?: number | undefined;
  readonly observer: CacheObserver;
}

const defaultHistoryChanges = 10_000;
/** Bytes of an object whose size is not known without making it. */
const assumedSize = 2048;
const noStates: ReadonlyMap<string, undefined> = new Map<string, undefined>();

/** A ResourceCache, with the functions by which its owner fills it. */
export class ObjectCache<T extends KubeObject> implements ResourceCache<T> {
  protected readonly form: EntryForm;
  readonly #definition: CacheDefinition<T>;
  readonly #options: CacheOptions;
  readonly #objects = new SortedChunks<CacheEntry<T>>((entry) => entry.key);
  readonly #history: History<T>;
  readonly #dispatcher: Dispatcher<T>;
  readonly #joiner: ListJoiner<T>;
  readonly #indexes = new Map<string, FieldIndex<T>>();
  readonly #host: SubscriptionHost;
  /** What is being written, by key. */
  readonly #expected = new Map<string, { readonly bytes: Buffer; readonly object: T }>();
  /** Of all objects; 0 where sizes are not known. */
  #bytes = 0;

  constructor(definition: CacheDefinition<T>, options: CacheOptions) {
    const apiVersion = apiVersionString(definition);
    this.#definition = definition;
    this.#options = options;
    const { memory, historyChanges = defaultHistoryChanges } = options;
    const { kind, readable, readableMetadata } = definition;
    this.form = { writer: createRevisionWriter(apiVersion, kind), memory, readable, readableMetadata };
    this.#history = new History(historyChanges, memory.histories);
    this.#dispatcher = new Dispatcher(definition.namespaced);
    this.#joiner = new ListJoiner(apiVersion, definition.listKind, memory.joined, options);
    this.#host = {
      revision: () => this.revision(),
      wakeLater: (sleeper) => {
        this.#dispatcher.wakeLater(sleeper);
      },
      remove: (subscription) => {
        this.#dispatcher.remove(subscription as Subscription<T>);
      },
      cutOff: () => {
        options.observer.cutOff();
      },
    };
  }

  get size(): number {
    return this.#objects.size;
  }

  /**
   * A state made of stored bytes. @param source kept: its value may become another buffer with the same bytes
   * @throws SyntaxError if they are not an object
   * @throws StorageUnreadableError if they are encrypted
   */
  entryOf(key: string, source: StoredValue, revision: Revision): CacheEntry<T> {
    const entry = this.#stored(key, source, revision);
    const expected = this.#expected.get(key);
    if (expected?.bytes.equals(valueOf(source)) === true) entry.keep(expected.object);
    return entry;
  }

  #stored(key: string, source: StoredValue, revision: Revision): StoredEntry<T> {
    try {
      return new StoredEntry<T>(key, source, revision, this.form);
    } catch (cause) {
      if (!isEncrypted(valueOf(source))) throw cause;
      const reason = 'it is encrypted, and this server has no encryption configuration (--encryption-provider-config)';
      throw new StorageUnreadableError(storePrefix(this.#definition) + key, reason, { cause });
    }
  }

  expect(key: string, bytes: Buffer, object: T): () => void {
    const expected = { bytes, object };
    this.#expected.set(key, expected);
    return () => {
      if (this.#expected.get(key) === expected) this.#expected.delete(key);
    };
  }

  entry(key: string): CacheEntry<T> | undefined {
    return this.#objects.get(key);
  }

  entries(): Iterable<CacheEntry<T>> {
    return this.#objects.range();
  }

  /**
   * Shows one more change and hands it to the watches. Revisions must not decrease.
   * @param version the resourceVersion of the change's object
   */
  apply(key: string, current: CacheEntry<T> | undefined, revision: Revision, version = revision): void {
    const previous = this.#place(key, current);
    if (previous === undefined && current === undefined) return;
    const change = new Change({ key, revision, version, current, previous });
    this.#history.push(change);
    this.#dispatcher.dispatch(change);
    this.#options.observer.changed(this.#objects.size);
  }

  /** Does what takes time when this state, or another in its place, is shown. */
  readAhead(entry: CacheEntry<T>): void {
    for (const index of this.#indexes.values()) index.readAhead(entry);
  }

  /** Adds objects without events; only while the cache is filled for the first time. */
  fill(entries: readonly CacheEntry<T>[]): void {
    const old = this.#objects.addAll(entries);
    for (const [at, entry] of entries.entries()) this.#replaced(old[at], entry);
  }

  /**
   * The cache now shows a list of this revision. Earlier changes are unknown: no watch and no list can go back further.
   */
  filled(revision: Revision): void {
    this.#history.restart(revision);
    this.#options.observer.filled(this.#objects.size);
  }

  /** Ends every watch. */
  stop(): void {
    this.#dispatcher.endAll();
  }

  revision(): Revision {
    return this.#options.revisions.revision();
  }

  current(): Promise<Revision> {
    return this.#options.revisions.current();
  }

  waitFor(revision: Revision): Promise<void> {
    return this.#options.revisions.waitFor(revision);
  }

  oldestRevision(): Revision {
    return this.#history.oldest;
  }

  get(namespace: string, name: string): CachedObject<T> | undefined {
    return this.#objects.get(objectKey(namespace, name));
  }

  extent(namespace: string): Extent {
    const range = keyRange(namespace === '' ? undefined : namespace, undefined);
    const objects = this.#objects.count(range.from, range.end);
    const average = this.#bytes === 0 ? assumedSize : this.#bytes / this.#objects.size;
    return { objects, bytes: objects * average };
  }

  list(query: ListQuery): ListResult<T> {
    const selector = compileSelection(query, this.#definition.selectableFields);
    const range = keyRange(selector.namespace, query.startAfter);
    const revision = query.at ?? this.revision();
    if (revision > this.revision()) throw tooLargeRevision(revision, this.revision());
    const states = revision === this.revision() ? noStates : this.#history.statesAt(revision);
    const entries =
      states.size === 0
        ? this.#candidates(query, selector, range)
        : withStates(this.#objects.range(range.from, range.end), states, range);
    const page = pageOf(entries, selector.matches, query.limit);
    if (!page.more || selector.matches !== undefined) return { ...page, revision };
    const rest = { ...range, from: keyAfter(page.objects.at(-1)?.key ?? '') };
    return { ...page, revision, remaining: this.#count(rest, states) };
  }

  watch(query: WatchQuery): WatchSubscription<T> {
    const selector = compileSelection(query, this.#definition.selectableFields);
    const subscription = new Subscription(this.#host, selector, query.after, backlogOf(query));
    subscription.replay(this.#history.after(query.after));
    this.#dispatcher.add(subscription);
    return subscription;
  }

  passing(work: () => void): void {
    this.#options.memory.passing(work);
  }

  listBytes(namespace: string | undefined): ListBytes {
    const range = keyRange(namespace === '' ? undefined : namespace, undefined);
    return this.#joiner.list(range.prefix, this.revision(), () => this.#objects.pieces(range.from, range.end));
  }

  /** All objects in the range that can match, and maybe some that do not. */
  #candidates({ fields }: ListQuery, selector: Selector<T>, range: KeyRange): Iterable<CacheEntry<T>> {
    const { name, namespace } = selector;
    if (name !== undefined && (namespace !== undefined || !this.#definition.namespaced)) {
      const entry = this.#objects.get(objectKey(namespace ?? '', name));
      return entry !== undefined && inRange(entry.key, range) ? [entry] : [];
    }
    for (const [field, valueOf] of Object.entries(this.#definition.selectableFields)) {
      const value = fields?.exact(field);
      if (value !== undefined) return this.#indexed(field, valueOf, value, range);
    }
    return this.#objects.range(range.from, range.end);
  }

  #indexed(
    field: string,
    valueOf: (object: Stored<T>) => string,
    value: string,
    range: KeyRange,
  ): Iterable<CacheEntry<T>> {
    let index = this.#indexes.get(field);
    if (index === undefined) {
      index = new FieldIndex(valueOf, (from) => this.#objects.range(from));
      this.#indexes.set(field, index);
    }
    return index.isComplete ? this.#found(index, value, range) : this.#objects.range(range.from, range.end);
  }

  *#found(index: FieldIndex<T>, value: string, range: KeyRange): Generator<CacheEntry<T>, void, undefined> {
    for (const key of index.keys(value, range.prefix, range.from)) {
      const entry = this.#objects.get(key);
      if (entry !== undefined) yield entry;
    }
  }

  #count(range: KeyRange, states: ReadonlyMap<string, CacheEntry<T> | undefined>): number {
    let count = this.#objects.count(range.from, range.end);
    for (const [key, state] of states) {
      if (!inRange(key, range)) continue;
      count += (state === undefined ? 0 : 1) - (this.#objects.get(key) === undefined ? 0 : 1);
    }
    return count;
  }

  #place(key: string, current: CacheEntry<T> | undefined): CacheEntry<T> | undefined {
    const previous = current === undefined ? this.#objects.delete(key) : this.#objects.set(current);
    this.#replaced(previous, current);
    return previous;
  }

  #replaced(previous: CacheEntry<T> | undefined, current: CacheEntry<T> | undefined): void {
    if (this.#options.isLengthKnown !== false) this.#bytes += (current?.size ?? 0) - (previous?.size ?? 0);
    for (const index of this.#indexes.values()) index.replace(previous, current);
    if (previous !== undefined) this.#options.memory.retire(previous);
  }
}
