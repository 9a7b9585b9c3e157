/** Answers what browsers ask beside the API: the page, its files, and tickets for services that are opened from it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from '../apiserver/exchange.ts';
import type { PageFile, PageFiles } from './files.ts';
import { ticketCookie, type PageKeys } from './keys.ts';

/** What stands in front of the API. */
export interface Front {
  /** True if it answers the request; false: the API does. */
  handle(request: Request, response: Response): boolean;
  /** Gives a request that has a ticket for the service it asks for the rights of the ticket's user. */
  admit(request: Request): void;
}

/** What a front is made of. */
interface FrontOptions {
  readonly files: PageFiles;
  /** Absent: the page's user gives a token; no tickets. */
  readonly keys?: PageKeys;
  /** Whether only requests to this machine's own names are answered: a name of others may lead here (DNS rebinding). */
  readonly loopbackOnly: boolean;
}

/** Scripts and styles of this server only; lit alone makes nodes of strings, and only of its templates. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ');

const always: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const proxyPath =
  /^\/apis\/kubedirector\.hpe\.com\/v1beta1\/namespaces\/[\w.~-]+\/kubedirectorendpoints\/[\w.~-]+\/proxy(?=$|[/?])/;
const pageName = 'index.html';
/** The most bytes of a request for a ticket. */
const maxBody = 4_096;

/** A front; it holds no state but its keys. */
export function createFront({ files, keys, loopbackOnly }: FrontOptions): Front {
  return {
    handle(request, response) {
      const [path = ''] = (request.url ?? '').split('?', 1);
      const isPage = path === '/' && /\btext\/html\b/.test(request.headers.accept ?? '');
      if (!isPage && !path.startsWith('/ui/')) return false;
      if (loopbackOnly && !isLoopback(hostOf(request.headers))) {
        send(response, 421, 'This page is at 127.0.0.1 only.\n');
      } else if (path === '/ui/session' && request.method === 'POST' && keys !== undefined) {
        giveTicket(request, response, keys);
      } else if (request.method !== 'GET' && request.method !== 'HEAD') {
        send(response, 405, 'Only GET and HEAD.\n');
      } else {
        const name = path.slice('/ui/'.length);
        // The page has its policy under its own path only.
        const file = isPage ? files.get(pageName) : name === pageName ? undefined : files.get(name);
        sendFile(response, file, isPage, request.method === 'HEAD');
      }
      return true;
    },
    admit(request) {
      if (keys === undefined) return;
      const { headers } = request;
      if (headers.authorization !== undefined || !proxyPath.test(request.url ?? '')) return;
      // Other servers of this machine are of the same site: their pages would bring the cookie along.
      const site = headers['sec-fetch-site'];
      if ((site !== 'same-origin' && site !== 'none') || !isLoopback(hostOf(headers))) return;
      const authorization = keys.authorizationOf(headers.cookie);
      if (authorization !== undefined) headers.authorization = authorization;
    },
  };
}

function hostOf(headers: IncomingHttpHeaders): string {
  const authority = headers[':authority'];
  return typeof authority === 'string' ? authority : (headers.host ?? '');
}

function isLoopback(host: string): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(host);
}

function sendFile(response: Response, file: PageFile | undefined, isPage: boolean, isHead: boolean): void {
  if (file === undefined) {
    send(response, 404, 'There is no such file. Load the page again.\n');
    return;
  }
  response.setHeader('Cache-Control', isPage ? 'no-store' : 'public, max-age=31536000, immutable');
  if (isPage) {
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Vary', 'Accept');
  }
  send(response, 200, file.body, file.type, isHead);
}

function send(
  response: Response,
  status: number,
  body: string | Buffer,
  type = 'text/plain; charset=utf-8',
  isHead = false,
): void {
  // A client that leaves is no error of this server.
  response.on('error', () => undefined);
  response.statusCode = status;
  for (const [name, value] of Object.entries({ ...always, 'Content-Type': type })) response.setHeader(name, value);
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.setHeader('Content-Length', bytes.length);
  // The types of HTTP/1.1 and HTTP/2 have no call in common.
  if (isHead) response.end();
  else if ('stream' in response) response.end(bytes);
  else response.end(bytes);
}

/** A cookie for the path of one service. Its request has the key in a header, which pages of others cannot know. */
function giveTicket(request: Request, response: Response, keys: PageKeys): void {
  const { origin, authorization } = request.headers;
  const ticket = keys.ticketFor(authorization);
  if (ticket === undefined || (origin !== undefined && origin !== `https://${hostOf(request.headers)}`)) {
    request.resume();
    send(response, 401, JSON.stringify({ message: 'this page has no key, or an old one' }), 'application/json');
    return;
  }
  let text = '';
  request.setEncoding('utf8');
  request.on('error', () => undefined);
  request.on('data', (part: string) => {
    if (text.length <= maxBody) text += part;
  });
  request.on('end', () => {
    const path = proxyPathIn(text);
    if (path === undefined) {
      send(response, 400, JSON.stringify({ message: 'path must be that of an endpoint’s proxy' }), 'application/json');
      return;
    }
    const cookie = `${ticketCookie}=${ticket}; Path=${path}; Secure; HttpOnly; SameSite=Strict`;
    response.setHeader('Set-Cookie', cookie);
    response.setHeader('Cache-Control', 'no-store');
    send(response, 200, '{}', 'application/json');
  });
}

function proxyPathIn(text: string): string | undefined {
  try {
    const { path } = JSON.parse(text) as { path?: unknown };
    return typeof path === 'string' && proxyPath.exec(path)?.[0] === path ? path : undefined;
  } catch {
    return undefined;
  }
}
