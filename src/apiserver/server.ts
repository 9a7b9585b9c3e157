/** Builds one API server from its parts: it serves the given resources with everything that belongs to them. */
import type { Express } from 'express';
import type { Authenticator, Authorizer } from '../auth/contract.ts';
import { authenticatedGroup, meteredAuthenticator, meteredAuthorizer, unionAuthenticator } from '../auth/index.ts';
import type { KubeObject } from '../meta/object.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Tracer } from '../runtime/tracing.ts';
import type { OpenApiSchemas } from '../schema/contract.ts';
import type { Store } from '../storage/contract.ts';
import type { Admission, Quota } from './admission/contract.ts';
import type { AuditLog } from './audit/contract.ts';
import { registerBuildInfo } from './build-info.ts';
import { createDiscoveryHandlers } from './discovery/index.ts';
import type { Activity } from './flowcontrol/activity.ts';
import { createDeadlines } from './flowcontrol/deadlines.ts';
import { createFlowControl, type FlowLimits } from './flowcontrol/flow-control.ts';
import { createUnsentBytes, defaultUnsentLimit } from './flowcontrol/unsent.ts';
import { createChain } from './http/chain.ts';
import type { Request, RequestInfo, Response } from './exchange.ts';
import type { Front } from './front.ts';
import { frontRoute } from './front-route.ts';
import { createExpressApp } from './http/express-app.ts';
import { createHealthHandlers, ExpectedFailure, type HealthCheck } from './http/health.ts';
import { createRequestMetrics } from './http/request-metrics.ts';
import { createTlsServer, type ServingCredentials, type TlsServer, type TlsServerOptions } from './http/tls-server.ts';
import { createServerConnections } from './proxy/connections.ts';
import { createOpenApiHandlers, rootPath, type OpenApiInfo } from './openapi/index.ts';
import type { ResourceRegistry } from './registry/contract.ts';
import type { ResourceDefinition } from './resource.ts';
import type { NamespaceLookup } from './registry/index.ts';
import { createRegistries, type ServedResource } from './registries.ts';
import { isBuiltIn } from './registry/resource-handler.ts';
import { commonPaths, createInfoHandlers, createRouter, resourceKey, type VersionInfo } from './routes.ts';
import { leaveOthers, stop, type LeaveOptions } from './stop.ts';
import { createUpgradeHandler } from './upgrades.ts';
import { servedDefinitions } from './versions/index.ts';
import type { StoreHub } from './watchcache/index.ts';
import { createZPages, type ComponentInfo } from './zpages/index.ts';

export type { Activity } from './flowcontrol/activity.ts';
export { ExpectedFailure, type HealthCheck } from './http/health.ts';
export type { ServingCredentials } from './http/tls-server.ts';
export type { VersionInfo } from './routes.ts';
export type { LeaveOptions } from './stop.ts';
export type { ServedResource } from './registries.ts';
export { versionOf } from './versions/index.ts';
export type { ComponentInfo } from './zpages/index.ts';

/** Everything that a server receives. */
export interface ApiServerOptions extends FlowLimits {
  readonly resources: readonly ServedResource[];
  readonly store: Store;
  /** Not started yet: the resources' caches are created here. */
  readonly hub: StoreHub;
  readonly authenticators: readonly Authenticator[];
  readonly authorizer: Authorizer;
  /** Whether who has the right to may act for others, as with kubectl's --as; absent: nobody may. */
  readonly impersonation?: boolean;
  /** Absent: all requests are for the API. */
  readonly front?: Front;
  readonly namespaces?: NamespaceLookup;
  /** Absent: no admission webhooks are called. */
  readonly admission?: Admission;
  /** Absent: new objects are not counted. */
  readonly quota?: Quota;
  readonly openApiSchemas: OpenApiSchemas;
  readonly openApiInfo: OpenApiInfo;
  readonly clock: Clock;
  readonly random: () => number;
  readonly uid: () => string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How long a request may take in milliseconds, except watches and other streams; 60,000 if absent. */
  readonly requestTimeoutMs?: number;
  /** Bytes that may wait for clients to read them, for all clients together; absent: depends on the memory. */
  readonly unsentBytes?: number;
  /** The most connections at a time; absent: only the system limits them. */
  readonly maxConnections?: number;
  /** Health checks besides ping, shutdown and caches. */
  readonly checks?: readonly HealthCheck[];
  readonly version: VersionInfo;
  /** What /statusz and /flagz tell; absent: they are not served. */
  readonly component?: ComponentInfo;
  /** Absent: nothing is audited. The caller that opened it closes it after the server has stopped. */
  readonly audit?: AuditLog;
  /** Absent: requests are not traced. */
  readonly tracer?: Tracer;
}

