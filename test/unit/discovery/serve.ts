/** Handlers by path, on a server of their own, for as long as a test runs. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Handler } from '../../../src/apiserver/exchange.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { anonymous } from '../../../src/meta/user.ts';

export interface Served {
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Response>;
  readonly port: number;
  close(): void;
}

export async function serve(find: (path: string) => Handler | undefined): Promise<Served> {
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const info = {
      isResourceRequest: false,
      path: url.pathname,
      verb: 'get',
      group: '',
      version: '',
      namespace: '',
      resource: '',
      subresource: '',
      name: '',
      query: url.searchParams,
    };
    const signal = new AbortController().signal;
    const exchange = { request, response, requestId: 'r', info, user: anonymous, signal, warn: () => undefined };
    const handler = find(url.pathname);
    if (!handler) {
      response.writeHead(404).end();
      return;
    }
    handler(exchange).catch((error: unknown) => {
      const status = error instanceof StatusError ? error.status : { code: 500, message: String(error) };
      response.writeHead(status.code ?? 500, { 'Content-Type': 'application/json' }).end(JSON.stringify(status));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    get: (path, headers = {}, method = 'GET') =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers, method, redirect: 'manual' }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
