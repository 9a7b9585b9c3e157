/** The common part of all simulators: a workqueue, its workers, and the handling of errors. */
import { StatusError } from '../../meta/status.ts';
import { createWorkqueue } from '../../runtime/workqueue.ts';
import type { View } from './view.ts';
import type { World } from './world.ts';

interface LoopOptions {
  readonly name: string;
  readonly workers: number;
  /** Reconciles one object. @returns milliseconds until the next run; undefined to wait for a change */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<number | undefined>;
}

interface Loop {
  add(key: string): void;
  addAfter(key: string, milliseconds: number): void;
  /** Starts the views, then the workers. All stop when the signal aborts. */
  start(signal: AbortSignal, views: readonly View[]): void;
}

/** A write conflict, or an object that was deleted or created meanwhile. A retry is enough. */
const ordinary = (error: unknown): boolean =>
  error instanceof StatusError && ['Conflict', 'NotFound', 'AlreadyExists'].includes(error.reason);

/** So many conflicts in a row are not normal: a warning is logged, and the retries go on. */
const patience = 8;

/** Makes a queue with workers. A failed key is tried again after 5 ms to 30 s; it is never given up. */
export function createLoop(world: World, options: LoopOptions): Loop {
  const { clock, random, metrics, turns } = world;
  const logger = world.logger.child({ simulator: options.name });
  const queue = createWorkqueue({
    clock,
    random,
    metrics,
    name: `playground_${options.name}`,
    baseDelayMs: 5,
    maxDelayMs: 30_000,
  });

  /** How often each key has failed since its last success. */
  const failures = new Map<string, number>();

  function failed(key: string, error: unknown): void {
    const times = (failures.get(key) ?? 0) + 1;
    failures.set(key, times);
    if (!ordinary(error)) logger.warn({ error, key }, 'will be tried again');
    else if (times % patience === 0) logger.warn({ error, key, times }, 'is refused again and again; is tried on');
    queue.addRateLimited(key);
  }

  async function work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const key = await queue.get(signal);
      if (key === undefined) return;
      if (turns.due()) await turns.next();
      try {
        const again = await options.reconcile(key, signal);
        queue.forget(key);
        failures.delete(key);
        if (again !== undefined) queue.addAfter(key, again);
      } catch (error) {
        if (signal.aborted) return;
        failed(key, error);
      } finally {
        queue.done(key);
      }
    }
  }
  return {
    add: (key) => {
      queue.add(key);
    },
    addAfter: (key, milliseconds) => {
      queue.addAfter(key, milliseconds);
    },
    start(signal, views) {
      const stop = (): void => {
        queue.shutDown();
        views.forEach((view) => view.close());
      };
      if (signal.aborted) return;
      signal.addEventListener('abort', stop, { once: true });
      views.forEach((view) => view.refresh());
      for (let worker = 0; worker < options.workers; worker++) void work(signal);
    },
  };
}
