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

/** Resolves after this many milliseconds, or as soon as the signal aborts. */
export function pause(clock: Clock, milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(milliseconds, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
