/**
 * One watch on the whole store feeds the caches of all resources. They show a commit together and as a whole: it is applied
 * without waiting in between, and only then is its revision shown.
 */
import type { KubeObject } from '../../meta/object.ts';
import { pause } from '../../runtime/time-limit.ts';
import { createTurns, type Turns } from '../../runtime/turns.ts';
import {
  StorageUnreadableError,
  type Change,
  type Commit,
  type Progress,
  type Revision,
} from '../../storage/contract.ts';
import { createVersions } from '../versions/index.ts';
import type { ResourceCache } from './contract.ts';
import { createCacheMetrics, type CacheMetrics } from './cache-metrics.ts';
import type { CacheEntry } from './cached-object.ts';
import type { Computed, StoredChange } from './computed.ts';
import { InternalKeys } from './internal-keys.ts';
import { internalPrefix, splitStoreKey, storePrefix } from './keys.ts';
import type { StoreHub, StoreHubOptions } from './hub-contract.ts';
import { CacheMemory } from './memory.ts';
import {
  changesOf,
  differencesOf,
  fillCaches,
  listStore,
  readAhead,
  showDifference,
  type StoreListing,
} from './relist.ts';
import { ObjectCache, type CacheDefinition, type CacheOptions } from './resource-cache.ts';
import { RevisionGate } from './revision-gate.ts';
import { createVersionCache, storedDefinition, VersionedCache } from './version-cache.ts';

/** A change of a commit, and the cache that it belongs to. */
interface Step extends StoredChange {
  readonly cache: ObjectCache<KubeObject>;
  readonly current: CacheEntry<KubeObject> | undefined;
}

const firstDelayMs = 100;
const maxDelayMs = 10_000;

/** A hub without caches; request its caches, then call `start`. */
export function createStoreHub(options: StoreHubOptions): StoreHub {
  return new Hub(options);
}

class Hub implements StoreHub {
  readonly memory: CacheMemory;
  readonly turns: Turns;
  readonly #options: StoreHubOptions;
  readonly #gate: RevisionGate;
  readonly #metrics: CacheMetrics;
  readonly #caches = new Map<string, ObjectCache<KubeObject>>();
  /** In other versions than they are stored in; by prefix and version. */
  readonly #shown = new Map<string, ResourceCache>();
  readonly #computed: Computed[] = [];
  readonly #internal = new InternalKeys();
  #started = false;
  #synced = false;
  /** Something computed has not followed a commit to its end: it failed, and is computed anew after the next list. */
  #isBehind = false;

  constructor(options: StoreHubOptions) {
    this.memory = new CacheMemory(options.limits);
    this.turns = options.turns ?? createTurns();
    this.#options = options;
    this.#gate = new RevisionGate(options.clock);
    this.#metrics = createCacheMetrics(options.metrics);
  }

  cache<T extends KubeObject>(definition: CacheDefinition<T>, shown = definition): ResourceCache<T> {
    const versions = createVersions(definition);
    if (versions === undefined) return this.#stored(definition, (options) => new ObjectCache(definition, options));
    const stored = storedDefinition(definition, versions);
    const cache = this.#stored(stored, (options) => new VersionedCache(stored, { ...options, versions, definition }));
    if (shown.version === versions.storage) return cache;
    const key = `${storePrefix(definition)}${shown.version}`;
    const known = this.#shown.get(key) as unknown as ResourceCache<T> | undefined;
    if (known !== undefined) return known;
    const made = createVersionCache(cache, shown, versions, this.memory);
    this.#shown.set(key, made);
    return made;
  }

