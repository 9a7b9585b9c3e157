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
import type { Request, Response } from './contract.ts';
import { maxOutstandingPings, watchSessions, type SessionDeath } from './session-watchdog.ts';

/** PEM. */
export interface ServingCredentials {
  readonly key: string;
  /** The certificate and what lies between it and its CA. */
  readonly cert: string;
  /** The CAs whose certificates clients are asked for; absent: any. What they send is verified by authentication. */
  readonly clientCa?: string;
}

export interface TlsServerOptions extends ConnectionOptions {
  readonly credentials: ServingCredentials;
  readonly handle: (request: Request, response: Response) => Promise<void>;
  /** A request to leave HTTP/1.1 behind; its handler answers on the response, or takes the socket over. */
  readonly upgrade: (request: IncomingMessage, response: ServerResponse, socket: Duplex, head: Buffer) => Promise<void>;
  /** Is told of each handshake that failed. */
  readonly onHandshakeError?: () => void;
  /** Is told of each HTTP/2 session that was found dead and destroyed. */
  readonly onSessionDeath?: (why: SessionDeath) => void;
}

export interface TlsServer extends Connections {
  /** Resolves with the port once it is bound; what fails later ends nothing. @throws Error EADDRINUSE … */
  listen(address: { host: string; port: number }): Promise<{ host: string; port: number }>;
  /** From the next handshake on. @throws Error where key and certificate are of no use; the old ones stay */
  update(credentials: ServingCredentials): void;
}

/** Milliseconds an idle connection is kept, as kube-apiserver does. */
const idleMs = 90_000;
/** A client whose request was refused unread, or not to its end, has so long to read the answer. */
const lingerMs = 2_000;
/** All headers of a request over HTTP/1.1. One value of HTTP/2 has no more room, either: that is nghttp2's own limit. */
const maxHeaderBytes = 64 * 1024;
/**
 * All headers of a request over HTTP/2, which counts 32 bytes more for each (RFC 9113 section 6.5.2). Clients are told, and
 * Go's keep to it; a request of more has its stream reset, its neighbours go on. At one value above 64 KiB, however, nghttp2
 * ends the session unseen, which `watchSessions` finds. To tell clients of 64 KiB instead would shut out users whose
 * front proxy names them in some 800 groups of 40 bytes; as it is there is room for 1,500.
 */
const maxHeaderListBytes = 2 * maxHeaderBytes;
/** More than there is room for: bytes are the limit. */
const maxHeaderLines = 4_000;
/**
 * Mebibytes that one HTTP/2 session may have at work, answers that are not sent yet among them: in effect none is refused.
 * With Node's 10 MiB new requests were reset (ENHANCE_YOUR_CALM) while a few large lists were on their way, and everybody
 * comes through kube-apiserver on one connection. Requests in flight are what is limited, for all connections alike.
 */
const maxSessionMemory = 64 * 1024;
/** As Go's HTTP/2 server, which kube-apiserver is. */
const maxConcurrentStreams = 250;

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
  // Of HTTP/1.1 connections; the types do not know that this server has them.
  Object.assign(server, { keepAliveTimeout: idleMs, headersTimeout: 60_000, requestTimeout: 90_000 });
  // Lines beyond the count would be dropped unseen, so that their bytes alone are bounded.
  Object.assign(server, { maxHeaderSize: maxHeaderBytes, maxHeadersCount: 0 });
  const connections = followConnections(server, options);
  watchSessions(server, { ...options, idleMs, destroy: (session) => connections.destroy(session) });
  server.on('request', (request, response) => void options.handle(request, response));
  answerExpectations(server, options.handle);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    void upgraded(options, request, socket, head);
  });
  server.on('stream', (stream, _headers, flags) => {
    // A reset with NO_ERROR leaves what is not written yet waiting, and the stream open.
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
  };
}

/**
 * `Expect` (RFC 9110 section 10.1.1), as Go's servers take it, which kube-apiserver is one of. On HTTP/2 no 100 is sent:
 * kube-apiserver's proxy would hand it on as the final answer, and a client there may send its body without one.
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
    // Nobody knows whether the body is going to follow.
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

/** A client that has its answer and goes on with its body is told that nobody wants it (RFC 9113 section 8.1). */
function endAnswered(stream: ServerHttp2Stream, clock: Clock): void {
  stream.once('finish', () => {
    if (stream.readableEnded || stream.destroyed) return;
    stream.once(
      'close',
      clock.after(lingerMs, () => stream.close(constants.NGHTTP2_NO_ERROR)),
    );
  });
}

/** A response on a socket of its own: the answer of an upgrade that is refused. */
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

/** Handshakes that fail and requests that cannot be parsed are the other side's doing: told to them, not to the log. */
function refuseBrokenClients(server: Http2SecureServer, clock: Clock, logger: Logger): void {
  const refused = new WeakSet<Socket>();
  server.on('tlsClientError', (error: Error) => logger.debug({ error }, 'TLS handshake failed'));
  server.on('sessionError', (error: Error) => logger.debug({ error }, 'HTTP/2 session failed'));
  server.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
    // What else comes of the same request is an error, too.
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
    // Closing while there is something to read would take the answer back (RFC 9112 section 9.6).
    destroySoon(socket, clock);
    socket.once('end', () => socket.destroy());
  });
}

/** For one that was ended, whose other side may never end it. */
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
