/**
 * A cache of objects that are not stored but computed from others (its upstream) by the code that feeds it.
 *
 * const cache = createDerivedCache({definition, upstream: [clusters], metrics})
 * the watch on clusters: default/spark changed at revision 7   (taken in its onReady listener, without waiting)
 * cache.replace('default/spark', () => rolesOf(spark), 7)      → ADDED, MODIFIED, DELETED for what differs
 *
 * For each object the cache holds its key, its revision and the function that computes it. The object is computed on
 * demand.
 *
 * Revisions are those of the store, so that none is used twice: they never exceed what is durable, and none from before
 * the start of this process is reused. Replaced objects are shown together, one turn of the event loop later, at a
 * revision up to which everything has been fed. In a batch of several events only the last has that revision; the
 * others have the one before. A client that is cut off within a batch therefore resumes before it and misses nothing.
 * If the store has not moved far enough since the last batch, the cache advances it (see ResourceCache.advance).
 */
import { deepEqual } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Revision } from '../../storage/contract.ts';
import { createCacheMetrics } from './cache-metrics.ts';
import type { ResourceCache, WatchQuery, WatchSubscription } from './contract.ts';
import { DerivedEntry, DerivedSource, type Derivation } from './derived-entry.ts';
import { tooOldRevision } from './errors.ts';
import { CacheMemory } from './memory.ts';
import { ObjectCache, type CacheDefinition } from './resource-cache.ts';
import { ViewRevision } from './view-revision.ts';

interface DerivedCacheOptions<T extends KubeObject> {
  readonly definition: CacheDefinition<T>;
  /** What the objects are computed from: caches of one hub, or the hub itself. */
  readonly upstream: readonly Pick<ResourceCache, 'revision' | 'current' | 'waitFor' | 'advance'>[];
  readonly metrics: Metrics;
  /** Usually the hub's; absent: a separate one. */
  readonly memory?: CacheMemory;
  readonly historyChanges?: number;
}

/** A ResourceCache with the functions that feed it. */
export interface DerivedCache<T extends KubeObject> extends ResourceCache<T> {
  /**
   * Replaces the objects of this owner; those of other owners stay. A function is called now, and again whenever one of
   * its objects is needed. Objects that stay equal (apart from resourceVersion) cause no event. Two owners must not
   * have an object of the same name. Readers see the change from the next turn of the event loop on, together with all
   * other replacements until then; `current` waits for that.
   * @param revision the upstream change that caused this
   */
  replace(owner: string, objects: readonly T[] | Derivation<T>, revision: Revision): void;
  /**
   * From now on this function computes the owner's objects. They are equal to those of before, so nothing changes.
   * @returns false if the owner's objects are not shown yet: they are to be replaced
   */
  compute(owner: string, derive: Derivation<T>): boolean;
  /**
   * Call it when everything has been computed once. Earlier revisions, which another process may have used, are too old
   * from then on; before it, `current` and `waitFor` fail with 503.
   */
  begin(): void;
  /** Ends every watch. */
  stop(): void;
}

/** An empty cache; feed it with `replace`, then call `begin`. */
export function createDerivedCache<T extends KubeObject>(options: DerivedCacheOptions<T>): DerivedCache<T> {
  return new Derived(options);
}

class Derived<T extends KubeObject> extends ObjectCache<T> implements DerivedCache<T> {
  readonly #owned = new Map<string, DerivedSource<T>>();
  readonly #pending = new Map<string, DerivedSource<T>>();
  readonly #shown: ViewRevision;

  constructor(options: DerivedCacheOptions<T>) {
    const { definition, upstream, metrics, memory = new CacheMemory(), historyChanges } = options;
    const shown = new ViewRevision(upstream, (reached) => this.#show(reached));
    const observer = createCacheMetrics(metrics).of(definition);
    super(definition, { revisions: shown, memory, historyChanges, observer, isLengthKnown: false });
    this.#shown = shown;
  }

  replace(owner: string, objects: readonly T[] | Derivation<T>, revision: Revision): void {
    const derive = typeof objects === 'function' ? objects : (): readonly T[] => objects;
    this.#pending.set(owner, new DerivedSource(derive, this.form));
    this.#shown.follow(revision);
  }

  compute(owner: string, derive: Derivation<T>): boolean {
    if (this.#pending.has(owner)) return false;
    const old = this.#owned.get(owner);
    if (old === undefined) return true;
    const source = new DerivedSource(derive, this.form, old);
    this.#owned.set(owner, source);
    for (const key of source.keys) {
      const entry = this.entry(key);
      if (entry instanceof DerivedEntry && entry.source === old) entry.source = source;
    }
    return true;
  }

  /** A revision above the newest was given out by another process. */
  override watch(query: WatchQuery): WatchSubscription<T> {
    if (query.after > this.revision()) throw tooOldRevision(query.after, this.oldestRevision());
    return super.watch(query);
  }

  begin(): void {
    const revision = this.#shown.begin();
    // One owner at a time, so that not all objects are in memory at once.
    for (const source of this.#pending.values()) {
      for (const key of source.keys) this.fill(new DerivedEntry(key, source, revision, this.form));
    }
    this.#settle();
    this.filled(this.#shown.oldest);
  }

  /**
   * Shows what is pending at this revision. Returns false if the revision is too low: a batch of several events needs
   * two revisions.
   */
  #show(revision: Revision): boolean {
    const changes = [...this.#differences()];
    const room = revision - this.#shown.newest;
    if (room < Math.min(changes.length, 2)) return false;
    changes.forEach(([key, source], index) => {
      const version = index === changes.length - 1 ? revision : revision - 1;
      const entry = source === undefined ? undefined : new DerivedEntry(key, source, version, this.form);
      this.apply(key, entry, revision, version);
    });
    this.#settle();
    return true;
  }

  /** The pending changes by key: a new state, or undefined for a deletion. */
  *#differences(): Generator<readonly [string, DerivedSource<T> | undefined], void, undefined> {
    const wanted = new Map<string, DerivedSource<T>>();
    for (const source of this.#pending.values()) for (const key of source.keys) wanted.set(key, source);
    for (const owner of this.#pending.keys()) {
      for (const key of this.#owned.get(owner)?.keys ?? []) if (!wanted.has(key)) yield [key, undefined];
    }
    for (const [key, source] of wanted) {
      const entry = this.entry(key);
      if (entry instanceof DerivedEntry) {
        const shown = entry as DerivedEntry<T>;
        const old = shown.source.object(key);
        const now = source.object(key);
        if (deepEqual(old, now)) {
          // The entry must not keep the old source and its data alive.
          shown.source = source;
          continue;
        }
        if (old.metadata.uid !== now.metadata.uid) yield [key, undefined];
      }
      yield [key, source];
    }
  }

  #settle(): void {
    for (const [owner, source] of this.#pending) {
      if (source.keys.length === 0) this.#owned.delete(owner);
      else this.#owned.set(owner, source);
    }
    this.#pending.clear();
  }
}