/** A server that can listen and stop. */
export interface ApiServer {
  /** The whole server as an express application, without TLS. */
  readonly app: Express;
  readonly handle: (request: Request, response: Response) => Promise<void>;
  /** One for each resource, in its hub's version. */
  readonly registries: readonly ResourceRegistry[];
  readonly activity: Activity;
  /** The registry of a served resource, in its hub's version. @throws Error if it is not served: a mistake in the composition */
  registry<T extends KubeObject>(group: string, plural: string): ResourceRegistry<T>;
  /** Resolves with the bound address. @throws Error such as EADDRINUSE */
  listen(address: {
    host: string;
    port: number;
    credentials: ServingCredentials;
  }): Promise<{ host: string; port: number }>;
  /** Replaces the serving certificate and key from the next handshake on. */
  updateCredentials(credentials: ServingCredentials): void;
  /**
   * Stops the server: /readyz fails; new watches are refused and running ones end; other requests may finish within
   * graceMs milliseconds; then all connections are closed.
   * @param leave where others serve the same
   */
  stop(graceMs: number, leave?: LeaveOptions): Promise<void>;
}

/** Removes the object type from a definition and its registry. Only here is such a cast made. */
export function served<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  registry?: ResourceRegistry<T>,
): ServedResource {
  const erased = definition as unknown as ResourceDefinition;
  return registry === undefined
    ? { definition: erased }
    : { definition: erased, registry: registry as unknown as ResourceRegistry };
}

/** A server that does not listen yet; start the hub before it listens. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { clock, random, metrics } = options;
  const { served: registries, hubs } = createRegistries(options);
  const tools = { clock, random, metrics, connections: createServerConnections() };
  const state = { stopping: false };
  const route = createRouter({ registries, tools, metrics, ...handlerTables(options, () => state.stopping) });
  const requestTimeoutMs = options.requestTimeoutMs ?? 60_000;
  const deadlines = createDeadlines(clock, requestTimeoutMs);
  const flow = createFlowControl({ ...options, requestTimeoutMs });
  const chain = createChain({
    route,
    authenticator: meteredAuthenticator(authenticatedGroup(unionAuthenticator(options.authenticators)), metrics, clock),
    authorizer: meteredAuthorizer(options.authorizer, metrics, clock),
    impersonation: options.impersonation ?? false,
    unsent: createUnsentBytes(options.unsentBytes ?? defaultUnsentLimit()),
    flow,
    deadlines,
    metrics: createRequestMetrics(metrics, (info) => isServed(registries, info)),
    clock,
    logger: options.logger,
    requestId: options.uid,
    ...witnessesOf(options),
  });
  registerBuildInfo(metrics, options.version);
  const failures = createFailureCounters(metrics);
  const { front } = options;
  const handle: ApiServer['handle'] = (request, response) => {
    const beside = front?.find(request);
    if (beside !== undefined) return chain.handleWith(() => frontRoute(beside), request, response);
    front?.admit(request);
    return chain.handle(request, response);
  };
  const upgradeApi = createUpgradeHandler(chain, registries, tools);
  const upgrade: typeof upgradeApi = (request, ...rest) => {
    front?.admit(request);
    return upgradeApi(request, ...rest);
  };
  let tls: TlsServer | undefined;
  return {
    app: createExpressApp(handle),
    handle,
    registries: hubs,
    activity: chain.activity,
    registry: <T extends KubeObject>(group: string, plural: string) => find<T>(hubs, group, plural),
    listen({ host, port, credentials }) {
      tls = createTlsServer({ ...options, ...failures, credentials, handle, upgrade });
      return tls.listen({ host, port });
    },
    updateCredentials: (credentials) => tls?.update(credentials),
    async stop(graceMs, leave) {
      state.stopping = true;
      if (leave !== undefined) await leaveOthers(tls, clock, leave.delayMs);
      const spread = { random, milliseconds: leave?.watchesMs ?? 0 };
      await stop(chain, tls, { clock, graceMs: graceMs + spread.milliseconds, spread });
      tools.connections.close();
      deadlines.stop();
      flow.stop();
    },
  };
}

/** Who records what requests do. */
function witnessesOf({ audit, tracer }: ApiServerOptions): Pick<ApiServerOptions, 'audit' | 'tracer'> {
  return { ...(audit === undefined ? {} : { audit }), ...(tracer === undefined ? {} : { tracer }) };
}

