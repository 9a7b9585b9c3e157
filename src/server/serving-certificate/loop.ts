/** Looks after one thing: when asked to, when it is time, and again after a failure. Never twice at a time. */
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createWorkqueue } from '../../runtime/workqueue.ts';

interface LoopOptions {
  /** Returns after how many milliseconds to look again at the latest. */
  readonly check: () => Promise<number>;
  readonly clock: Clock;
  /** Returns [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Loop {
  /** Look now, or once more after the look that is under way. */
  trigger(): void;
  /** No look begins any more. */
  stop(): void;
}

const name = 'serving-certificate';

/** Calls `check` now and then, and again after a failure with growing pauses of 1 to 60 s. */
export function startLoop({ check, clock, random, logger, metrics }: LoopOptions): Loop {
  const queue = createWorkqueue({ clock, random, metrics, name, baseDelayMs: 1_000, maxDelayMs: 60_000 });
  const abort = new AbortController();
  async function work(): Promise<void> {
    for (;;) {
      const key = await queue.get(abort.signal);
      if (key === undefined) return;
      try {
        const waitMs = await check();
        queue.forget(key);
        queue.addAfter(key, waitMs);
      } catch (error) {
        logger.warn({ error }, 'the serving certificate could not be looked after; it will be tried again');
        queue.addRateLimited(key);
      } finally {
        queue.done(key);
      }
    }
  }
  queue.add(name);
  void work();
  return {
    trigger: () => {
      queue.add(name);
    },
    stop() {
      abort.abort();
      queue.shutDown();
    },
  };
}
