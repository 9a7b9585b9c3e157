/** Suffixes for the names of events. */
import type { Clock } from './clock.ts';

/** Each suffix is the time in hexadecimal nanoseconds, as in client-go, so that lists show events in order. None repeats. */
export function createEventSuffixes(clock: Clock): () => string {
  let last = 0n;
  return () => {
    const nanoseconds = BigInt(clock.now().getTime()) * 1_000_000n;
    last = nanoseconds > last ? nanoseconds : last + 1n;
    return last.toString(16);
  };
}
