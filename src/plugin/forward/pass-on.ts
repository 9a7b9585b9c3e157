/** Passes requests of a browser on to the API server with the user's credentials. Nothing is kept of either body. */
import { request as httpRequest, ServerResponse, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Credentials } from '../../clients/kubernetes/credentials.ts';
import { headersForBrowser, headersForServer } from './headers.ts';

/** The API server, asked as one user. */
export interface Upstream {
  readonly credentials: Credentials;
  /** Of whom the user acts as, where that is somebody else. */
  readonly impersonate: Readonly<Record<string, string | string[]>>;
}

/** Where a request goes. */
interface Route {
  readonly upstream: Upstream;
  /** On the API server, with the query. */
  readonly path: string;
  /** The path that is the root of the local port; '' where paths are the same. */
  readonly prefix: string;
}

/** Answers in plain text, unless an answer has begun. */
export function say(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
  response.writeHead(status, { ...headers, 'Cache-Control': 'no-store' }).end(`${text}\n`);
}

/** Serves one request, with bodies of any length. Failures are answered; it never rejects. */
export async function passOn(request: IncomingMessage, response: ServerResponse, route: Route): Promise<void> {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    say(response, 400, 'This Transfer-Encoding cannot be passed on.');
    return;
  }
  const sent = await begin(request, response, route, coding === undefined ? {} : { 'transfer-encoding': 'chunked' });
  if (sent === undefined) return;
  sent.once('response', (answer) => passAnswer(response, answer, route));
  if (coding === undefined && length === '0') sent.end();
  // The answer may come before the body is read; that the server takes no more of it is then no failure.
  else request.on('error', () => sent.destroy()).pipe(sent);
}

/** Serves one request for a WebSocket, until either side closes it. As passOn. */
export async function passUpgrade(
  request: IncomingMessage,
  { response, socket, head }: { readonly response: ServerResponse; readonly socket: Socket; readonly head: Buffer },
  route: Route,
): Promise<void> {
  const sent = await begin(request, response, route, { connection: 'Upgrade', upgrade: 'websocket' });
  if (sent === undefined) return;
  sent.once('response', (answer) => passAnswer(response, answer, route));
  sent.once('upgrade', (answer, far, first) => {
    response.detachSocket(socket);
    const { server } = route.upstream.credentials;
    const { rawHeaders } = answer;
    const headers = Object.entries(headersForBrowser({ status: 101, rawHeaders }, { server, prefix: route.prefix }));
    const lines = headers.flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`));
    socket.write(
      `${['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket', ...lines].join('\r\n')}\r\n\r\n`,
    );
    if (first.length > 0) socket.write(first);
    if (head.length > 0) far.write(head);
    const end = (): void => {
      socket.destroy();
      far.destroy();
    };
    pipeline(socket, far, end);
    pipeline(far, socket, end);
  });
  sent.end();
}

/** For an upgrade: answers over HTTP as long as nothing is switched, and then closes the connection. */
export function responseOn(request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(request.socket);
  response.once('finish', () => request.socket.end());
  return response;
}

/** Begins the request to the API server. Undefined where that failed, and is answered. */
async function begin(
  request: IncomingMessage,
  response: ServerResponse,
  { upstream: { credentials, impersonate }, path }: Route,
  framing: Readonly<Record<string, string>>,
): Promise<ClientRequest | undefined> {
  const { server } = credentials;
  try {
    const { agent, headers: proof } = await credentials.current();
    const headers = { ...headersForServer(request.rawHeaders), ...framing, ...proof, ...impersonate };
    const start = server.protocol === 'http:' ? httpRequest : httpsRequest;
    const options = { agent, headers, method: request.method ?? 'GET' };
    const sent = start(server, { ...options, path: `${server.pathname.replace(/\/$/, '')}${path}` });
    sent.on('error', (error) => say(response, 502, `${server.host} cannot be reached${codeOf(error)}.`));
    response.on('error', () => sent.destroy()).once('close', () => sent.destroy());
    if (response.destroyed || request.socket.destroyed) sent.destroy();
    return sent;
  } catch {
    // What failed may have tokens in its words.
    say(response, 502, 'Your credentials cannot be read or renewed. kubectl says why.');
    return undefined;
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? ` (${String(error.code)})` : '';
}

function passAnswer(response: ServerResponse, answer: IncomingMessage, { upstream, prefix }: Route): void {
  const { statusCode: status = 502, rawHeaders } = answer;
  const { server } = upstream.credentials;
  response.writeHead(status, headersForBrowser({ status, rawHeaders }, { server, prefix }));
  // Node.js would wait for the first bytes of the body, which may take long.
  response.flushHeaders();
  // Where either side breaks off, the other one is destroyed: what was cut off must not look whole.
  pipeline(answer, response, () => undefined);
}
