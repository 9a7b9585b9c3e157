import type { Clock } from '../../runtime/clock.ts';
import { draw, type DelayRange } from './delays.ts';

/** Delays by key. A key has one delay at a time, that of its current stage. */
export interface Deadlines {
  /** Milliseconds left of the delay, which starts with the first call. 0 if it is over; the delay is then forgotten. */
  remaining(key: string, stage: string, range: DelayRange): number;
  forget(key: string): void;
}

/** Delays that are not stored: they start again when the program restarts. */
export function createDeadlines(clock: Clock, random: () => number): Deadlines {
  const until = new Map<string, { stage: string; at: number }>();
  return {
    remaining(key, stage, range) {
      const known = until.get(key);
      const at = known?.stage === stage ? known.at : clock.monotonic() + draw(range, random);
      const left = at - clock.monotonic();
      if (left <= 0) until.delete(key);
      else until.set(key, { stage, at });
      return Math.max(0, left);
    },
    forget: (key) => void until.delete(key),
  };
}
