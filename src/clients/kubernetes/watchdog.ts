/** Breaks off a call that nobody wants any more, or that has gone silent. */
import type { Clock } from '../../runtime/clock.ts';
import type { HttpCall } from './http-call.ts';

/** Ends a call that is silent for too long. */
export interface Watchdog {
  /** From now on something must be heard every so many milliseconds. */
  within(milliseconds: number): void;
  /** Cheap, as it is called for every piece: the timer looks when it is due. */
  heard(): void;
  end(): void;
}

/** `signal` breaks the call off at once, with its reason. */
export function createWatchdog(call: HttpCall, clock: Clock, signal: AbortSignal | undefined): Watchdog {
  let cancel = (): void => undefined;
  let heardAt = 0;
  const abort = (): void => {
    call.destroy(abortError(signal));
  };
  function wait(milliseconds: number, after: number): void {
    cancel = clock.after(after, () => {
      const left = heardAt + milliseconds - clock.monotonic();
      if (left > 0) wait(milliseconds, left);
      else call.destroy(new Error('nothing was heard in time'));
    });
  }
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return {
    within(milliseconds) {
      cancel();
      heardAt = clock.monotonic();
      wait(milliseconds, milliseconds);
    },
    heard() {
      heardAt = clock.monotonic();
    },
    end() {
      cancel();
      signal?.removeEventListener('abort', abort);
    },
  };
}

/** What a call fails with that was broken off by this signal. */
export function abortError(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
