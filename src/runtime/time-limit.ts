/** Waiting with a limit. */
import type { Clock } from './clock.ts';

/** Settles as the promise does, or rejects with the error that `late` returns when the time is over. */
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
