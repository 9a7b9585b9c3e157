/** Headlamp's library with the plugin in it, in the place of Headlamp's own program: it asks a playground as its administrator. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { World } from './browser.ts';

export interface RunningHeadlamp {
  readonly url: string;
  stop(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  ...{ '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.json': 'application/json' },
};
const inPlugin = '/plugins/kubedirector/';
/** What Headlamp's server passes on to the API server of the cluster `lab`. */
const prefix = '/clusters/lab';

/** @param host the folder of `headlamp` of ../../clients/support/sources.ts @param plugin the folder that the build has made */
export async function startHeadlamp(world: World, host: string, plugin: string): Promise<RunningHeadlamp> {
  const pki = (name: string): Buffer => readFileSync(join(dirname(world.kubeconfig), 'pki', name));
  const agent = new Agent({ ca: pki('ca.crt'), cert: pki('client.crt'), key: pki('client.key') });
  const pass = ({ method, url = '', headers }: IncomingMessage) => {
    // The page's origin is none of the API server's.
    const own = ['host', 'origin', 'referer'];
    const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => !own.includes(name)));
    const target = `${world.playground.url}${url.slice(prefix.length)}`;
    return request(target, { ...(method === undefined ? {} : { method }), headers: passed, agent });
  };
  const server = createServer((incoming, response) => {
    const { url = '/' } = incoming;
    if (!url.startsWith(`${prefix}/`)) {
      serveFile(response, url, host, plugin);
      return;
    }
    const outgoing = pass(incoming).on('error', (error) => response.destroy(error));
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex) => {
    const outgoing = pass(incoming).on('error', () => socket.destroy());
    outgoing.on('upgrade', (answer, other) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      for (const [one, two] of [[socket, other] as const, [other, socket] as const]) {
        one.on('error', () => two.destroy()).on('close', () => two.destroy());
        one.pipe(two);
      }
    });
    outgoing.on('response', () => socket.destroy()).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => stop(server, agent) };
}

function serveFile(response: ServerResponse, url: string, host: string, plugin: string): void {
  const name = url.replace(/\?.*/, '');
  if (name === '/plugins') {
    const plugins = [{ path: inPlugin.slice(1, -1), type: 'user', name: 'kubedirector' }];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(plugins));
    return;
  }
  const file = name.startsWith(inPlugin)
    ? join(plugin, name.slice(inPlugin.length))
    : join(host, 'out', extname(name) === '' ? 'index.html' : name);
  try {
    const content = readFileSync(file);
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(content);
  } catch {
    response.writeHead(404).end();
  }
}

async function stop(server: Server, agent: Agent): Promise<void> {
  server.close();
  server.closeAllConnections();
  agent.destroy();
  if (server.listening) await once(server, 'close');
}
