/** Puts the rooms of a server behind kube-apiserver together. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { createAdmission, type Admission } from '../../apiserver/admission/index.ts';
import type { AuditLog } from '../../apiserver/audit/index.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import { createApiServer, type ApiServer, type HealthCheck, type ServingCredentials } from '../../apiserver/server.ts';
import { createStoreHub, type StoreHub } from '../../apiserver/watchcache/index.ts';
import type { Authenticator, Authorizer } from '../../auth/contract.ts';
import type {
  AccessReviewer,
  AdmissionPolicies,
  EventRecorder,
  NativeClients,
  PodExec,
  StatefulSetDryRun,
  WebhookCaller,
  WebhookConfigurations,
} from '../../clients/contract.ts';
import { previewStatefulSets } from '../../controller/index.ts';
import { createGroup, createUrlProbe, type KubeDirectorGroup } from '../../registry/kubedirector/index.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createTurns } from '../../runtime/turns.ts';
import { withTimeLimit } from '../../runtime/time-limit.ts';
import type { Store } from '../../storage/contract.ts';
import { composeController, controllerUserOf, holdersOf, type ComposedController } from '../controller.ts';
import { later } from '../later.ts';
import { phaseOf } from '../namespace-phase.ts';
import { groupResources, nativeSchemas } from '../resources.ts';
import { allEnded } from '../started.ts';
import { storageChecks } from '../storage-check.ts';
import { buildInfo, version } from '../version.ts';
import type { ControllerFlags, LimitOptions } from './options.ts';

/** What stands for the cluster: a real one's, or a test's. */
export interface Surroundings {
  readonly native: NativeClients;
  readonly exec: PodExec;
  readonly events: EventRecorder;
  /** In the order in which they are asked. */
  readonly authenticators: readonly Authenticator[];
  readonly authorizer: Authorizer;
  readonly access: AccessReviewer;
  /** What the cluster wants to be asked about what is written; absent: nothing. */
  readonly admission?: {
    readonly configurations: WebhookConfigurations;
    readonly caller: WebhookCaller;
    readonly policies: AdmissionPolicies;
  };
  /** Absent: pods are judged by the rules of this program alone. */
  readonly dryRun?: StatefulSetDryRun;
  /** Whether what is needed of the cluster is known by now. */
  readonly checks: readonly HealthCheck[];
}

interface CompositionOptions extends Surroundings {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly systemNamespace: string;
  /** Clusters are served in these only; absent: in all. */
  readonly namespaces?: readonly string[];
  readonly limits: Omit<LimitOptions, 'maxConnections'>;
  /** At a time. Absent: as many as the system gives. */
  readonly maxConnections?: number;
  readonly controller: Omit<ControllerFlags, 'guestToolsFile' | 'execs'> & { readonly guestTools?: Uint8Array };
  readonly audit?: AuditLog;
}

