/** How names of events end. */
import type { Clock } from './clock.ts';

/** In the time of their recording, as client-go's do: lists have them in order. No suffix is given twice. */
export function createEventSuffixes(clock: Clock): () => string {
  let last = 0n;
  return () => {
    const nanoseconds = BigInt(clock.now().getTime()) * 1_000_000n;
    last = nanoseconds > last ? nanoseconds : last + 1n;
    return last.toString(16);
  };
}
