/**
 * The queue between watches and workers, with the semantics of k8s.io/client-go/util/workqueue: a key is queued once
 * however often it is added; no two workers have the same key; a key added while it is worked on comes again after.
 *
 *   queue.add('default/spark');
 *   const key = await queue.get(signal);     // 'default/spark'; undefined: stop working
 *   try { … } finally { queue.done(key); }
 */
import { createBackoff, type BackoffOptions } from './backoff.ts';
import type { Clock } from './clock.ts';
import { createDelaySet } from './delay-set.ts';
import type { Metrics } from './metrics.ts';
import { createUniqueQueue } from './unique-queue.ts';
import { createWorkqueueMetrics } from './workqueue-metrics.ts';

/** A queue of keys with delays and rate limits, for several workers. */
export interface Workqueue {
  /** Queues the key at once, unless it waits already. */
  add(key: string): void;
  /** Queues the key after this many milliseconds. Of several delays for one key, the one that ends first counts. */
  addAfter(key: string, milliseconds: number): void;
  /** Queues the key after a delay that doubles with every call until `forget`. */
  addRateLimited(key: string): void;
  /** Ends the key's series of failures: its next delay is the shortest again. */
  forget(key: string): void;
  /** How often `addRateLimited` was called for the key since it was last forgotten. */
  requeues(key: string): number;
  /**
   * The next key, in the order of adding; waits for one. `done` must be called for it. Undefined when the signal
   * aborts, or when the queue is shut down and empty.
   */
  get(signal: AbortSignal): Promise<string | undefined>;
  /** The work on the key has ended, well or not. */
  done(key: string): void;
  /** How many keys wait for a worker now, without the delayed ones and those in work. */
  readonly length: number;
  /** Accepts no more keys and drops the delayed ones. Keys that are queued can still be taken. */
  shutDown(): void;
}

interface WorkqueueOptions extends BackoffOptions {
  readonly clock: Clock;
  /** The label of the queue's metrics. */
  readonly name: string;
  readonly metrics: Metrics;
}

/** An empty queue, which registers its metrics under the label `name`. */
export function createWorkqueue(options: WorkqueueOptions): Workqueue {
  const { clock, metrics, name } = options;
  const observer = createWorkqueueMetrics(metrics, clock, name);
  const queue = createUniqueQueue(observer);
  const backoff = createBackoff(options);
  const delays = createDelaySet(clock, (key) => {
    queue.add(key);
  });

  function addAfter(key: string, milliseconds: number): void {
    if (queue.closed) return;
    observer.retried();
    if (milliseconds > 0) delays.set(key, milliseconds);
    else queue.add(key);
  }

  return {
    add: (key) => {
      queue.add(key);
    },
    addAfter,
    addRateLimited: (key) => {
      addAfter(key, backoff.next(key));
    },
    forget: (key) => {
      backoff.forget(key);
    },
    requeues: (key) => backoff.failures(key),
    get: (signal) => queue.get(signal),
    done: (key) => {
      queue.done(key);
    },
    get length() {
      return queue.length;
    },
    shutDown() {
      queue.close();
      delays.clear();
    },
  };
}
