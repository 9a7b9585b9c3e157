/** How many reviews kube-apiserver is asked for at a time, and how many may wait for their turn. */
import { tooManyRequests } from '../meta/status.ts';
import { createSlots } from '../runtime/slots.ts';

/**
 * Runs the review when it is its turn; first come, first served.
 * @throws StatusError 429 with Retry-After where as many wait as may wait
 */
type ReviewGate = <T>(review: () => Promise<T>) => Promise<T>;

/** Lets `parallel` reviews run at a time; up to `waiting` more may wait. */
export function createReviewGate({ parallel, waiting }: { parallel: number; waiting: number }): ReviewGate {
  const slots = createSlots(parallel);
  return async (review) => {
    if (slots.waiting >= waiting) throw tooManyRequests('too many tokens to be reviewed, please try again later', 1);
    const release = await slots.take();
    try {
      return await review();
    } finally {
      release?.();
    }
  };
}