interface Composition {
  /** For tests that go without TLS. */
  readonly server: ApiServer;
  /** @throws Error EADDRINUSE … */
  listen(address: { host: string; port: number; credentials: ServingCredentials }): Promise<{ port: number }>;
  /**
   * Fills the caches from the store, and starts views and controller, which wait for what the native clients show.
   * Whoever listens to these by the time they are started is told of every object there is: start them after this.
   */
  start(signal: AbortSignal): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

/** The server on a real cluster: KubeDirector's resources only, native objects through their clients. */
export function composeServer(options: CompositionOptions): Composition {
  const { store, clock, logger, metrics, native, systemNamespace, access, dryRun } = options;
  const { historyBytes } = options.limits;
  const hub = createStoreHub({ store, clock, logger, metrics, limits: { historyBytes } });
  const clusters = later<ResourceRegistry<KubeDirectorCluster>>('the registry of clusters');
  const group = createGroup({
    ...{ hub, metrics, systemNamespace, randomBytes, access },
    ...(options.namespaces === undefined ? {} : { namespaces: options.namespaces }),
    ...{ native: () => native, clusters: clusters.get },
    isEnding: (namespace) => phaseOf(native.namespaces.get('', namespace)) === 'Terminating',
    holders: () => holdersOf(server, { user: controllerUserOf(systemNamespace), clock, logger }),
    urlProblem: createUrlProbe({ allowPrivateAddresses: options.controller.probePrivateUrls }),
    ...(dryRun === undefined ? {} : { podTemplates: { dryRun, statefulSets: previewStatefulSets, clock } }),
  });
  const server: ApiServer = createServer(options, hub, group);
  clusters.set(server.registry('kubedirector.hpe.com', 'kubedirectorclusters'));
  let controller: ComposedController | undefined;
  return {
    server,
    listen: (address) => server.listen(address),
    async start(signal) {
      await hub.start(signal);
      group.start(signal);
      controller = createController(options, server);
      controller.start(signal);
    },
    async stop(graceMs) {
      await allEnded([server.stop(graceMs), ended(controller, graceMs, options)]);
    },
  };
}

/** It may be waiting for a kube-apiserver that is silent: what it is about is done again after the next start. */
async function ended(
  controller: ComposedController | undefined,
  graceMs: number,
  { clock, logger }: Pick<CompositionOptions, 'clock' | 'logger'>,
): Promise<void> {
  if (controller === undefined) return;
  const late = new Error(`the controller is still busy after ${graceMs / 1000} s`);
  await withTimeLimit(controller.stop(), { clock, milliseconds: graceMs, late: () => late }).catch((error: unknown) => {
    if (error !== late) throw error;
    logger.warn({ error }, 'the controller is left to itself');
  });
}

function createController(options: CompositionOptions, server: ApiServer): ComposedController {
  const { native, exec, events, systemNamespace, clock, logger, metrics } = options;
  const { clusters, guests, guestTools, configureLimitMs, notifyTimeoutMs, serviceAuthTokenAnnotation } =
    options.controller;
  return composeController({
    ...{ server, native, exec, events, systemNamespace, clock, logger, metrics },
    user: controllerUserOf(systemNamespace),
    ...(options.namespaces === undefined ? {} : { namespaces: options.namespaces }),
    turns: createTurns(),
    parallelism: { clusters, guests },
    ...{ configureLimitMs, notifyTimeoutMs, serviceAuthTokenAnnotation },
    ...(guestTools === undefined ? {} : { guestTools }),
  });
}

function createServer(options: CompositionOptions, hub: StoreHub, group: KubeDirectorGroup): ApiServer {
  const { store, clock, logger, metrics, native, limits, audit } = options;
  const admission = admissionOf(options);
  return createApiServer({
    ...{ store, hub, clock, logger, metrics, uid: randomUUID, random: Math.random },
    resources: groupResources(group),
    authenticators: options.authenticators,
    authorizer: options.authorizer,
    namespaces: {
      // What was made a moment ago may not be in the view yet.
      phase: async (name) =>
        phaseOf(native.namespaces.get('', name) ?? (await native.namespaces.read({ namespace: '', name }))),
    },
    openApiSchemas: { ...nativeSchemas, ...group.schemas },
    openApiInfo: { title: 'KubeDirector', version },
    limits: { readOnly: limits.readOnlyRequests, mutating: limits.mutatingRequests },
    requestTimeoutMs: limits.requestTimeoutMs,
    ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
    checks: [...storageChecks(store), ...options.checks],
    version: versionInfo(),
    ...(audit === undefined ? {} : { audit }),
    ...(admission === undefined ? {} : { admission }),
  });
}

function admissionOf(options: CompositionOptions): Admission | undefined {
  const { admission, native, authorizer, clock, logger, metrics } = options;
  if (admission === undefined) return undefined;
  const { namespaces } = native;
  return createAdmission({ ...admission, namespaces, authorizer, clock, logger, metrics, uid: randomUUID });
}

function versionInfo() {
  const [major = '', minor = ''] = version.split('.');
  return { major, minor, gitVersion: `v${version}`, ...buildInfo(process) };
}
