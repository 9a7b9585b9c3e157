/** Finds the handler of a path; the same table for HTTP/1.1 and HTTP/2. */
import { badRequest, methodNotSupported, pathNotFound, type StatusError } from '../meta/status.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Route } from './http/chain.ts';
import type { Exchange, Handler, Request, RequestInfo } from './exchange.ts';
import { sendText } from './http/health.ts';
import { isWatchPath, missesWatchedName } from './http/request-info.ts';
import { sendBody } from './http/send.ts';
import { isBuiltIn, methodNotAllowed, resolveResource, type HandlerTools } from './registry/resource-handler.ts';
import type { ResourceRegistry } from './registry/contract.ts';
import type { ResourceDefinition } from './resource.ts';

type PathTable = (path: string) => Handler | undefined;

interface RouteOptions {
  /** By `resourceKey`. */
  readonly registries: ReadonlyMap<string, ResourceRegistry>;
  readonly health: PathTable;
  /** Discovery, OpenAPI, version, metrics: asked in this order. */
  readonly tables: readonly PathTable[];
  readonly metrics: Metrics;
  /** Paths of these tables that do not allow HEAD, as in kube-apiserver. */
  readonly isGetOnly: (path: string) => boolean;
  readonly tools: HandlerTools;
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
  const { registries, health, tables, isGetOnly, tools } = options;
  const deprecatedRequests = createDeprecatedRequests(options.metrics);
  return (info, { method }) => {
    if (info.isResourceRequest) {
      const registry = registries.get(resourceKey(info));
      if (registry === undefined) return refused(pathNotFound());
      const problem = resourceProblem(registry.definition, info, method);
      const found = problem === undefined ? resolveResource(registry, info, tools) : refused(problem);
      return warned(found, registry.definition, () => deprecatedRequests(registry.definition, info));
    }
    const ofHealth = health(info.path);
    if (ofHealth !== undefined)
      return { handler: readOnly(ofHealth, ['GET', 'HEAD']), longRunning: false, unlimited: true };
    const methods = isGetOnly(info.path) ? ['GET'] : ['GET', 'HEAD'];
    for (const table of tables) {
      const handler = table(info.path);
      if (handler !== undefined) return { handler: readOnly(handler, methods), longRunning: false };
    }
    return refused(pathNotFound());
  };
}

/**
 * Which deprecated versions clients still use. Subresources that are not there are not counted, so that clients cannot
 * fill the memory with invented ones. Source: k8s.io/apiserver/pkg/endpoints/metrics
 */
function createDeprecatedRequests(metrics: Metrics): (definition: ResourceDefinition, info: RequestInfo) => void {
  const gauge = metrics.gauge(
    'apiserver_requested_deprecated_apis',
    'Deprecated versions that have been requested: 1, by group, version, resource and subresource.',
    ['group', 'version', 'resource', 'subresource', 'removed_release'],
  );
  return ({ subresources }, { group, version, resource, subresource }) => {
    if (subresource !== '' && !Object.hasOwn(subresources, subresource)) return;
    gauge.set({ group, version, resource, subresource, removed_release: '' }, 1);
  };
}

/**
 * Every answer of a deprecated version says so. Source: customresource_handler.go of apiextensions-apiserver, metrics.go
 * @param count called for every request of such a version
 */
function warned(route: Route, { deprecated }: ResourceDefinition, count: () => void): Route {
  const { warning } = deprecated ?? {};
  if (warning === undefined) return route;
  return {
    ...route,
    handler(exchange) {
      exchange.warn(warning);
      count();
      exchange.audit?.annotate('k8s.io/deprecated', 'true');
      return route.handler(exchange);
    },
  };
}

function refused(problem: StatusError): Route {
  return { handler: () => Promise.reject(problem), longRunning: false };
}

/** What kube-apiserver refuses before it looks at the verb. */
function resourceProblem(
  definition: ResourceDefinition,
  info: RequestInfo,
  method: string | undefined,
): StatusError | undefined {
  const builtIn = isBuiltIn(definition);
  if (!isWatchPath(info)) return builtIn && method === 'HEAD' ? methodNotAllowed() : undefined;
  if (info.subresource !== '') {
    const isThere = !builtIn && Object.hasOwn(definition.subresources, info.subresource);
    return isThere ? methodNotSupported({ group: info.group, resource: info.resource }, 'watch') : pathNotFound();
  }
  // On these paths of custom kinds, every method watches.
  if (builtIn && method !== 'GET') return methodNotAllowed();
  return missesWatchedName(info) ? badRequest("fieldSelector metadata.name doesn't match requested name") : undefined;
}

function readOnly(handler: Handler, methods: readonly string[]): Handler {
  return (exchange) =>
    methods.includes(exchange.request.method ?? '') ? handler(exchange) : Promise.reject(methodNotAllowed());
}

/** The fields of /version (k8s.io/apimachinery/pkg/version Info). */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly [field: string]: string;
}

/** The paths that every server has beside those of its resources. */
export const commonPaths = ['/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];

/** Serves /, /version and /metrics. @param paths all that / lists */
export function createInfoHandlers(version: VersionInfo, metrics: Metrics, paths: readonly string[]): PathTable {
  const all = [...paths].sort();
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
