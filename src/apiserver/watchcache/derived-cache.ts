/**
 * A cache of objects that nobody stores: computed from others (its upstream) by whoever feeds it.
 *
 *   const cache = createDerivedCache({definition, upstream: [clusters], metrics})
 *   clusters' watch says: default/spark changed at revision 7   (taken in its onReady listener, without waiting)
 *   cache.replace('default/spark', rolesOf(spark), 7)            → ADDED, MODIFIED, DELETED for what differs
 */
import { deepEqual } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Revision } from '../../storage/contract.ts';
import { createCacheMetrics } from './cache-metrics.ts';
import { entryFromBytes, type CacheEntry } from './cached-object.ts';
import type { ResourceCache, WatchQuery, WatchSubscription } from './contract.ts';
import { tooOldRevision } from './errors.ts';
import type { HistoryLimits } from './history.ts';
import { objectKey } from './keys.ts';
import { defaultHistory, ObjectCache, type CacheDefinition } from './resource-cache.ts';
import { encodeStored, withoutVersion } from './stored-form.ts';

export interface DerivedCacheOptions<T extends KubeObject> {
  readonly definition: CacheDefinition<T>;
  /** What the objects are computed from: caches of one hub, or the hub itself. */
  readonly upstream: readonly Pick<ResourceCache, 'revision' | 'current' | 'waitFor'>[];
  readonly metrics: Metrics;
  readonly history?: HistoryLimits;
}

export interface DerivedCache<T extends KubeObject> extends ResourceCache<T> {
  /**
   * These are now the objects of this owner; other owners' stay. Objects equal to what is there (resourceVersion
   * apart) cause nothing. Two owners must not have an object of the same name.
   * @param revision the upstream change this follows from. Each event gets a revision of its own, this one or, where
   *        readers were shown that already, the next: a watch can resume after any of them and miss none
   */
  replace(owner: string, objects: readonly T[], revision: Revision): void;
  /** Everything has been computed once: revisions from before (another process may have given them) are too old. */
  begin(): void;
  /** Ends every watch. */
  stop(): void;
}

export function createDerivedCache<T extends KubeObject>(options: DerivedCacheOptions<T>): DerivedCache<T> {
  return new Derived(options);
}

class Derived<T extends KubeObject> extends ObjectCache<T> implements DerivedCache<T> {
  readonly #owned = new Map<string, ReadonlySet<string>>();
  readonly #shown: ShownRevision;

  constructor({ definition, upstream, metrics, history = defaultHistory }: DerivedCacheOptions<T>) {
    const shown = new ShownRevision(upstream);
    super(definition, { revisions: shown, history, observer: createCacheMetrics(metrics).of(definition) });
    this.#shown = shown;
  }

  replace(owner: string, objects: readonly T[], revision: Revision): void {
    const before = this.#owned.get(owner) ?? new Set();
    const now = new Map(objects.map((object) => [keyOf(object), object]));
    for (const key of before) if (!now.has(key)) this.apply(key, undefined, this.#shown.next(revision));
    for (const [key, object] of now) {
      const old = this.entry(key);
      if (old === undefined || !sameObject(old.object, object)) this.#put(key, object, this.#shown.next(revision));
    }
    if (now.size === 0) this.#owned.delete(owner);
    else this.#owned.set(owner, new Set(now.keys()));
  }

  /** Revisions from beyond the newest are of another process's life. */
  override watch(query: WatchQuery): WatchSubscription<T> {
    if (query.after > this.revision()) throw tooOldRevision(query.after, this.oldestRevision());
    return super.watch(query);
  }

  begin(): void {
    this.filled(this.#shown.next(0));
  }

  #put(key: string, object: T, revision: Revision): void {
    const entry: CacheEntry<T> = entryFromBytes(
      key,
      this.writer.withRevision(encodeStored(object), revision),
      revision,
    );
    this.apply(key, entry, revision);
  }
}

/** The upstream's revision, or one of our own that lies ahead of it. */
class ShownRevision {
  readonly #upstream: DerivedCacheOptions<KubeObject>['upstream'];
  #shown: Revision = 0;

  constructor(upstream: DerivedCacheOptions<KubeObject>['upstream']) {
    this.#upstream = upstream;
  }

  revision(): Revision {
    for (const cache of this.#upstream) this.#shown = Math.max(this.#shown, cache.revision());
    return this.#shown;
  }

  async current(): Promise<Revision> {
    for (const cache of this.#upstream) await cache.current();
    await this.#fed();
    return this.revision();
  }

  async waitFor(revision: Revision): Promise<void> {
    if (revision <= this.#shown) return;
    for (const cache of this.#upstream) await cache.waitFor(revision);
    await this.#fed();
  }

  /** A revision for one event: never one that a reader was shown as complete. */
  next(wanted: Revision): Revision {
    this.#shown = Math.max(wanted, this.#shown + 1);
    return this.#shown;
  }

  /** Upstream's watches were woken before this is resumed: they were in the queue of immediates first. */
  #fed(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

function keyOf({ metadata }: KubeObject): string {
  return objectKey(metadata.namespace ?? '', metadata.name ?? '');
}

function sameObject(a: KubeObject, b: KubeObject): boolean {
  return deepEqual({ ...a, metadata: withoutVersion(a.metadata) }, { ...b, metadata: withoutVersion(b.metadata) });
}
