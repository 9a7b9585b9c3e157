/**
 * The changes of a resource as simulators need them: first every existing object, then every change in order, each with
 * the object before it. If the watch ends, it is started again, and the missed changes are reported as the difference.
 */
import { KnownObjects } from '../../apiserver/client/known-objects.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { CachedObject, ResourceCache, WatchSubscription } from '../../apiserver/watchcache/contract.ts';

/** A change of one object: created, changed or deleted. */
export interface ViewChange<T extends KubeObject> {
  /** "namespace/name" or "name". */
  readonly key: string;
  /** Undefined if it was deleted. Parsed when it is first read, like `old`. */
  readonly object: Stored<T> | undefined;
  /** The object before the change. Undefined if it is new. */
  readonly old: Stored<T> | undefined;
  /** The cache entry of `object`, with its revision. */
  readonly entry: CachedObject<T> | undefined;
  /** The cache entry of `old`. */
  readonly before: CachedObject<T> | undefined;
}

class Change<T extends KubeObject> implements ViewChange<T> {
  readonly key: string;
  readonly entry: CachedObject<T> | undefined;
  readonly before: CachedObject<T> | undefined;

  constructor(key: string, entry: CachedObject<T> | undefined, before: CachedObject<T> | undefined) {
    this.key = key;
    this.entry = entry;
    this.before = before;
  }

  get object(): Stored<T> | undefined {
    return this.entry?.object;
  }

  get old(): Stored<T> | undefined {
    return this.before?.object;
  }
}

/** A running subscription to one resource. */
export interface View {
  /** Reports the changes since the last call now. The first call starts the view. */
  refresh(): void;
  close(): void;
}

/** Makes a view. It does nothing before the first refresh(); from then on changes are also reported as they arrive. */
export function createView<T extends KubeObject>(
  cacheOf: () => ResourceCache<T>,
  listener: (change: ViewChange<T>) => void,
): View {
  const known = new KnownObjects<T>();
  /** Nothing was reported yet. */
  let isFirst = true;
  let subscription: WatchSubscription<T> | undefined;
  let closed = false;

  function put(next: CachedObject<T>): void {
    const old = known.get(next.key);
    if (old?.revision === next.revision) return;
    known.set(next);
    listener(new Change(next.key, next, old));
  }
  function remove(key: string): void {
    const old = known.get(key);
    if (!old) return;
    known.delete(key);
    listener(new Change(key, undefined, old));
  }
  function removeOthers(objects: readonly CachedObject<T>[]): void {
    const present = new Set(objects.map((one) => one.key));
    for (const key of known.keys()) if (!present.has(key)) remove(key);
  }
  function begin(cache: ResourceCache<T>): WatchSubscription<T> {
    const { objects, revision } = cache.list({});
    const begun = cache.watch({ after: revision, maxBacklog: 100_000 });
    subscription = begun;
    begun.onReady(refresh);
    if (isFirst) {
      isFirst = false;
      known.begin(objects);
      cache.passing(() => objects.forEach((one) => listener(new Change(one.key, one, undefined))));
    } else {
      removeOthers(objects);
      cache.passing(() => objects.forEach(put));
    }
    return begun;
  }
  function refresh(): void {
    if (closed) return;
    subscription ??= begin(cacheOf());
    if (subscription.ended() === 'backlog') {
      subscription.close();
      subscription = begin(cacheOf());
    }
    for (const event of subscription.take()) {
      if (event.type === 'DELETED') remove(event.object.key);
      else put(event.object);
    }
  }
  return {
    refresh,
    close() {
      closed = true;
      subscription?.close();
      known.clear();
    },
  };
}
