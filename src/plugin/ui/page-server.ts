/** The page on a port of this machine, the API below it, and for each service that is opened a port of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerPlainly, createFront, type PageFiles } from '../../front/index.ts';
import { startForwarder, type Forwarder } from '../forward/forwarder.ts';
import { createSecrets, foreign, type Secrets } from '../forward/guard.ts';
import { listen } from '../forward/listen.ts';
import { passOn, say, type Upstream } from '../forward/pass-on.ts';
import { pathOnServer } from '../forward/path.ts';

interface PageServerOptions {
  readonly upstream: Upstream;
  readonly files: PageFiles;
  /** 0: any that is free. */
  readonly port: number;
}

const entrance = '/ui/open/';
const proxyPath =
  /^\/apis\/kubedirector\.hpe\.com\/v1beta1\/namespaces\/[\w.~-]+\/kubedirectorendpoints\/[\w.~-]+\/proxy$/;
/** The most bytes of a request to open a service. */
const maxBody = 4_096;

/**
 * Serves the page. Its key is in a header: that of a request which another page has begun has none.
 * @throws Error where the port is taken
 */
export async function startPageServer({ upstream, files, port }: PageServerOptions): Promise<Forwarder> {
  const secrets = createSecrets();
  const front = createFront({ files, loopbackOnly: true });
  const services = createServices(upstream);
  const server = createServer();
  const listening = await listen(server, port);
  const host = `127.0.0.1:${listening.port}`;
  server.on('request', (request, response) => {
    const { url = '/', method } = request;
    const refusal = foreign(request, [host]);
    if (refusal !== undefined) say(response, refusal.status, refusal.text);
    else if (url.startsWith(entrance)) letIn(url.slice(entrance.length), response, secrets);
    else if (url === '/ui/session' && method === 'POST') {
      if (hasKey(request, response, secrets)) openService(request, response, services);
    } else if (!answerPlainly(front, request, response) && hasKey(request, response, secrets)) {
      const path = /^\/apis?(?=[/?]|$)/.test(url) ? pathOnServer(url, '') : undefined;
      if (path === undefined) say(response, 404, 'There is the page and the API only.');
      else void passOn(request, response, { upstream, path, prefix: '' });
    }
  });
  return {
    url: `http://${host}/#key=${secrets.lasting}`,
    urlOnce: () => `http://${host}${entrance}${secrets.once()}`,
    async stop() {
      await Promise.all([listening.stop(), services.stop()]);
    },
  };
}

/** Leads to the address with the key. A fragment is never sent to a server. */
function letIn(secret: string, response: ServerResponse, secrets: Secrets): void {
  if (secrets.open(secret)) {
    const headers = { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' };
    response.writeHead(303, { ...headers, Location: `/#key=${secrets.lasting}` }).end();
  } else say(response, 403, 'This address was opened before. Open the one that kubectl kd has printed.');
}

function hasKey({ headers }: IncomingMessage, response: ServerResponse, secrets: Secrets): boolean {
  const [, key] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (secrets.isLasting(key)) return true;
  say(response, 401, 'This page needs its key. Open the address that kubectl kd has printed.');
  return false;
}

/** Ports of services. A member's page must not share the origin of a page that can write. */
function createServices(upstream: Upstream) {
  const open = new Map<string, Promise<Forwarder>>();
  return {
    /** A new address that opens the service once. */
    async urlOf(path: string): Promise<string> {
      // The proxy itself leads to where the service begins.
      const service = open.get(path) ?? startForwarder({ upstream, prefix: path, home: path, port: 0 });
      open.set(path, service);
      return (await service).urlOnce();
    },
    async stop(): Promise<void> {
      const all = await Promise.allSettled(open.values());
      await Promise.all(all.flatMap((one) => (one.status === 'fulfilled' ? [one.value.stop()] : [])));
    },
  };
}

/** Answers with the address of a service's port. */
function openService(
  request: IncomingMessage,
  response: ServerResponse,
  services: ReturnType<typeof createServices>,
): void {
  let text = '';
  request.setEncoding('utf8').on('error', () => undefined);
  request.on('data', (part: string) => {
    if (text.length <= maxBody) text += part;
  });
  request.on('end', () => {
    const path = pathIn(text);
    if (path === undefined) {
      say(response, 400, 'The path must be that of the proxy of an endpoint.');
      return;
    }
    services.urlOf(path).then(
      (url) =>
        response
          .writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
          .end(JSON.stringify({ url })),
      () => say(response, 500, 'No port can be opened for this service.'),
    );
  });
}

function pathIn(text: string): string | undefined {
  try {
    const { path } = JSON.parse(text) as { path?: unknown };
    return typeof path === 'string' && proxyPath.test(path) ? pathOnServer(path, '') : undefined;
  } catch {
    return undefined;
  }
}
