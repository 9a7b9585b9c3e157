/** The metrics of a workqueue, under client-go's names. Source: k8s.io/component-base/metrics/prometheus/workqueue */
import type { Clock } from './clock.ts';
import type { Metrics } from './metrics.ts';
import type { QueueObserver } from './unique-queue.ts';

interface WorkqueueMetrics extends QueueObserver {
  /** A key comes again after a delay. */
  retried(): void;
}

// 10 ns to 1000 s in powers of ten, as client-go has them.
const buckets = Array.from({ length: 12 }, (_, power) => 1e-8 * 10 ** power);

/** How long the keys in work have taken so far, computed when the metrics are read. */
function registerAges(metrics: Metrics, of: { name: string }, ages: () => number[]): void {
  metrics.gauge(
    'workqueue_unfinished_work_seconds',
    'How many seconds of work has been done that is in progress and has not been observed by work_duration.',
    ['name'],
    (gauge) => {
      gauge.set(
        of,
        ages().reduce((sum, age) => sum + age, 0),
      );
    },
  );
  metrics.gauge(
    'workqueue_longest_running_processor_seconds',
    'How many seconds has the longest running processor for workqueue been running.',
    ['name'],
    (gauge) => {
      gauge.set(of, Math.max(0, ...ages()));
    },
  );
}

/** All workqueues of a program share the metrics; the label `name` tells them apart. */
export function createWorkqueueMetrics(metrics: Metrics, clock: Clock, name: string): WorkqueueMetrics {
  const labels = ['name'];
  const of = { name };
  const depth = metrics.gauge('workqueue_depth', 'Current depth of workqueue', labels);
  const adds = metrics.counter('workqueue_adds_total', 'Total number of adds handled by workqueue', labels);
  const retries = metrics.counter('workqueue_retries_total', 'Total number of retries handled by workqueue', labels);
  const waited = metrics.histogram(
    'workqueue_queue_duration_seconds',
    'How long in seconds an item stays in workqueue before being requested.',
    labels,
    buckets,
  );
  const worked = metrics.histogram(
    'workqueue_work_duration_seconds',
    'How long in seconds processing an item from workqueue takes.',
    labels,
    buckets,
  );
  const addedAt = new Map<string, number>();
  const startedAt = new Map<string, number>();
  const seconds = (since: number): number => (clock.monotonic() - since) / 1000;
  registerAges(metrics, of, () => [...startedAt.values()].map(seconds));
  depth.set(of, 0);

  return {
    added(key) {
      adds.inc(of);
      depth.inc(of);
      if (!addedAt.has(key)) addedAt.set(key, clock.monotonic());
    },
    started(key) {
      depth.dec(of);
      startedAt.set(key, clock.monotonic());
      const since = addedAt.get(key);
      addedAt.delete(key);
      if (since !== undefined) waited.observe(of, seconds(since));
    },
    finished(key) {
      const since = startedAt.get(key);
      startedAt.delete(key);
      if (since !== undefined) worked.observe(of, seconds(since));
    },
    retried() {
      retries.inc(of);
    },
  };
}
