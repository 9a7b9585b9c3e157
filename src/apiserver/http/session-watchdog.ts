/**
 * Watches HTTP/2 sessions for life. A session can end without an event: nghttp2 (the library below Node) ends one on a
 * fault of the peer's frames, for example a header value above 64 KiB; Node then neither emits anything nor closes the
 * connection, and every stream on it stands still. A peer can also vanish without closing. Both are found by pings.
 */
import type { Http2SecureServer, Http2Session } from 'node:http2';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';

/** `ended`: our own side sends nothing any more. `silent`: the peer does not answer. */
export type SessionDeath = 'ended' | 'silent';

interface SessionWatchOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds that a session without streams is kept. */
  readonly idleMs: number;
  /** Ends a dead session and its socket. */
  readonly destroy: (session: Http2Session) => void;
  /** Is told of each session that was found dead. */
  readonly onSessionDeath?: (why: SessionDeath) => void;
}

/** Milliseconds between two looks at all sessions. */
const lookMs = 1_000;
/** A session on which the peer sent nothing is asked for life this often, in milliseconds. */
const quietMs = 15_000;
/** Milliseconds without any progress after which an unanswered ping means that the peer is gone; as Go's client has it. */
const silentMs = 15_000;
/** Pings at a time that may be unanswered; more than are sent within `silentMs`. */
export const maxOutstandingPings = 32;

/**
 * Pings the sessions that have streams, and destroys the dead ones: those that nghttp2 ended within three seconds after
 * the frame that ended them, those whose peer is gone within half a minute. Their streams close, so that clients which
 * still listen see the end of their watches and connect again. Sessions that have no streams for long are closed.
 */
export function watchSessions(server: Http2SecureServer, options: SessionWatchOptions): void {
  const { clock, logger, idleMs, destroy, onSessionDeath } = options;
  const watched = new Map<Http2Session, Watch>();
  let isLooking = false;
  const look = (): void => {
    isLooking = false;
    const now = clock.monotonic();
    for (const [session, watch] of watched) {
      if (watch.idleFor(now) >= idleMs) session.close();
      const death = watch.look(now);
      if (death === undefined) continue;
      watched.delete(session);
      logger.debug({ why: death }, 'a dead HTTP/2 session is destroyed');
      onSessionDeath?.(death);
      destroy(session);
    }
    lookLater();
  };
  const lookLater = (): void => {
    if (isLooking || watched.size === 0) return;
    isLooking = true;
    clock.after(lookMs, look);
  };
  server.on('session', (session) => {
    watched.set(session, new Watch(session, clock.monotonic()));
    session.once('close', () => watched.delete(session));
    lookLater();
  });
  server.on('stream', (stream) => {
    const watch = stream.session && watched.get(stream.session);
    watch?.begin();
    stream.once('close', () => watch?.end(clock.monotonic()));
  });
}

/** What a session's socket has done so far. */
interface Traffic {
  readonly read: number;
  readonly written: number;
  /** Bytes that Node has and the system does not take yet; undefined where that cannot be told. */
  readonly queued: number | undefined;
}

class Watch {
  readonly #session: Http2Session;
  #streams = 0;
  /** Since when there are no streams, in milliseconds of the monotonic clock, as all times here. */
  #idleSince: number;
  /** Bytes read when the peer last answered: what came later may have ended the session. */
  #readWhenAlive: number;
  /** When the peer last answered, or was first seen. */
  #aliveAt: number;
  /** The last ping: the bytes written just before it. Undefined where none is waited for. */
  #ping: { readonly writtenBefore: number } | undefined;
  /** While a ping is waited for: when anything last moved that the peer has a part in. */
  #progress: { readonly at: number; readonly read: number; readonly queued: number | undefined } | undefined;

  constructor(session: Http2Session, now: number) {
    this.#session = session;
    this.#readWhenAlive = 0;
    this.#aliveAt = now;
    this.#idleSince = now;
  }

  /** A stream was opened. */
  begin(): void {
    this.#streams += 1;
  }

  /** A stream was closed. */
  end(now: number): void {
    this.#streams -= 1;
    this.#idleSince = now;
  }

  idleFor(now: number): number {
    return this.#streams === 0 ? now - this.#idleSince : 0;
  }

  /** @returns why the session is dead, or undefined where it is not known to be; without streams that harms nobody */
  look(now: number): SessionDeath | undefined {
    if (this.#streams === 0 || this.#session.destroyed) return undefined;
    const traffic = trafficOf(this.#session);
    if (this.#ping === undefined) {
      if (traffic.read !== this.#readWhenAlive || now - this.#aliveAt >= quietMs) this.#send(traffic, now);
      return undefined;
    }
    if (traffic.written === this.#ping.writtenBefore) {
      // A whole turn of the event loop ago nghttp2 was given a ping to send, and did not send it although the socket takes
      // more: it has ended the session.
      if (traffic.queued === 0) return 'ended';
    } else {
      // That ping went out, but what ended the session may have come in just afterwards.
      this.#send(traffic, now);
    }
    return this.#isSilent(traffic, now) ? 'silent' : undefined;
  }

  #isSilent({ read, queued }: Traffic, now: number): boolean {
    const last = this.#progress;
    if (last === undefined || last.read !== read || last.queued !== queued) {
      this.#progress = { at: now, read, queued };
      return false;
    }
    return now - last.at >= silentMs;
  }

  #send({ written }: Traffic, now: number): void {
    const isSent = this.#session.ping((error) => {
      if (error !== null || this.#session.destroyed) return;
      this.#ping = undefined;
      this.#progress = undefined;
      this.#aliveAt = now;
      this.#readWhenAlive = trafficOf(this.#session).read;
    });
    if (isSent) this.#ping = { writtenBefore: written };
  }
}

function trafficOf(session: Http2Session): Traffic {
  const { socket } = session;
  return { read: socket.bytesRead, written: socket.bytesWritten, queued: queuedOf(Reflect.get(socket, '_handle')) };
}

/** Node tells of what the system has not taken yet on the handle alone, which net.Socket itself reads it from. */
function queuedOf(handle: unknown): number | undefined {
  if (typeof handle !== 'object' || handle === null) return undefined;
  const queued: unknown = Reflect.get(handle, 'writeQueueSize');
  return typeof queued === 'number' ? queued : undefined;
}