/** Counters of connections that failed before a request. */
function createFailureCounters(
  metrics: Metrics,
): Required<Pick<TlsServerOptions, 'onHandshakeError' | 'onRefused' | 'onSessionDeath'>> {
  const handshakes = metrics.counter('apiserver_tls_handshake_errors_total', 'TLS handshakes that failed.');
  const refused = metrics.counter(
    'apiserver_connections_refused_total',
    'Connections closed unseen: there were as many as there may be (limit), or the system had no room (accept).',
    ['reason'],
  );
  for (const reason of ['limit', 'accept']) refused.inc({ reason }, 0);
  const dead = metrics.counter(
    'apiserver_http2_dead_sessions_total',
    'HTTP/2 connections closed because their session had ended unseen (ended), or their client was gone (silent).',
    ['reason'],
  );
  for (const reason of ['ended', 'silent']) dead.inc({ reason }, 0);
  return {
    onHandshakeError: () => handshakes.inc(),
    onRefused: (reason) => refused.inc({ reason }),
    onSessionDeath: (reason) => dead.inc({ reason }),
  };
}

function isServed(registries: ReadonlyMap<string, ResourceRegistry>, info: RequestInfo): boolean {
  const registry = registries.get(resourceKey(info));
  if (registry === undefined) return false;
  return info.subresource === '' || Object.hasOwn(registry.definition.subresources, info.subresource);
}

function find<T extends KubeObject>(
  registries: readonly ResourceRegistry[],
  group: string,
  plural: string,
): ResourceRegistry<T> {
  for (const registry of registries) {
    const { definition } = registry;
    if (definition.group === group && definition.plural === plural) return registry as unknown as ResourceRegistry<T>;
  }
  throw new Error(`no resource ${plural} in group ${JSON.stringify(group)}`);
}

function handlerTables(options: ApiServerOptions, isStopping: () => boolean) {
  const { hub, logger } = options;
  const definitions = options.resources.flatMap(({ definition }) => servedDefinitions(definition));
  const groupVersions = definitions.map(rootPath);
  const checks: HealthCheck[] = [
    { name: 'ping', endpoints: ['livez', 'readyz'], check: () => undefined },
    {
      name: 'caches',
      endpoints: ['readyz'],
      check: () => failIf(!hub.synced(), 'the caches are not filled yet', 'warn'),
    },
    ...(options.checks ?? []),
    {
      name: 'shutdown',
      endpoints: ['readyz'],
      check: () => failIf(isStopping(), 'the server is shutting down', 'debug'),
    },
  ];
  const health = createHealthHandlers(checks, (check, error) => logFailure(logger, check, error));
  const zPages = zPagesOf(options);
  const paths = [...commonPaths, '/apis', ...new Set(groupVersions), ...zPages.paths];
  const tables = [
    createDiscoveryHandlers(definitions),
    createOpenApiHandlers(definitions, options.openApiSchemas, options.openApiInfo),
    createInfoHandlers(options.version, options.metrics, paths),
    zPages.handlers,
  ];
  const builtIn = definitions.filter(isBuiltIn).map(rootPath);
  const getOnly = new Set(['/version', '/api', ...builtIn]);
  return { health, tables, isGetOnly: (path: string) => getOnly.has(path.replace(/(?<=.)\/$/, '')) };
}

function zPagesOf({ component, version, clock, random }: ApiServerOptions) {
  if (component === undefined) return { paths: [], handlers: () => undefined };
  const { goVersion = '' } = version;
  const paths = component.flags === undefined ? ['/statusz'] : ['/flagz', '/statusz'];
  const options = { ...component, goVersion, clock, random };
  return { paths, handlers: createZPages({ ...options, paths: [...commonPaths, ...paths] }) };
}

function failIf(condition: boolean, why: string, level: 'debug' | 'warn'): void {
  if (condition) throw new ExpectedFailure(why, level);
}

function logFailure(logger: Logger, check: string, error: unknown): void {
  const message = 'health check failed';
  if (error instanceof ExpectedFailure) logger[error.level]({ check, reason: error.message }, message);
  else logger.warn({ check, error }, message);
}
