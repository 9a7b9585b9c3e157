/** Requests that leave HTTP/1.1 for WebSocket: watches. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { badRequest, pathNotFound } from '../meta/status.ts';
import type { Chain, Route } from './http/chain.ts';
import type { RequestInfo } from './http/contract.ts';
import { negotiated } from './registry/answer.ts';
import type { ResourceRegistry } from './registry/contract.ts';
import { resolveResource } from './registry/resource-handler.ts';
import { serveWatchWebSocket } from './registry/watch-websocket.ts';
import type { WatchTools } from './registry/watch.ts';
import { resourceKey } from './routes.ts';

/** What a client may send in one message; nothing it sends is of any use here. */
const maxPayload = 4096;

export type Upgrade = (
  request: IncomingMessage,
  response: ServerResponse,
  socket: Duplex,
  head: Buffer,
) => Promise<void>;

/** The same filters as for all requests; what they refuse is answered over HTTP. */
export function createUpgradeHandler(
  chain: Chain,
  registries: ReadonlyMap<string, ResourceRegistry>,
  tools: WatchTools,
): Upgrade {
  const sockets = new WebSocketServer({ noServer: true, maxPayload, handleProtocols: () => false });
  return (request, response, socket, head) => {
    const accept = (): Promise<WebSocket> => {
      response.detachSocket(response.socket ?? request.socket);
      return new Promise((resolve) => {
        sockets.handleUpgrade(request, socket, head, resolve);
      });
    };
    const route = (info: RequestInfo): Route => {
      const registry = registries.get(resourceKey(info));
      if (registry === undefined) return refused(pathNotFound());
      // What is wrong with the path is told as it would be without an upgrade.
      const plain = resolveResource(registry, info, tools);
      if (!plain.longRunning)
        return info.verb === 'watch' ? plain : refused(badRequest('only watches can be upgraded'));
      if (info.verb !== 'watch') return refused(badRequest('only watches can be upgraded'));
      const handler: Route['handler'] = (exchange) =>
        serveWatchWebSocket(exchange, registry, negotiated(exchange, { table: true, partial: true }), tools, accept);
      return { handler, longRunning: true, upgrade: true };
    };
    return chain.handleWith(route, request, response);
  };
}

function refused(error: Error): Route {
  return { handler: () => Promise.reject(error), longRunning: false };
}
