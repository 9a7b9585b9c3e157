/** Writes wait for what decides about them to be known. */
import { serviceUnavailable } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import { pause } from '../../runtime/time-limit.ts';

/** In milliseconds; as in kube-apiserver. */
const readyWithinMs = 10_000;
const lookEveryMs = 50;

/** @param what for the message. @throws StatusError 503, the signal's reason */
export async function untilKnown(
  what: string,
  isKnown: () => boolean,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.monotonic() + readyWithinMs;
  while (!isKnown()) {
    signal.throwIfAborted();
    // kube-apiserver answers 403 here, which clients take for their own mistake.
    if (clock.monotonic() >= deadline)
      throw serviceUnavailable(`not yet ready to handle request: ${what} are not known yet`);
    await pause(clock, lookEveryMs, undefined);
  }
}
