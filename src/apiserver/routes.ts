/** Finds the handler of a path; the same table for HTTP/1.1 and HTTP/2. */
import { pathNotFound } from '../meta/status.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Route } from './http/chain.ts';
import type { Exchange, Handler, Request, RequestInfo } from './exchange.ts';
import { sendText } from './http/health.ts';
import { isWatchPath } from './http/request-info.ts';
import { sendBody } from './http/send.ts';
import { methodNotAllowed, resolveResource } from './registry/resource-handler.ts';
import type { ResourceRegistry } from './registry/contract.ts';
import type { WatchTools } from './registry/watch.ts';

type PathTable = (path: string) => Handler | undefined;

interface RouteOptions {
  /** By `resourceKey`. */
  readonly registries: ReadonlyMap<string, ResourceRegistry>;
  readonly health: PathTable;
  /** Discovery, OpenAPI, version, metrics: asked in this order. */
  readonly tables: readonly PathTable[];
  readonly tools: WatchTools;
}

/** The key of a resource in the map of registries. */
export function resourceKey({
  group,
  version,
  resource,
}: {
  group: string;
  version: string;
  resource: string;
}): string {
  return `${group}/${version}/${resource}`;
}

/** Finds the handler of a request. */
export function createRouter(options: RouteOptions): (info: RequestInfo, request: Pick<Request, 'method'>) => Route {
  const { registries, health, tables, tools } = options;
  return (info, { method }) => {
    if (info.isResourceRequest) {
      const registry = registries.get(resourceKey(info));
      if (registry === undefined) return nowhere;
      if (isWatchPath(info)) {
        if (info.subresource !== '') return nowhere;
        if (method !== 'GET') return { handler: () => Promise.reject(methodNotAllowed()), longRunning: false };
      }
      return resolveResource(registry, info, tools);
    }
    const ofHealth = health(info.path);
    if (ofHealth !== undefined) return { handler: readOnly(ofHealth), longRunning: false, unlimited: true };
    for (const table of tables) {
      const handler = table(info.path);
      if (handler !== undefined) return { handler: readOnly(handler), longRunning: false };
    }
    return nowhere;
  };
}

const nowhere: Route = { handler: () => Promise.reject(pathNotFound()), longRunning: false };

function readOnly(handler: Handler): Handler {
  return (exchange) => {
    const { method } = exchange.request;
    return method === 'GET' || method === 'HEAD' ? handler(exchange) : Promise.reject(methodNotAllowed());
  };
}

/** The fields of /version (k8s.io/apimachinery/pkg/version Info). */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly [field: string]: string;
}

/** Serves /, /version and /metrics. @param paths further paths that / lists */
export function createInfoHandlers(version: VersionInfo, metrics: Metrics, paths: readonly string[]): PathTable {
  const all = [...paths, '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'].sort();
  const handlers = new Map<string, Handler>([
    ['/', (exchange) => sendJson(exchange, { paths: all })],
    ['/version', (exchange) => sendJson(exchange, version)],
    ['/metrics', async (exchange) => sendText(exchange, 200, await metrics.text(), metrics.contentType)],
  ]);
  return (path) => handlers.get(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
}

function sendJson(exchange: Exchange, value: object): Promise<void> {
  const body = Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
  return sendBody(exchange, { status: 200, contentType: 'application/json', body });
}
