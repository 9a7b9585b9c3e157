/** Ends what nothing moves through any more. */
import type { Clock } from '../../runtime/clock.ts';

/** Milliseconds without a byte in either direction, after which a connection to a member is ended. */
const idleMs = 10 * 60_000;

/** Watches one connection. */
interface IdleWatch {
  /** Something has moved. */
  readonly touch: () => void;
  stop(): void;
}

/** @param onIdle called once, when nothing has moved for idleMs */
export function watchIdle(clock: Clock, onIdle: () => void): IdleWatch {
  let touched = clock.monotonic();
  let cancel: () => void = () => undefined;
  const wait = (milliseconds: number): void => {
    cancel = clock.after(milliseconds, () => {
      const left = touched + idleMs - clock.monotonic();
      if (left > 0) wait(left);
      else onIdle();
    });
  };
  wait(idleMs);
  return {
    touch() {
      touched = clock.monotonic();
    },
    stop: () => cancel(),
  };
}
