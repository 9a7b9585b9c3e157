/** Ends what takes too long: one timer for all requests, since all have the same time. */
import type { Clock } from '../../runtime/clock.ts';

export interface Deadlines {
  /** @returns the function that says it is done */
  begin(onExpired: () => void): () => void;
  stop(): void;
}

interface Running {
  readonly until: number;
  readonly onExpired: () => void;
}

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
