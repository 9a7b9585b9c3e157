import type { Clock } from '../../runtime/clock.ts';
import { draw, type DelayRange } from './delays.ts';

export interface Deadlines {
  /** Milliseconds left of a delay that begins when first asked for; 0 when it is over (and then forgotten). */
  remaining(key: string, stage: string, range: DelayRange): number;
  forget(key: string): void;
}

/** Delays that begin anew when the program does: nothing of them is stored. */
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
