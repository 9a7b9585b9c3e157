/**
 * How long the event loop is held: the processor time of the longest turn. It is processor time and not time on the
 * clock, so that other processes on the machine do not count.
 */
import { openSync, readSync } from 'node:fs';

/** Milliseconds between two looks at the clock. What is measured is too long by so much at most. */
const everyMs = 2;

/** Milliseconds of processor time that the main thread has used, or undefined where the system does not tell. */
function createThreadClock(): (() => number) | undefined {
  let file: number;
  try {
    file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  } catch {
    return undefined;
  }
  const text = Buffer.alloc(128);
  return () => {
    const length = readSync(file, text, 0, text.length, 0);
    return Number(text.toString('latin1', 0, length).split(' ', 1)[0]) / 1e6;
  };
}

export interface TurnMeter {
  /** Starts the measurement again. */
  reset(): void;
  /** Milliseconds of the longest turn since then. */
  longest(): number;
  /** Milliseconds of processor time that the main thread has used since then. */
  used(): number;
}

export function startTurnMeter(): TurnMeter {
  // Without it, time on the clock is used.
  const now = createThreadClock() ?? (() => performance.now());
  let begun = now();
  let last = begun;
  let longest = 0;
  const look = (): void => {
    const at = now();
    longest = Math.max(longest, at - last);
    last = at;
  };
  setInterval(look, everyMs).unref();
  return {
    reset() {
      begun = last = now();
      longest = 0;
    },
    longest() {
      look();
      return longest;
    },
    used: () => now() - begun,
  };
}
