/** Upgrades from HTTP/1.1: to WebSocket for watches, to anything for proxies. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { badRequest, pathNotFound } from '../meta/status.ts';
import type { Chain, Route } from './http/chain.ts';
import type { RequestInfo } from './exchange.ts';
import { serveProxyUpgrade, type UpgradeRequest } from './proxy/serve-upgrade.ts';
import { isProxyVerb } from './subresource-verbs.ts';
import { negotiated } from './registry/answer.ts';
import type { ResourceRegistry } from './registry/contract.ts';
import { visibleTo } from './registry/redacted.ts';
import { resolveResource, type HandlerTools } from './registry/resource-handler.ts';
import { serveWatchWebSocket } from './registry/watch-websocket.ts';
import { resourceKey } from './routes.ts';

/** The most bytes of a client's message; all messages are ignored. */
const maxPayload = 4096;
/**
 * The subprotocols of streams; browsers fail if none of their offers is accepted. Tokens come in the same header
 * (base64url.bearer.authorization.k8s.io.…) and are never sent back. Source:
 * k8s.io/apimachinery/pkg/util/httpstream/wsstream
 */
const subprotocols = ['binary.k8s.io', 'base64.binary.k8s.io'];

type Upgrade = (request: IncomingMessage, response: ServerResponse, socket: Duplex, head: Buffer) => Promise<void>;

/** Handles upgrade requests through the same filters as all requests; refusals are answered over HTTP. */
export function createUpgradeHandler(
  chain: Chain,
  registries: ReadonlyMap<string, ResourceRegistry>,
  tools: HandlerTools,
): Upgrade {
  const handleProtocols = (offered: Set<string>) => [...offered].find((one) => subprotocols.includes(one)) ?? false;
  const sockets = new WebSocketServer({ noServer: true, maxPayload, handleProtocols });
  const refusals = new WeakMap<IncomingMessage, (error: Error) => void>();
  sockets.on('wsClientError', (error, _socket, request) => refusals.get(request)?.(badRequest(error.message)));
  return (request, response, socket, head) => {
    const accept = (): Promise<WebSocket> => {
      // Until the upgrade is done, the answer is an HTTP response.
      return new Promise((resolve, reject) => {
        refusals.set(request, reject);
        sockets.handleUpgrade(request, socket, head, (accepted) => {
          // An invalid frame ends the connection; without a listener the error would end the process.
          accepted.on('error', () => accepted.terminate());
          response.detachSocket(response.socket ?? request.socket);
          resolve(accepted);
        });
      });
    };
    const route = (info: RequestInfo): Route => {
      const registry = registries.get(resourceKey(info));
      if (registry === undefined) return refused(pathNotFound());
      // Problems with the path are answered as without an upgrade.
      const plain = resolveResource(registry, info, tools);
      const proxied = proxyRoute(registry, info, { ...tools, request, response, socket, head });
      if (proxied !== undefined) return proxied;
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

function proxyRoute(
  { definition: { subresources } }: ResourceRegistry,
  { subresource, namespace, name, verb }: RequestInfo,
  upgrade: UpgradeRequest & HandlerTools,
): Route | undefined {
  const found = Object.hasOwn(subresources, subresource) ? subresources[subresource] : undefined;
  if (found?.type !== 'proxy' || name === '' || !isProxyVerb(verb)) return undefined;
  const handler: Route['handler'] = (exchange) => serveProxyUpgrade(exchange, found, { namespace, name }, upgrade);
  return { handler, longRunning: true, upgrade: true };
}

function isRefused({ definition: { subresources } }: ResourceRegistry, { subresource }: RequestInfo): boolean {
  return Object.hasOwn(subresources, subresource) && subresources[subresource]?.type === 'refused';
}
