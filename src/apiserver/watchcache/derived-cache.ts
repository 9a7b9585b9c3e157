/**
 * A cache of objects that nobody stores: computed from others (its upstream) by whoever feeds it.
 *
 *   const cache = createDerivedCache({definition, upstream: [clusters], metrics})
 *   clusters' watch says: default/spark changed at revision 7   (taken in its onReady listener, without waiting)
 *   cache.replace('default/spark', rolesOf(spark), 7)            → ADDED, MODIFIED, DELETED for what differs
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
import { entryFromBytes } from './cached-object.ts';
import type { ResourceCache, WatchQuery, WatchSubscription } from './contract.ts';
import { tooOldRevision } from './errors.ts';
import type { HistoryLimits } from './history.ts';
import { objectKey } from './keys.ts';
import { defaultHistory, ObjectCache, type CacheDefinition } from './resource-cache.ts';
import { encodeStored, withoutVersion } from './stored-form.ts';
import { ViewRevision } from './view-revision.ts';

export interface DerivedCacheOptions<T extends KubeObject> {
  readonly definition: CacheDefinition<T>;
  /** What the objects are computed from: caches of one hub, or the hub itself. */
  readonly upstream: readonly Pick<ResourceCache, 'revision' | 'current' | 'waitFor' | 'advance'>[];
  readonly metrics: Metrics;
  readonly history?: HistoryLimits;
}

export interface DerivedCache<T extends KubeObject> extends ResourceCache<T> {
  /**
   * These are now the objects of this owner; other owners' stay. Objects equal to what is there (resourceVersion
   * apart) cause nothing. Two owners must not have an object of the same name. Readers see it from the next turn of
   * the event loop on, together with all that was replaced until then; `current` waits for that.
   * @param revision the upstream change this follows from
   */
  replace(owner: string, objects: readonly T[], revision: Revision): void;
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
  readonly #owned = new Map<string, ReadonlySet<string>>();
  readonly #pending = new Map<string, ReadonlyMap<string, T>>();
  readonly #shown: ViewRevision;

  constructor({ definition, upstream, metrics, history = defaultHistory }: DerivedCacheOptions<T>) {
    const shown = new ViewRevision(upstream, (reached) => this.#show(reached));
    super(definition, { revisions: shown, history, observer: createCacheMetrics(metrics).of(definition) });
    this.#shown = shown;
  }

  replace(owner: string, objects: readonly T[], revision: Revision): void {
    this.#pending.set(owner, new Map(objects.map((object) => [keyOf(object), object])));
    this.#shown.follow(revision);
  }

  /** Revisions from beyond the newest are of another process's life. */
  override watch(query: WatchQuery): WatchSubscription<T> {
    if (query.after > this.revision()) throw tooOldRevision(query.after, this.oldestRevision());
    return super.watch(query);
  }

  begin(): void {
    const revision = this.#shown.begin();
    for (const [key, object] of this.#differences())
      if (object !== undefined) this.fill(this.#entry(key, object, revision));
    this.#settle();
    this.filled(this.#shown.oldest);
  }

  /** Shows what is pending at this revision, and says whether it could: there may be no room below it for all. */
  #show(revision: Revision): boolean {
    const changes = [...this.#differences()];
    const room = revision - this.#shown.newest;
    if (room < Math.min(changes.length, 2)) return false;
    changes.forEach(([key, object], index) => {
      const version = index === changes.length - 1 ? revision : revision - 1;
      const entry = object === undefined ? undefined : this.#entry(key, object, version);
      this.apply(key, entry, revision, version);
    });
    this.#settle();
    return true;
  }

  /** What is to become of which key: a new state, or none. */
  *#differences(): Generator<readonly [string, T | undefined], void, undefined> {
    const wanted = new Map([...this.#pending.values()].flatMap((now) => [...now]));
    for (const owner of this.#pending.keys()) {
      for (const key of this.#owned.get(owner) ?? []) if (!wanted.has(key)) yield [key, undefined];
    }
    for (const [key, object] of wanted) {
      const old = this.entry(key)?.object;
      if (old !== undefined && sameObject(old, object)) continue;
      if (old !== undefined && old.metadata.uid !== object.metadata.uid) yield [key, undefined];
      yield [key, object];
    }
  }

  #settle(): void {
    for (const [owner, now] of this.#pending) {
      if (now.size === 0) this.#owned.delete(owner);
      else this.#owned.set(owner, new Set(now.keys()));
    }
    this.#pending.clear();
  }

  #entry(key: string, object: T, revision: Revision) {
    return entryFromBytes<T>(key, this.writer.withRevision(encodeStored(object), revision), revision);
  }
}

function keyOf({ metadata }: KubeObject): string {
  return objectKey(metadata.namespace ?? '', metadata.name ?? '');
}

function sameObject(a: KubeObject, b: KubeObject): boolean {
  return deepEqual({ ...a, metadata: withoutVersion(a.metadata) }, { ...b, metadata: withoutVersion(b.metadata) });
}
