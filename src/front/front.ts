/** Answers what browsers ask beside the API: the page, its files, and tickets for services that are opened from it. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Request } from '../apiserver/exchange.ts';
import type { Front, FrontAnswer } from '../apiserver/front.ts';
import type { PageFile, PageFiles } from './files.ts';
import { ticketCookie, type PageKeys } from './keys.ts';

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
    find(request) {
      const [path = ''] = (request.url ?? '').split('?', 1);
      const isPage = path === '/' && /\btext\/html\b/.test(request.headers.accept ?? '');
      if (!isPage && !path.startsWith('/ui/')) return undefined;
      if (loopbackOnly && !isLoopback(hostOf(request.headers))) {
        return () => said(421, 'This page is at 127.0.0.1 only.\n');
      }
      if (path === '/ui/session' && request.method === 'POST' && keys !== undefined) {
        return (readBody) => ticketFor(request, keys, readBody);
      }
      if (request.method !== 'GET' && request.method !== 'HEAD') return () => said(405, 'Only GET and HEAD.\n');
      const name = path.slice('/ui/'.length);
      // The page has its policy under its own path only.
      const file = isPage ? files.get(pageName) : name === pageName ? undefined : files.get(name);
      return () => fileAnswer(file, isPage);
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

function fileAnswer(file: PageFile | undefined, isPage: boolean): FrontAnswer {
  if (file === undefined) return said(404, 'There is no such file. Load the page again.\n');
  return answer(200, file.type, file.body, {
    'Cache-Control': isPage ? 'no-store' : 'public, max-age=31536000, immutable',
    ...(isPage
      ? { 'Content-Security-Policy': policy, 'Cross-Origin-Opener-Policy': 'same-origin', Vary: 'Accept' }
      : {}),
  });
}

function answer(
  status: number,
  contentType: string,
  body: string | Buffer,
  headers: OutgoingHttpHeaders = {},
): FrontAnswer {
  return {
    status,
    contentType,
    body: typeof body === 'string' ? Buffer.from(body) : body,
    headers: { ...always, ...headers },
  };
}

const said = (status: number, text: string): FrontAnswer => answer(status, 'text/plain; charset=utf-8', text);

const json = 'application/json';

/** A cookie for the path of one service. Its request has the key in a header, which pages of others cannot know. */
async function ticketFor(
  request: Request,
  keys: PageKeys,
  readBody: (limit: number) => Promise<Buffer>,
): Promise<FrontAnswer> {
  const { origin, authorization } = request.headers;
  const ticket = keys.ticketFor(authorization);
  if (ticket === undefined || (origin !== undefined && origin !== `https://${hostOf(request.headers)}`)) {
    request.resume();
    return answer(401, json, JSON.stringify({ message: 'this page has no key, or an old one' }));
  }
  const path = proxyPathIn((await readBody(maxBody)).toString());
  if (path === undefined) {
    return answer(400, json, JSON.stringify({ message: 'path must be that of an endpoint’s proxy' }));
  }
  const cookie = `${ticketCookie}=${ticket}; Path=${path}; Secure; HttpOnly; SameSite=Strict`;
  return answer(200, json, '{}', { 'Set-Cookie': cookie, 'Cache-Control': 'no-store' });
}

function proxyPathIn(text: string): string | undefined {
  try {
    const { path } = JSON.parse(text) as { path?: unknown };
    return typeof path === 'string' && proxyPath.exec(path)?.[0] === path ? path : undefined;
  } catch {
    return undefined;
  }
}
