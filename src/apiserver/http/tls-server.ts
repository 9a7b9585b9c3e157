/** The socket: TLS, HTTP/1.1 and HTTP/2 on one port. */
import { STATUS_CODES, ServerResponse, type IncomingMessage } from 'node:http';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerResponse,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { badRequest, StatusError } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { followConnections, surviveRefusals, type ConnectionOptions, type Connections } from './connections.ts';
import type { Request, Response } from '../exchange.ts';
import { maxOutstandingPings, watchSessions, type SessionDeath } from './session-watchdog.ts';

/** The server's key and certificates, as PEM. */
export interface ServingCredentials {
  readonly key: string;
  /** The certificate, followed by the intermediate ones. */
  readonly cert: string;
  /** The CAs that clients are asked to have certificates of; absent: any. Authentication verifies what they send. */
  readonly clientCa?: string;
}

/** Handlers and callbacks of the server. */
export interface TlsServerOptions extends ConnectionOptions {
  readonly credentials: ServingCredentials;
  readonly handle: (request: Request, response: Response) => Promise<void>;
  /** An upgrade request; the handler answers it or takes over the socket. */
  readonly upgrade: (request: IncomingMessage, response: ServerResponse, socket: Duplex, head: Buffer) => Promise<void>;
  /** Called for each failed handshake. */
  readonly onHandshakeError?: () => void;
  /** Called for each HTTP/2 session that was found dead and destroyed. */
  readonly onSessionDeath?: (why: SessionDeath) => void;
}

/** A server on one port. */
export interface TlsServer extends Connections {
  /** Resolves with the bound address; later errors do not stop the server. @throws Error such as EADDRINUSE */
  listen(address: { host: string; port: number }): Promise<{ host: string; port: number }>;
  /** Used from the next handshake on. @throws Error if key and certificate cannot be used; the old ones stay */
  update(credentials: ServingCredentials): void;
}

/** How long an idle connection is kept, in milliseconds; as in kube-apiserver. */
const idleMs = 90_000;
/** A client whose request was not read completely has this many milliseconds to read the answer. */
const lingerMs = 2_000;
/**
 * The most bytes of all headers over HTTP/1.1. A single header over HTTP/2 has the same limit, which is nghttp2's own.
 */
const maxHeaderBytes = 64 * 1024;
/**
 * The most bytes of all headers over HTTP/2, which counts 32 more bytes for each (RFC 9113 section 6.5.2). Clients are
 * told, and Go's respect it; a larger request gets its stream reset, other streams continue. But at a single value
 * above 64 KiB nghttp2 ends the session silently, which `watchSessions` finds. A limit of 64 KiB would shut out users
 * with about 800 groups of 40 bytes behind a front proxy; this one allows 1,500.
 */
const maxHeaderListBytes = 2 * maxHeaderBytes;
/** More lines than fit in the byte limit, so that only bytes count. */
const maxHeaderLines = 4_000;
/**
 * MiB that one HTTP/2 session may use, including unsent answers; high enough that it never limits. With Node's 10 MiB,
 * new requests were reset (ENHANCE_YOUR_CALM) during a few large lists, and all users come through kube-apiserver's one
 * connection. Requests in flight are limited instead, for all connections together.
 */
const maxSessionMemory = 64 * 1024;
/** As in Go's HTTP/2 server, which kube-apiserver uses. */
const maxConcurrentStreams = 250;

