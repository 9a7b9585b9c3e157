/** The connections of one server: how many there may be, what becomes of those that cannot be taken, and their end. */
import type { Http2SecureServer, Http2Session, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';

/** `limit`: there were as many as there may be; `accept`: the system did not give it out (EMFILE, ENFILE, ENOMEM …). */
export type RefusedConnection = 'limit' | 'accept';

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Connections at a time; those beyond are closed unseen. Absent: as many as the system gives. */
  readonly maxConnections?: number;
  readonly onRefused?: (why: RefusedConnection) => void;
}

export interface Connections {
  /**
   * Takes no more connections; those there are have so many milliseconds to finish, and who completes a handshake
   * meanwhile is turned away. Resolves a moment after that at the latest, whatever the other sides do.
   */
  close(graceMs: number): Promise<void>;
}

/** What the server itself needs of them. */
interface FollowedConnections extends Connections {
  /** Destroys a session, and its socket with it though the other side may not take what is on its way. */
  destroy(session: Http2Session): void;
}

/** Milliseconds for the other side to take what is on its way to it. */
const flushMs = 1_000;
/** Milliseconds for the system to give back what was destroyed. */
const settleMs = 1_000;
/** Of one kind of refusal no more than a line in so many milliseconds: there may be thousands a second. */
const logEveryMs = 10_000;

/** To be asked for once the server is bound: what fails before is the caller's to handle. */
export function surviveRefusals(server: Http2SecureServer, options: ConnectionOptions): void {
  const { clock, logger, onRefused } = options;
  const loggedAt = new Map<RefusedConnection, number>();
  const refused = (why: RefusedConnection, fields: object, message: string): void => {
    onRefused?.(why);
    const now = clock.monotonic();
    if (now - (loggedAt.get(why) ?? -Infinity) < logEveryMs) return;
    loggedAt.set(why, now);
    logger.warn(fields, message);
  };
  // Unheard, it would end the process.
  server.on('error', (error: Error) => refused('accept', { error }, 'a connection could not be accepted'));
  server.on('drop', () => {
    const { maxConnections } = options;
    refused('limit', { maxConnections }, 'a connection was refused: there are as many as there may be');
  });
}

export function followConnections(server: Http2SecureServer, options: ConnectionOptions): FollowedConnections {
  const sessions = new Set<ServerHttp2Session>();
  // By the other end. The TCP socket until the handshake is done, then the TLS socket above it: to destroy both at once
  // crashes Node 20.
  const sockets = new Map<string, Socket>();
  let closing = false;
  const follow = (socket: Socket): void => {
    const peer = peerOf(socket);
    sockets.set(peer, socket);
    socket.once('close', () => {
      if (sockets.get(peer) === socket) sockets.delete(peer);
    });
  };
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
  server.on('connection', follow);
  server.on('secureConnection', (socket: TLSSocket) => {
    follow(socket);
    // Nothing was asked on it yet, and nothing will be answered.
    if (closing) socket.destroy();
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  return {
    destroy(session) {
      const socket = sockets.get(peerOf(session.socket));
      session.destroy();
      // Node lets a socket go only when the rest of it was taken.
      if (socket === undefined) return;
      const cancel = options.clock.after(flushMs, () => socket.destroy());
      socket.once('close', cancel);
    },
    close(graceMs) {
      closing = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const session of sessions) session.close();
      return bounded(closed, sockets, { ...options, graceMs });
    },
  };
}

function peerOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`;
}

async function bounded(
  closed: Promise<void>,
  sockets: ReadonlyMap<string, Socket>,
  { clock, logger, graceMs }: ConnectionOptions & { readonly graceMs: number },
): Promise<void> {
  let cancel: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    cancel = clock.after(graceMs, () => {
      for (const socket of sockets.values()) socket.destroy();
      cancel = clock.after(settleMs, () => {
        logger.warn({ connections: sockets.size }, 'connections that do not close are left behind');
        resolve();
      });
    });
  });
  await Promise.race([closed, given]);
  cancel();
}
