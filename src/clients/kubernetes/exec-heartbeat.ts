/** Tells a connection that has died without a word from a command that has nothing to say. */
import type { WebSocket } from 'ws';
import type { Clock } from '../../runtime/clock.ts';

interface Heartbeat {
  /** To be called at every sign of life. */
  readonly heard: () => void;
  readonly stop: () => void;
}

const pingEveryMs = 10_000;
const deadAfterMs = 60_000;

/** @param dead called once, with the reason */
export function startHeartbeat(socket: WebSocket, clock: Clock, dead: (error: Error) => void): Heartbeat {
  let last = clock.monotonic();
  let cancel = clock.after(pingEveryMs, beat);

  function beat(): void {
    if (clock.monotonic() - last >= deadAfterMs) {
      dead(new Error(`nothing was heard for ${deadAfterMs / 1000} s`));
      return;
    }
    socket.ping();
    cancel = clock.after(pingEveryMs, beat);
  }

  return {
    heard: () => void (last = clock.monotonic()),
    stop: () => {
      cancel();
    },
  };
}
