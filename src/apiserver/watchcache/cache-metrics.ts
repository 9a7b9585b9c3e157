/** What the caches count, under kube-apiserver's names (k8s.io/apiserver/pkg/storage/cacher/metrics). */
import type { Metrics } from '../../runtime/metrics.ts';

/** Counts what happens in one resource's cache. */
export interface CacheObserver {
  /** A change was shown; `objects` is the number of objects after it. */
  changed(objects: number): void;
  /** The cache was filled from a list of the store. */
  filled(objects: number): void;
  /** A watch was ended because its reader was too slow. */
  cutOff(): void;
}

/** Makes the observers of all caches. */
export interface CacheMetrics {
  of(resource: { readonly group: string; readonly plural: string }): CacheObserver;
}

/** Registers the metrics of the caches. */
export function createCacheMetrics(metrics: Metrics): CacheMetrics {
  const labels = ['group', 'resource'];
  const events = metrics.counter(
    'apiserver_watch_cache_events_received_total',
    'Changes received from storage by the watch cache.',
    labels,
  );
  const fills = metrics.counter(
    'apiserver_watch_cache_initializations_total',
    'How often the watch cache was filled from a list of the storage.',
    labels,
  );
  const objects = metrics.gauge('apiserver_resource_objects', 'Stored objects, as the watch cache shows them.', labels);
  const terminated = metrics.counter(
    'apiserver_terminated_watchers_total',
    'Watches ended because their reader was too slow.',
    labels,
  );
  return {
    of({ group, plural }) {
      const values = { group, resource: plural };
      return {
        changed(size) {
          events.inc(values);
          objects.set(values, size);
        },
        filled(size) {
          fills.inc(values);
          objects.set(values, size);
        },
        cutOff() {
          terminated.inc(values);
        },
      };
    },
  };
}
