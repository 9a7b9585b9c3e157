/** An API server of the test's choice, and requests that a browser would not send by itself. */
import { once } from 'node:events';
import { Agent, createServer, request, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { Upstream } from '../../../src/plugin/forward/pass-on.ts';

/** Serves these answers. */
export async function startServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(stop);
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return { server, stop, port, origin: `http://127.0.0.1:${port}` };
}

/** The user of the kubeconfig. */
export function upstreamOf(origin: string, impersonate: Record<string, string> = {}): Upstream {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const connection = { agent, headers: { Authorization: 'Bearer secret-token' } };
  const credentials = { server: new URL(origin), current: () => Promise.resolve(connection), close: () => undefined };
  return { credentials, impersonate };
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** After it has switched. */
  readonly socket?: Duplex;
  /** The answer was cut off. */
  readonly isCut: boolean;
}

/** Asks a port of this machine. The name in the address becomes the Host; paths are sent as they are. */
export function ask(host: string, path: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const port = Number(host.split(':')[1]);
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { host, ...headers }, agent: false });
    sent.on('error', reject).on('response', (answer) => {
      let text = '';
      const end = (isCut: boolean) => () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, isCut });
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', end(false)).on('error', end(true));
    });
    sent.on('upgrade', ({ headers: got }, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      onTestFinished(() => void socket.destroy());
      resolve({ status: 101, headers: got, text: '', socket, isCut: false });
    });
    sent.end(body);
  });
}
