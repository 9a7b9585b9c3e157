/** The socket: TLS, HTTP/1.1 and HTTP/2 on one port. */
import { ServerResponse, type IncomingMessage } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Request, Response } from './contract.ts';

/** PEM. */
export interface ServingCredentials {
  readonly key: string;
  /** The certificate and what lies between it and its CA. */
  readonly cert: string;
  /** The CAs whose certificates clients are asked for; absent: any. What they send is verified by authentication. */
  readonly clientCa?: string;
}

export interface TlsServerOptions {
  readonly credentials: ServingCredentials;
  readonly handle: (request: Request, response: Response) => Promise<void>;
  /** A request to leave HTTP/1.1 behind; its handler answers on the response, or takes the socket over. */
  readonly upgrade: (request: IncomingMessage, response: ServerResponse, socket: Duplex, head: Buffer) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface TlsServer {
  /** Resolves with the port once it is bound. @throws Error EADDRINUSE … */
  listen(address: { host: string; port: number }): Promise<{ host: string; port: number }>;
  /** From the next handshake on. @throws Error where key and certificate are of no use; the old ones stay */
  update(credentials: ServingCredentials): void;
  /** Takes no more connections; those there are have so many milliseconds to finish. */
  close(graceMs: number): Promise<void>;
}

/** Milliseconds an idle connection is kept, as kube-apiserver does. */
const idleMs = 90_000;
const maxHeaderBytes = 64 * 1024;
/** As Go's HTTP/2 server, which kube-apiserver is. */
const maxConcurrentStreams = 250;

export function createTlsServer(options: TlsServerOptions): TlsServer {
  const { credentials, clock, logger } = options;
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const server = createSecureServer({
    ...secureContext(credentials),
    allowHTTP1: true,
    requestCert: true,
    rejectUnauthorized: false,
    maxHeaderSize: maxHeaderBytes,
    handshakeTimeout: 10_000,
    settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderBytes },
  } as Parameters<typeof createSecureServer>[0]);
  // Of HTTP/1.1 connections; the types do not know that this server has them.
  Object.assign(server, { keepAliveTimeout: idleMs, headersTimeout: 60_000, requestTimeout: 90_000 });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setTimeout(idleMs, () => session.close());
  });
  server.on('request', (request, response) => void options.handle(request, response));
  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    void upgraded(options, request, socket, head);
  });
  refuseBrokenClients(server, logger);
  return {
    listen: (address) => listen(server, address),
    update: (next) => server.setSecureContext(secureContext(next)),
    close: async (graceMs) => {
      const closed = close(server, sockets, clock, graceMs);
      for (const session of sessions) session.close();
      await closed;
    },
  };
}

function secureContext({ key, cert, clientCa }: ServingCredentials) {
  return { key, cert, minVersion: 'TLSv1.2' as const, ...(clientCa === undefined ? {} : { ca: clientCa }) };
}

function listen(
  server: Http2SecureServer,
  { host, port }: { host: string; port: number },
): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const bound = server.address() as AddressInfo;
      resolve({ host: bound.address, port: bound.port });
    });
  });
}

/** A response on a socket of its own: the answer of an upgrade that is refused. */
async function upgraded(
  { upgrade }: TlsServerOptions,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  socket.on('error', () => socket.destroy());
  response.once('finish', () => {
    response.detachSocket(socket);
    socket.end();
  });
  await upgrade(request, response, socket, head);
}

/** Handshakes that fail and requests that cannot be parsed are the other side's doing: told to them, not to the log. */
function refuseBrokenClients(server: Http2SecureServer, logger: Logger): void {
  server.on('tlsClientError', (error: Error) => logger.debug({ error }, 'TLS handshake failed'));
  server.on('sessionError', (error: Error) => logger.debug({ error }, 'HTTP/2 session failed'));
  server.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const status =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
}

async function close(
  server: Http2SecureServer,
  sockets: ReadonlySet<Socket>,
  clock: Clock,
  graceMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const cancel = clock.after(graceMs, () => {
    for (const socket of sockets) socket.destroy();
  });
  await closed;
  cancel();
}
