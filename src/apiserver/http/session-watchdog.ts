/**
 * Finds dead HTTP/2 sessions. A session can end without an event: nghttp2 (the library below Node) ends one after a
 * fault in the peer's frames, for example a header value above 64 KiB; Node then neither emits an event nor closes the
 * connection, and every stream on it hangs. A peer can also vanish without closing. Pings find both.
 */
import type { Http2SecureServer, Http2Session } from 'node:http2';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';

/** Why a session is dead. `ended`: our own side no longer sends anything. `silent`: the peer does not answer. */
export type SessionDeath = 'ended' | 'silent';

interface SessionWatchOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a session without streams is kept, in milliseconds. */
  readonly idleMs: number;
  /** Ends a dead session and its socket. */
  readonly destroy: (session: Http2Session) => void;
  /** Called for each session found dead. */
  readonly onSessionDeath?: (why: SessionDeath) => void;
}

/** Milliseconds between two checks of all sessions. */
const lookMs = 1_000;
/**
 * When a look comes later than this many milliseconds, the process got no turns: it was paused, or had no processor. Pings
 * may not have been written and answers not been read, so nothing is held against the peer for that time.
 */
const lateLookMs = 200;
/** A session on which the peer sends nothing is pinged this often, in milliseconds. */
const quietMs = 15_000;
/** After this many milliseconds without progress, an unanswered ping means that the peer is gone; as in Go's client. */
const silentMs = 15_000;
/** The most unanswered pings at a time; more than are sent within `silentMs`. */
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
  let dueAt = 0;
  const look = (): void => {
    isLooking = false;
    const now = clock.monotonic();
    const lateMs = Math.max(0, now - dueAt);
    for (const [session, watch] of watched) {
      if (watch.idleFor(now) >= idleMs) session.close();
      const death = watch.look(now, lateMs);
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
    dueAt = clock.monotonic() + lookMs;
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
  /** When the last stream ended, in milliseconds of the monotonic clock, like all times here. */
  #idleSince: number;
  /** Bytes read when the peer last answered: later bytes may have ended the session. */
  #readWhenAlive: number;
  /** When the peer last answered, or was first seen. */
  #aliveAt: number;
  /** The last ping: the bytes written just before it. Undefined if none is outstanding. */
  #ping: { readonly writtenBefore: number } | undefined;
  /** While a ping is outstanding: when the traffic last moved in a way that involves the peer. */
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

  /**
   * @param lateMs by how many milliseconds this look comes late
   * @returns why the session is dead; undefined if it is alive, unknown, or has no streams that could hang
   */
  look(now: number, lateMs: number): SessionDeath | undefined {
    if (this.#streams === 0 || this.#session.destroyed) return undefined;
    const isLate = lateMs > lateLookMs;
    if (isLate && this.#progress !== undefined) this.#progress = { ...this.#progress, at: this.#progress.at + lateMs };
    const traffic = trafficOf(this.#session);
    if (this.#ping === undefined) {
      if (traffic.read !== this.#readWhenAlive || now - this.#aliveAt >= quietMs) this.#send(traffic, now);
      return undefined;
    }
    if (traffic.written === this.#ping.writtenBefore) {
      // One turn ago nghttp2 got a ping to send. It did not send it, although the socket has room: it has ended the
      // session.
      if (traffic.queued === 0 && !isLate) return 'ended';
    } else {
      // That ping was sent, but the frame that ended the session may have arrived after it.
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

/** Node shows the bytes that the system has not taken yet only on the handle, from which net.Socket reads it too. */
function queuedOf(handle: unknown): number | undefined {
  if (typeof handle !== 'object' || handle === null) return undefined;
  const queued: unknown = Reflect.get(handle, 'writeQueueSize');
  return typeof queued === 'number' ? queued : undefined;
}
