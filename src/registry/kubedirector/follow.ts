/** Changes of a cache, for code that keeps something right that is made of all its objects. */
import type { KubeObject } from '../../meta/object.ts';
import type { ResourceCache, WatchEvent } from '../../apiserver/watchcache/contract.ts';

/** What is told of the changes of a cache. */
interface Follower<T extends KubeObject> {
  readonly changed: (event: WatchEvent<T>) => void;
  /** Some changes were not told: everything has to be looked at again. */
  readonly missed: () => void;
}

/** Tells of every change from now on until the signal aborts. A watch that was cut off begins anew. */
export function follow<T extends KubeObject>(
  cache: ResourceCache<T>,
  signal: AbortSignal,
  { changed, missed }: Follower<T>,
): void {
  const watch = cache.watch({ after: cache.revision() });
  watch.onReady(() => {
    for (const event of watch.take()) changed(event);
    if (watch.ended() !== 'backlog' || signal.aborted) return;
    follow(cache, signal, { changed, missed });
    missed();
  });
  signal.addEventListener('abort', () => watch.close(), { once: true });
}