  /** @param make makes the cache of the stored states, unless it is there */
  #stored<T extends KubeObject>(
    definition: CacheDefinition<T>,
    make: (options: CacheOptions) => ObjectCache<T>,
  ): ObjectCache<T> {
    const prefix = storePrefix(definition);
    // The type of the objects behind a prefix is not checked here: the definition decides it.
    const known = this.#caches.get(prefix) as unknown as ObjectCache<T> | undefined;
    if (known !== undefined) return known;
    if (this.#started) throw new Error(`the cache of ${prefix} must be requested before the hub starts`);
    const cache = make({
      revisions: this,
      memory: this.memory,
      historyChanges: this.#options.historyChanges,
      observer: this.#metrics.of(definition),
    });
    this.#caches.set(prefix, cache as unknown as ObjectCache<KubeObject>);
    return cache;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#started = true;
    await new Promise<void>((resolve, reject) => {
      this.#run(signal, resolve).then(() => {
        reject(signal.reason as Error);
      }, reject);
    });
  }

  synced(): boolean {
    return this.#synced;
  }

  revision(): Revision {
    return this.#gate.revision;
  }

  revisionOf(key: string): Revision | 'absent' {
    if (key.startsWith(internalPrefix)) return this.#internal.revisionOf(key);
    const parts = splitStoreKey(key);
    const cache = parts && this.#caches.get(parts.prefix);
    if (cache === undefined) throw new Error(`there is no cache for ${key}`);
    return cache.entry(parts?.key ?? '')?.revision ?? 'absent';
  }

  async current(): Promise<Revision> {
    const revision = await this.#options.store.barrier();
    if (revision > this.#gate.revision) await this.#gate.waitFor(revision);
    return this.#gate.revision;
  }

  waitFor(revision: Revision): Promise<void> {
    return this.#gate.waitFor(revision);
  }

  compute(computed: Computed): void {
    if (this.#started) throw new Error('what is computed must be known before the hub starts');
    this.#computed.push(computed);
  }

  async #run(signal: AbortSignal, onSynced: () => void): Promise<void> {
    const isOver = (): boolean => signal.aborted;
    let delay = firstDelayMs;
    while (!isOver()) {
      try {
        const newest = await this.#fill(signal);
        const synced = async (): Promise<void> => {
          await this.#compute(this.#gate.revision);
          this.#synced = true;
          onSynced();
        };
        if (!this.#synced && this.#gate.revision >= newest) await synced();
        for await (const event of this.#options.store.watch(this.#gate.revision, signal)) {
          const shown = this.#show(event);
          if (shown !== undefined) await shown;
          if (!this.#synced && this.#gate.revision >= newest) await synced();
          delay = firstDelayMs;
        }
        if (!isOver()) throw new Error('the watch on the store ended');
      } catch (error) {
        if (isOver()) break;
        if (error instanceof StorageUnreadableError && !this.#synced) throw error;
        this.#options.logger.warn({ error, delay }, 'the watch on the store broke off: listing again');
        await pause(this.#options.clock, delay, signal);
        delay = Math.min(delay * 2, maxDelayMs);
      }
    }
    this.#gate.close();
    for (const cache of this.#caches.values()) cache.stop();
    for (const computed of this.#computed) computed.stop();
  }

  async #compute(revision: Revision): Promise<void> {
    for (const computed of this.#computed) await computed.fill(revision);
  }

  /**
   * The first list starts as far back as the store knows its commits. Later commits then come through the watch, so
   * that a client that watched before a restart continues without listing again.
   * @returns the revision that the caches must show to be up to date
   */
  async #fill(signal: AbortSignal): Promise<Revision> {
    const { store } = this.#options;
    const newest = await store.barrier();
    const at = this.#synced ? undefined : 'oldest';
    const listing = await listStore(store, this.#caches, signal, at);
    const shown = this.#gate.revision;
    if (listing.revision < shown) throw new Error(`the store went back from revision ${shown} to ${listing.revision}`);
    if (this.#synced) await this.#showListing(listing);
    else {
      fillCaches(this.#caches, listing);
      this.#internal.restart(listing.internal);
      this.#gate.advance(listing.revision);
    }
    return newest;
  }

  /** As one large commit: what is computed takes its time before anything is shown, so that no list has objects newer than itself. */
  async #showListing({ revision, objects, internal }: StoreListing): Promise<void> {
    const differences = await differencesOf(this.#caches, objects, this.turns);
    const changes = differences.flatMap(changesOf);
    const wasBehind = this.#isBehind;
    await Promise.all([readAhead(differences, this.turns), ...this.#prepare(changes)]);
    const shown = this.#gate.revision;
    for (const difference of differences) showDifference(difference, { shown, revision });
    this.#internal.restart(internal);
    if (wasBehind) await this.#compute(revision);
    this.#follow(changes, revision);
    this.#gate.advance(revision);
  }

  /** @returns undefined once the event is shown; a promise only if something computed needs time for it */
  #show(event: Commit | Progress): Promise<void> | undefined {
    if (event.type === 'progress') {
      this.#gate.advance(event.revision);
      return undefined;
    }
    // What cannot be read is found before anything is applied.
    const steps = event.changes.flatMap((change) => this.#step(change) ?? []);
    const prepared = this.#synced ? this.#prepare(steps) : [];
    if (prepared.length === 0) {
      this.#apply(steps, event);
      return undefined;
    }
    return Promise.all(prepared).then(() => {
      this.#apply(steps, event);
    });
  }

  #follow(changes: readonly StoredChange[], revision: Revision): void {
    for (const computed of this.#computed) computed.follow(changes, revision);
    this.#isBehind = false;
  }

  #prepare(changes: readonly StoredChange[]): Promise<void>[] {
    this.#isBehind = true;
    return this.#computed.flatMap((computed) => computed.prepare?.(changes) ?? []);
  }

  #apply(steps: readonly Step[], { changes, revision }: Commit): void {
    for (const { cache, key, current } of steps) cache.apply(key, current, revision);
    this.#internal.apply(changes);
    if (this.#synced) this.#follow(steps, revision);
    this.#gate.advance(revision);
  }

  /** @returns undefined for a key of no resource. @throws SyntaxError for bytes that no object is made of */
  #step(change: Change): Step | undefined {
    const parts = splitStoreKey(change.key);
    const cache = parts === undefined ? undefined : this.#caches.get(parts.prefix);
    if (parts === undefined || cache === undefined) return undefined;
    const { key } = parts;
    const current = change.type === 'delete' ? undefined : cache.entryOf(key, change.value, change.revision);
    return { cache, key, previous: cache.entry(key), current };
  }
}
