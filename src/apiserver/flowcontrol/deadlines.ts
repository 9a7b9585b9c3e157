/** Times out requests: one timer for all, since all have the same limit. */
import type { Clock } from '../../runtime/clock.ts';

/** The running requests and their deadlines. */
export interface Deadlines {
  /** @returns the function to call when the request is done */
  begin(onExpired: () => void): () => void;
  stop(): void;
}

interface Running {
  readonly until: number;
  readonly onExpired: () => void;
}

/** @param limitMs how long a request may take, in milliseconds */
export function createDeadlines(clock: Clock, limitMs: number): Deadlines {
  // In order of their deadlines: a Set keeps the order of insertion.
  const running = new Set<Running>();
  let cancel: (() => void) | undefined;
  const expire = (): void => {
    cancel = undefined;
    const now = clock.monotonic();
    for (const one of running) {
      if (one.until > now) {
        cancel = clock.after(one.until - now, expire);
        return;
      }
      running.delete(one);
      one.onExpired();
    }
  };
  return {
    begin(onExpired) {
      const one = { until: clock.monotonic() + limitMs, onExpired };
      running.add(one);
      cancel ??= clock.after(limitMs, expire);
      return () => {
        running.delete(one);
      };
    },
    stop() {
      cancel?.();
      cancel = undefined;
      running.clear();
    },
  };
}
