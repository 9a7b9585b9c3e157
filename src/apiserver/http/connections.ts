/** The connections of one server: their limit, refused connections, and closing. */
import type { Http2SecureServer, Http2Session, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';

/**
 * Why a connection was refused. `limit`: maxConnections was reached; `accept`: the system did not hand it out (EMFILE,
 * ENFILE, ENOMEM …).
 */
export type RefusedConnection = 'limit' | 'accept';

/** Limits and callbacks for connections. */
export interface ConnectionOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The most connections at a time; more are closed unread. Absent: only the system limits them. */
  readonly maxConnections?: number;
  readonly onRefused?: (why: RefusedConnection) => void;
}

/** The connections of a server, for closing them. */
export interface Connections {
  /**
   * Accepts no more connections. Open ones have `graceMs` milliseconds to finish; handshakes that complete in this time
   * are closed. Resolves shortly after that time at the latest, whatever the clients do.
   */
  close(graceMs: number): Promise<void>;
  /** Accepts no more connections, and no more requests on those of HTTP/2; what runs there goes on. */
  retire(): void;
}

/** Also what the server itself needs. */
interface FollowedConnections extends Connections {
  /** Destroys a session, and soon its socket, even if the client does not read what is left. */
  destroy(session: Http2Session): void;
}

/** Milliseconds that the client has to read what is left. */
const flushMs = 1_000;
/** Milliseconds that the system has to close destroyed sockets. */
const settleMs = 1_000;
/** For each kind of refusal, at most one log line in this many milliseconds: there may be thousands a second. */
const logEveryMs = 10_000;

/** Logs and counts refused connections. Call it after the server is bound: earlier errors are for the caller. */
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
  // Without a listener, the error would end the process.
  server.on('error', (error: Error) => refused('accept', { error }, 'a connection could not be accepted'));
  server.on('drop', () => {
    const { maxConnections } = options;
    refused('limit', { maxConnections }, 'a connection was refused: there are as many as there may be');
  });
}

/** Keeps track of the server's sessions and sockets. */
export function followConnections(server: Http2SecureServer, options: ConnectionOptions): FollowedConnections {
  const sessions = new Set<ServerHttp2Session>();
  // By the client's address: the TCP socket until the handshake is done, then the TLS socket. To destroy both at once
  // crashes Node 20.
  const sockets = new Map<string, Socket>();
  let closing = false;
  let closed: Promise<void> | undefined;
  const retire = (): Promise<void> => {
    closed ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    // Sends GOAWAY; streams that are open end by themselves.
    for (const session of sessions) session.close();
    return closed;
  };
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
    // It has no request yet, and will get no answer.
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
      // Node closes a socket only after the rest has been read.
      if (socket === undefined) return;
      const cancel = options.clock.after(flushMs, () => socket.destroy());
      socket.once('close', cancel);
    },
    close(graceMs) {
      closing = true;
      return bounded(retire(), sockets, { ...options, graceMs });
    },
    retire: () => void retire(),
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
