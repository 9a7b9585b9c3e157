/** Pauses between polls of what nothing can watch. */
import type { GuestTimings } from './task-context.ts';

/** Milliseconds; each half as long again as the one before, up to a limit. */
export function createPauses({
  firstPollMs,
  maxPollMs,
}: Pick<GuestTimings, 'firstPollMs' | 'maxPollMs'>): () => number {
  let next = firstPollMs;
  return () => {
    const pause = next;
    next = Math.min(maxPollMs, next * 1.5);
    return pause;
  };
}
