/** A server that knows lists and watches alone: of the fixture's widgets and racks, over HTTP/1.1, HTTP/2 and WebSocket. */
import { createServer, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { anonymous } from '../../../src/meta/user.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { createResourceSchema } from '../../../src/schema/index.ts';
import type { Exchange, Request, RequestInfo, Response } from '../../../src/apiserver/exchange.ts';
import { parseRequestInfo } from '../../../src/apiserver/http/request-info.ts';
import { negotiate } from '../../../src/apiserver/negotiation/index.ts';
import type { ResourceRegistry } from '../../../src/apiserver/registry/contract.ts';
import type { ResourceDefinition } from '../../../src/apiserver/resource.ts';
import { createReadOnlyRegistry } from '../../../src/apiserver/registry/index.ts';
import { serveList } from '../../../src/apiserver/registry/list.ts';
import { serveWatch, type WatchTools } from '../../../src/apiserver/registry/watch.ts';
import { serveWatchWebSocket } from '../../../src/apiserver/registry/watch-websocket.ts';
import { Fixture, racks, widgets, type Widget } from './fixture.ts';

const schema = createResourceSchema('Any', { Any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } });

const rest = {
  shortNames: [],
  categories: [],
  verbs: ['get', 'list', 'watch'],
  schema,
  strategy: {},
  subresources: {},
} as const;

const widgetDefinition: ResourceDefinition<Widget> = {
  ...rest,
  ...widgets,
  singular: 'widget',
  columns: [{ name: 'Color', type: 'string', description: '', priority: 0, value: (one) => one.spec.color }],
};
const rackDefinition: ResourceDefinition = { ...rest, ...racks, singular: 'rack', columns: [] };

export class ListWatchServer {
  readonly fixture: Fixture;
  /** Watches that are running now. */
  running = 0;
  readonly failures: unknown[] = [];
  readonly #registries: Record<string, ResourceRegistry<Widget> | ResourceRegistry>;
  readonly #tools: WatchTools;
  readonly #servers: (Server | Http2Server)[] = [];
  readonly #stop = new AbortController();
  readonly #sockets = new WebSocketServer({ noServer: true });

  constructor(options: { clock?: Clock; history?: { changes: number; bytes: number } } = {}) {
    this.fixture = new Fixture(options.history === undefined ? {} : { history: options.history });
    const { widgets: widgetCache, racks: rackCache, metrics } = this.fixture;
    this.#tools = { clock: options.clock ?? systemClock, random: () => 0, metrics };
    this.#registries = {
      widgets: createReadOnlyRegistry(widgetDefinition, widgetCache),
      racks: createReadOnlyRegistry(rackDefinition, rackCache),
    };
  }

  /** Base URLs. */
  async start(): Promise<{ http1: string; http2: string }> {
    await this.fixture.start();
    const http1 = createServer((request, response) => void this.#answer(request, response));
    http1.on('upgrade', (request, socket, head) => {
      const { signal } = this.#stop;
      const info = parseRequestInfo('GET', request.url ?? '/');
      const negotiated = negotiate(request.headers.accept, info.query, { table: true, partial: true });
      const accept = (): Promise<WebSocket> =>
        new Promise((resolve) => {
          this.#sockets.handleUpgrade(request, socket, head, resolve);
        });
      this.running += 1;
      serveWatchWebSocket({ info, signal }, this.#registry(info.resource), negotiated, this.#tools, accept)
        .catch((error: unknown) => {
          const code = error instanceof StatusError ? error.code : 500;
          socket.end(`HTTP/1.1 ${code} Refused\r\nConnection: close\r\n\r\n`);
        })
        .finally(() => (this.running -= 1));
    });
    const http2 = createHttp2Server((request, response) => void this.#answer(request, response));
    const [first, second] = [await this.#listen(http1), await this.#listen(http2)];
    return { http1: first, http2: second };
  }

  /** As a server that stops: streams end. */
  stopStreams(): void {
    this.#stop.abort(new Error('stopping'));
  }

  async close(): Promise<void> {
    this.stopStreams();
    this.fixture.stop();
    for (const server of this.#servers) {
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    if (this.failures.length > 0) throw new AggregateError(this.failures, 'the server failed');
  }

  #registry(resource: string): ResourceRegistry {
    const registry = this.#registries[resource];
    if (registry === undefined) throw new Error(`no resource ${resource}`);
    return registry as ResourceRegistry;
  }

  async #answer(request: Request, response: Response): Promise<void> {
    let watching = false;
    try {
      const info = parseRequestInfo(request.method ?? 'GET', request.url ?? '/');
      watching = info.verb === 'watch';
      if (watching) this.running += 1;
      const exchange = this.#exchange(request, response, info);
      const negotiated = negotiate(request.headers.accept, info.query, { table: true, partial: true });
      await (watching ? serveWatch : serveList)(exchange, this.#registry(info.resource), negotiated, this.#tools);
    } catch (error) {
      if (!(error instanceof StatusError) || response.headersSent) {
        this.failures.push(error);
        response.destroy();
        return;
      }
      response.writeHead(error.code, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(error.status));
    } finally {
      if (watching) this.running -= 1;
    }
  }

  #exchange(request: Request, response: Response, info: RequestInfo): Exchange {
    const gone = new AbortController();
    response.on('close', () => {
      gone.abort();
    });
    const signal = AbortSignal.any([gone.signal, this.#stop.signal]);
    return { request, response, info, signal, requestId: 'r', user: anonymous, warn: () => undefined };
  }

  async #listen(server: Server | Http2Server): Promise<string> {
    this.#servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}

export const widgetsPath = '/apis/example.com/v1/namespaces/n/widgets';
export const allWidgetsPath = '/apis/example.com/v1/widgets';
