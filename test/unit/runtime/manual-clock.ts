import type { Clock } from '../../../src/runtime/clock.ts';

/** A clock that stands still until `advance` is called; timers fire in the order of their times. */
export interface ManualClock extends Clock {
  advance(milliseconds: number): void;
  /** Sets the wall clock forward, or back; no time passes by that. */
  jump(milliseconds: number): void;
  /** Timers that have neither fired nor been cancelled. */
  readonly pending: number;
}

export function createManualClock(start = new Date('2026-01-02T03:04:05Z')): ManualClock {
  const timers = new Map<number, { at: number; callback: () => void }>();
  let now = 0;
  let nextId = 0;
  let wrong = 0;
  return {
    now: () => new Date(start.getTime() + now + wrong),
    monotonic: () => now,
    after(milliseconds, callback) {
      const id = nextId++;
      timers.set(id, { at: now + milliseconds, callback });
      return () => void timers.delete(id);
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const due = [...timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0];
        if (!due) break;
        timers.delete(due[0]);
        now = Math.max(now, due[1].at);
        due[1].callback();
      }
      now = end;
    },
    jump(milliseconds) {
      wrong += milliseconds;
    },
    get pending() {
      return timers.size;
    },
  };
}
