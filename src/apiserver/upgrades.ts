/** Requests that leave HTTP/1.1 for WebSocket: watches. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { badRequest, pathNotFound } from '../meta/status.ts';
import type { Chain, Route } from './http/chain.ts';
import type { RequestInfo } from './http/contract.ts';
import { negotiated } from './registry/answer.ts';
import type { ResourceRegistry } from './registry/contract.ts';
import { visibleTo } from './registry/redacted.ts';
import { resolveResource } from './registry/resource-handler.ts';
import { serveWatchWebSocket } from './registry/watch-websocket.ts';
import type { WatchTools } from './registry/watch.ts';
import { resourceKey } from './routes.ts';

/** What a client may send in one message; nothing it sends is of any use here. */
const maxPayload = 4096;
/**
 * Those that a client may have a stream in; browsers fail where none of what they offer is taken. Tokens come in the
 * same header (base64url.bearer.authorization.k8s.io.…) and are never sent back.
 * Source: k8s.io/apimachinery/pkg/util/httpstream/wsstream
 */
const subprotocols = ['binary.k8s.io', 'base64.binary.k8s.io'];

type Upgrade = (request: IncomingMessage, response: ServerResponse, socket: Duplex, head: Buffer) => Promise<void>;

/** The same filters as for all requests; what they refuse is answered over HTTP. */
export function createUpgradeHandler(
  chain: Chain,
  registries: ReadonlyMap<string, ResourceRegistry>,
  tools: WatchTools,
): Upgrade {
  const handleProtocols = (offered: Set<string>) => [...offered].find((one) => subprotocols.includes(one)) ?? false;
  const sockets = new WebSocketServer({ noServer: true, maxPayload, handleProtocols });
  const refusals = new WeakMap<IncomingMessage, (error: Error) => void>();
  sockets.on('wsClientError', (error, _socket, request) => refusals.get(request)?.(badRequest(error.message)));
  return (request, response, socket, head) => {
    const accept = (): Promise<WebSocket> => {
      // Until it is a WebSocket the answer is HTTP's, and so is the end of the connection.
      return new Promise((resolve, reject) => {
        refusals.set(request, reject);
        sockets.handleUpgrade(request, socket, head, (accepted) => {
          // What is no frame ends the connection, whoever has it by then; unheard, the error would end the process.
          accepted.on('error', () => accepted.terminate());
          response.detachSocket(response.socket ?? request.socket);
          resolve(accepted);
        });
      });
    };
    const route = (info: RequestInfo): Route => {
      const registry = registries.get(resourceKey(info));
      if (registry === undefined) return refused(pathNotFound());
      // What is wrong with the path is told as it would be without an upgrade.
      const plain = resolveResource(registry, info, tools);
      if (info.verb !== 'watch')
        return isRefused(registry, info) ? plain : refused(badRequest('only watches can be upgraded'));
      if (!plain.longRunning) return plain;
      const handler: Route['handler'] = async (exchange) => {
        const visible = await visibleTo(exchange, registry);
        const form = negotiated(exchange, { table: true, partial: true });
        const switching = async (): Promise<WebSocket> => {
          const socket = await accept();
          exchange.audit?.started(101);
          return socket;
        };
        return serveWatchWebSocket(exchange, visible, form, tools, switching);
      };
      return { handler, longRunning: true, upgrade: true };
    };
    return chain.handleWith(route, request, response);
  };
}

function refused(error: Error): Route {
  return { handler: () => Promise.reject(error), longRunning: false };
}

function isRefused({ definition: { subresources } }: ResourceRegistry, { subresource }: RequestInfo): boolean {
  return Object.hasOwn(subresources, subresource) && subresources[subresource]?.type === 'refused';
}
