/**
 * A resource's changes as simulators want them: every object there is, then every change, in order, each with what the
 * object was before. A watch that was cut off is begun anew, and what was missed is told as the difference.
 */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { CachedObject, ResourceCache, WatchSubscription } from '../../apiserver/watchcache/contract.ts';

export interface ViewChange<T extends KubeObject> {
  /** "namespace/name" or "name". */
  readonly key: string;
  /** Absent: it is gone. */
  readonly object?: Stored<T>;
  /** Absent: it is new. */
  readonly old?: Stored<T>;
}

export interface View {
  /** Tells now what has come since; also begins the view. */
  refresh(): void;
  close(): void;
}

/** Nothing happens before the first refresh(); from then on changes are also told as they come. */
export function createView<T extends KubeObject>(
  cacheOf: () => ResourceCache<T>,
  listener: (change: ViewChange<T>) => void,
): View {
  const known = new Map<string, CachedObject<T>>();
  let subscription: WatchSubscription<T> | undefined;
  let closed = false;

  function put(next: CachedObject<T>): void {
    const old = known.get(next.key);
    if (old?.revision === next.revision) return;
    known.set(next.key, next);
    listener({ key: next.key, object: next.object, ...(old ? { old: old.object } : {}) });
  }
  function remove(key: string): void {
    const old = known.get(key);
    if (!old) return;
    known.delete(key);
    listener({ key, old: old.object });
  }
  function begin(cache: ResourceCache<T>): WatchSubscription<T> {
    const { objects, revision } = cache.list({});
    const begun = cache.watch({ after: revision, maxBacklog: 100_000 });
    subscription = begun;
    begun.onReady(refresh);
    const present = new Set(objects.map((one) => one.key));
    for (const key of [...known.keys()]) if (!present.has(key)) remove(key);
    objects.forEach(put);
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
