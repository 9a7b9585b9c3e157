/** Keys that become ready after a delay. */
import type { Clock } from './clock.ts';

/** The longest delay of a Node.js timer. */
const maxTimerMs = 2 ** 31 - 1;

interface Delayed {
  readonly readyAt: number;
  readonly cancel: () => void;
}

interface DelaySet {
  /** Calls back with the key once, after the shortest of the delays set for it. */
  set(key: string, milliseconds: number): void;
  /** Forgets all keys. */
  clear(): void;
}

/** `ready` is called with each key whose delay is over. */
export function createDelaySet(clock: Clock, ready: (key: string) => void): DelaySet {
  const delayed = new Map<string, Delayed>();
  function set(key: string, milliseconds: number): void {
    const readyAt = clock.monotonic() + milliseconds;
    const known = delayed.get(key);
    if (known && known.readyAt <= readyAt) return;
    known?.cancel();
    const cancel = clock.after(Math.min(milliseconds, maxTimerMs), () => {
      delayed.delete(key);
      if (milliseconds > maxTimerMs) set(key, milliseconds - maxTimerMs);
      else ready(key);
    });
    delayed.set(key, { readyAt, cancel });
  }
  function clear(): void {
    for (const { cancel } of delayed.values()) cancel();
    delayed.clear();
  }
  return { set, clear };
}
