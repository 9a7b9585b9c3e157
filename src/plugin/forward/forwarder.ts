/** A port of this machine whose root is a path of the API server, for one browser. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createSecrets, foreign, type Secrets } from './guard.ts';
import { ownCookie } from './headers.ts';
import { listen } from './listen.ts';
import { passOn, passUpgrade, responseOn, say, type Upstream } from './pass-on.ts';
import { pathOnServer } from './path.ts';

interface ForwarderOptions {
  readonly upstream: Upstream;
  /** The path that becomes the root, without a slash at its end. */
  readonly prefix: string;
  /** The path on the local port where the browser begins. */
  readonly home: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** A port that is served. */
export interface Forwarder {
  /** Opens it as often as one likes. */
  readonly url: string;
  /** A new address that opens it once. */
  urlOnce(): string;
  /** Ends it with all its connections. */
  readonly stop: () => Promise<void>;
}

const entrance = '/.kubedirector/open/';

/**
 * Serves 127.0.0.1 under a name of its own below localhost. Cookies do not know ports: those of 127.0.0.1 go to all servers
 * of the machine.
 * @throws Error where the port is taken
 */
export async function startForwarder({ upstream, prefix, home, port }: ForwarderOptions): Promise<Forwarder> {
  const secrets = createSecrets();
  const server = createServer();
  const listening = await listen(server, port);
  const name = `kd-${randomBytes(5).toString('hex')}.localhost:${listening.port}`;
  serve(server, {
    hosts: [name, `127.0.0.1:${listening.port}`],
    cookie: `${ownCookie}-${listening.port}`,
    ...{ secrets, upstream, prefix, home },
  });
  return {
    url: `http://${name}${entrance}${secrets.lasting}`,
    urlOnce: () => `http://${name}${entrance}${secrets.once()}`,
    stop: listening.stop,
  };
}

interface Served {
  readonly hosts: readonly string[];
  readonly cookie: string;
  readonly secrets: Secrets;
  readonly upstream: Upstream;
  readonly prefix: string;
  readonly home: string;
}

function serve(server: Server, served: Served): void {
  const { upstream, prefix } = served;
  server.on('request', (request, response) => {
    const path = admitted(request, response, served);
    if (path !== undefined) void passOn(request, response, { upstream, prefix, path });
  });
  server.on('upgrade', (request, _socket, head) => {
    request.socket.on('error', () => undefined);
    const response = responseOn(request);
    const path = admitted(request, response, served);
    if (path === undefined) return;
    if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') {
      say(response, 400, 'Only WebSockets can be passed on.');
    } else void passUpgrade(request, { response, socket: request.socket, head }, { upstream, prefix, path });
  });
}

/** The path on the API server for a request that may pass; others are answered. */
function admitted(request: IncomingMessage, response: ServerResponse, served: Served): string | undefined {
  const { hosts, secrets, cookie, prefix } = served;
  const { url = '/', headers } = request;
  if (url.startsWith(entrance) && request.method === 'GET' && hosts.includes((headers.host ?? '').toLowerCase())) {
    letIn(url.slice(entrance.length), request, response, served);
    return undefined;
  }
  const refusal = foreign(request, hosts);
  if (refusal !== undefined) say(response, refusal.status, refusal.text);
  else if (!secrets.isLasting(cookieOf(headers.cookie, cookie))) {
    say(response, 403, 'This browser has no key. Open the address that kubectl kd has printed.');
  } else {
    const path = pathOnServer(url, prefix);
    if (path !== undefined) return path;
    say(response, 400, 'This path cannot be passed on.');
  }
  return undefined;
}

/**
 * Gives the browser its cookie. A page leads on, not a redirect: the first request comes from another page, and browsers
 * would take the redirected one for that page's, too.
 */
function letIn(
  secret: string,
  { headers }: IncomingMessage,
  response: ServerResponse,
  { secrets, cookie, home }: Served,
): void {
  if (!secrets.open(secret) && !secrets.isLasting(cookieOf(headers.cookie, cookie))) {
    say(response, 403, 'This address is an old one, or was opened before. Open the one that kubectl kd has printed.');
    return;
  }
  const link = home.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
  response
    .writeHead(200, {
      'Set-Cookie': `${cookie}=${secrets.lasting}; Path=/; HttpOnly; SameSite=Strict`,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    })
    .end(`<!doctype html><meta http-equiv="refresh" content="0; url=${link}"><title>Opening</title>\n`);
}

function cookieOf(cookies: string | undefined, name: string): string | undefined {
  const found = (cookies ?? '').split(';').map((one) => one.trim());
  return found.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
}