/** A server that does not listen yet. @throws Error if key and certificate cannot be used */
export function createTlsServer(options: TlsServerOptions): TlsServer {
  const { credentials, clock, logger } = options;
  const server = createSecureServer({
    ...secureContext(credentials),
    allowHTTP1: true,
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: 10_000,
    maxHeaderListPairs: maxHeaderLines,
    settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderListBytes },
    maxOutstandingPings,
    maxSessionMemory,
  } as Parameters<typeof createSecureServer>[0]);
  // For HTTP/1.1 connections; the types do not know these options.
  Object.assign(server, { keepAliveTimeout: idleMs, headersTimeout: 60_000, requestTimeout: 90_000 });
  // Node drops header lines above maxHeadersCount silently, so only their bytes are limited.
  Object.assign(server, { maxHeaderSize: maxHeaderBytes, maxHeadersCount: 0 });
  const connections = followConnections(server, options);
  watchSessions(server, { ...options, idleMs, destroy: (session) => connections.destroy(session) });
  server.on('request', (request, response) => void options.handle(request, response));
  answerExpectations(server, options.handle);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    void upgraded(options, request, socket, head);
  });
  server.on('stream', (stream, _headers, flags) => {
    // After a reset with NO_ERROR Node would keep the stream open and its unsent data waiting.
    stream.once('aborted', () => stream.destroy());
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) === 0) endAnswered(stream, clock);
  });
  if (options.onHandshakeError !== undefined) server.on('tlsClientError', options.onHandshakeError);
  refuseBrokenClients(server, clock, logger);
  return {
    async listen(address) {
      const bound = await listen(server, address);
      surviveRefusals(server, options);
      return bound;
    },
    update: (next) => server.setSecureContext(secureContext(next)),
    close: (graceMs) => connections.close(graceMs),
    retire: () => connections.retire(),
  };
}

/**
 * Handles `Expect` (RFC 9110 section 10.1.1) like Go's servers, and so like kube-apiserver. Over HTTP/2 no 100 is sent:
 * kube-apiserver's proxy would pass it on as the final answer, and clients may send the body without it.
 */
function answerExpectations(server: Http2SecureServer, handle: TlsServerOptions['handle']): void {
  server.on('checkContinue', (request: Request, response: Response) => {
    if (!isHttp2(response)) response.writeContinue();
    void handle(request, response);
  });
  server.on('checkExpectation', (request: Request, response: Response) => {
    if (isHttp2(response)) {
      void handle(request, response);
      return;
    }
    const message = `the server cannot do what the header Expect asks for; it knows 100-continue only`;
    const { code, status } = new StatusError(417, '', message);
    // It is unknown whether the body will follow, so the connection cannot be reused.
    response.writeHead(code, { 'Content-Type': 'application/json', Connection: 'close' });
    response.end(`${JSON.stringify(status)}\n`);
  });
}

function isHttp2(response: Response): response is Http2ServerResponse {
  return 'stream' in response;
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

/** Tells a client that got its answer but still sends its body to stop (RFC 9113 section 8.1). */
function endAnswered(stream: ServerHttp2Stream, clock: Clock): void {
  stream.once('finish', () => {
    if (stream.readableEnded || stream.destroyed) return;
    stream.once(
      'close',
      clock.after(lingerMs, () => stream.close(constants.NGHTTP2_NO_ERROR)),
    );
  });
}

/** Gives the upgrade request a response, for the answer if it is refused. */
async function upgraded(
  { upgrade, clock }: TlsServerOptions,
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
    destroySoon(socket, clock);
  });
  await upgrade(request, response, socket, head);
}

/** Failed handshakes and unparsable requests are the client's fault: they are answered, and logged only at debug. */
function refuseBrokenClients(server: Http2SecureServer, clock: Clock, logger: Logger): void {
  const refused = new WeakSet<Socket>();
  server.on('tlsClientError', (error: Error) => logger.debug({ error }, 'TLS handshake failed'));
  server.on('sessionError', (error: Error) => logger.debug({ error }, 'HTTP/2 session failed'));
  server.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
    // Later errors of the same request are ignored.
    if (refused.has(socket)) return;
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    refused.add(socket);
    const { status, code } = refusalOf(error);
    const body = `${JSON.stringify(status)}\n`;
    const head = [
      `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    // Closing with unread data would reset the connection and lose the answer (RFC 9112 section 9.6).
    destroySoon(socket, clock);
    socket.once('end', () => socket.destroy());
  });
}

/** Destroys an ended socket after a while, because the client may never close it. */
function destroySoon(socket: Socket, clock: Clock): void {
  socket.once(
    'close',
    clock.after(lingerMs, () => socket.destroy()),
  );
}

function refusalOf({ code, message }: Error & { code?: string }): StatusError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new StatusError(431, 'BadRequest', `the request's headers are larger than ${maxHeaderBytes} bytes`);
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new StatusError(408, 'Timeout', 'the request did not come in time');
  return badRequest(`the request is not HTTP: ${message}`);
}
