/** Waiting, but not for ever. */
import type { Clock } from './clock.ts';

/** As the promise; rejects with what `late` makes where that takes longer. */
export async function withTimeLimit<T>(
  promise: Promise<T>,
  limit: { clock: Clock; milliseconds: number; late: () => Error },
): Promise<T> {
  let cancel: () => void = () => undefined;
  const tooLate = new Promise<never>((_, reject) => {
    cancel = limit.clock.after(limit.milliseconds, () => {
      reject(limit.late());
    });
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    cancel();
  }
}
