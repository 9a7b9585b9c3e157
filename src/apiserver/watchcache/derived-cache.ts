/**
 * A cache of objects that nobody stores: computed from others (its upstream) by whoever feeds it.
 *
 *   const cache = createDerivedCache({definition, upstream: [clusters], metrics})
 *   clusters' watch says: default/spark changed at revision 7   (taken in its onReady listener, without waiting)
 *   cache.replace('default/spark', () => rolesOf(spark), 7)      → ADDED, MODIFIED, DELETED for what differs
 *
 * Of an object the cache holds what it is computed from, its key and its revision. The object itself is computed when
 * somebody asks for it.
 *
 * Revisions are the store's, so that none is ever given out twice: not beyond what is durable, and none from before
 * this process's start is taken again. What is replaced is shown all at once, a turn of the event loop later, under
 * one revision at which everything up to it has been fed. Of a batch of several events only the last carries that
 * revision, the others the one before: whoever is cut off within a batch resumes before it and misses nothing. Where
 * the store has not moved that far since the batch before, it is made to (see ResourceCache.advance).
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
  /** The hub's; one of its own where absent. */
  readonly memory?: CacheMemory;
  readonly historyChanges?: number;
}

export interface DerivedCache<T extends KubeObject> extends ResourceCache<T> {
  /**
   * These are now the objects of this owner; other owners' stay. A function is called now and whenever one of them is
   * asked for. Objects equal to what is there (resourceVersion apart) cause nothing. Two owners must not have an object of the same name. Readers see it from the next turn of
   * the event loop on, together with all that was replaced until then; `current` waits for that.
   * @param revision the upstream change this follows from
   */
  replace(owner: string, objects: readonly T[] | Derivation<T>, revision: Revision): void;
  /**
   * Everything has been computed once. Revisions from before (another process may have given them) are too old; until
   * then `current` and `waitFor` fail with 503.
   */
  begin(): void;
  /** Ends every watch. */
  stop(): void;
}

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

  /** Revisions from beyond the newest are of another process's life. */
  override watch(query: WatchQuery): WatchSubscription<T> {
    if (query.after > this.revision()) throw tooOldRevision(query.after, this.oldestRevision());
    return super.watch(query);
  }

  begin(): void {
    const revision = this.#shown.begin();
    // One owner after the other: not all objects at once.
    for (const source of this.#pending.values()) {
      for (const key of source.keys) this.fill(new DerivedEntry(key, source, revision, this.form));
    }
    this.#settle();
    this.filled(this.#shown.oldest);
  }

  /** Shows what is pending at this revision, and says whether it could: there may be no room below it for all. */
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

  /** What is to become of which key: a new state, or none. */
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
          // What the old source was computed from is not to be kept for this.
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
