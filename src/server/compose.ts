/**
 * Puts the rooms of the program together: everything else receives what it needs from here. A mode says what is special
 * about one of the two ways to run: the playground, and the server behind kube-apiserver.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import type { ResourceRegistry } from '../apiserver/registry/contract.ts';
import {
  createApiServer,
  type ApiServer,
  type ApiServerOptions,
  type HealthCheck,
  type LeaveOptions,
  type ServedResource,
  type ServingCredentials,
  type VersionInfo,
} from '../apiserver/server.ts';
import { createStoreHub, type StoreHub } from '../apiserver/watchcache/index.ts';
import type { AccessReviewer, EventRecorder, NativeClients, PodConnector, PodExec } from '../clients/contract.ts';
import { forecastUpdate } from '../controller/index.ts';
import { createGroup, type GroupDependencies, type KubeDirectorGroup } from '../registry/kubedirector/index.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Leadership } from '../runtime/leadership.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { withTimeLimit } from '../runtime/time-limit.ts';
import type { Tracer } from '../runtime/tracing.ts';
import type { Turns } from '../runtime/turns.ts';
import type { Revision, Store } from '../storage/contract.ts';
import {
  backgroundTurns,
  composeController,
  controllerUserOf,
  holdersOf,
  type ComposedController,
  type ControllerSettings,
} from './controller.ts';
import { claimTerm, type FencedTerm } from './fenced-term.ts';
import { later } from './later.ts';
import { controlling, eventsWhile, execWhile, nativeWhile } from './leading.ts';
import { phaseOf } from './namespace-phase.ts';
import { nativeSchemas } from './resources.ts';
import { allEnded } from './started.ts';
import { storageChecks } from './storage-check.ts';
import { buildInfo, componentInfo, version } from './version.ts';

/** What both modes are made of. */
interface CompositionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Decides when the controller of this process works. */
  readonly leadership: Leadership;
  readonly systemNamespace: string;
  /** Clusters are served in these only; absent: in all. */
  readonly namespaces?: readonly string[];
  /** Memory for past states that the histories of changes keep; a moderate amount if absent. */
  readonly historyBytes?: number;
  /** The flags of the command line, by name, for /flagz. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Absent: requests and reconciles are not traced. */
  readonly tracer?: Tracer;
}

/** What a mode may use. */
export interface ModeParts {
  /** Not started yet. */
  readonly hub: StoreHub;
  /** @throws Error before the server is made */
  readonly server: () => ApiServer;
}

/** The settings of the API server that a mode chooses. */
type ServerSettings = Pick<
  ApiServerOptions,
  | 'authenticators'
  | 'authorizer'
  | 'impersonation'
  | 'front'
  | 'namespaces'
  | 'admission'
  | 'quota'
  | 'audit'
  | 'limits'
  | 'requestTimeoutMs'
  | 'maxConnections'
>;

/** What a way to run adds, or does in its own manner. */
export interface Mode {
  readonly server: ServerSettings;
  /** The version that /version tells. */
  readonly version: VersionInfo;
  /** Checks of health beside those of the store. */
  readonly checks: readonly HealthCheck[];
  /** @throws Error before there are any */
  readonly native: () => NativeClients;
  /** How members are reached. @throws Error before it is known */
  readonly pods: () => PodConnector;
  /** How commands of users' requests run in members. @throws Error before it is known */
  readonly exec: () => PodExec;
  readonly access: AccessReviewer;
  readonly urlProblem: GroupDependencies['urlProblem'];
  readonly podTemplates?: NonNullable<GroupDependencies['podTemplates']>;
  /** All that is served. */
  resources(group: KubeDirectorGroup): readonly ServedResource[];
  /** What the controller works on; asked for once the caches are filled. @param turns shared by all background work */
  workloads(turns: Turns): Workloads;
  readonly controller: ControllerSettings;
  /** Whether the native API may fail to answer the controller: then it is not waited for longer than its grace. */
  readonly mayBeSilent: boolean;
}

/** Native objects, containers and events, real or simulated. */
export interface Workloads {
  readonly native: NativeClients;
  readonly exec: PodExec;
  readonly events: EventRecorder;
  /** After the views have started: whoever listens by then is told of every object there is. */
  start(signal: AbortSignal): Promise<void>;
  stop(): void;
}

/** A server with its controller. */
interface Composition {
  /** For tests that go without TLS. */
  readonly server: ApiServer;
  /** @throws Error EADDRINUSE … */
  listen(address: { host: string; port: number; credentials: ServingCredentials }): Promise<{ port: number }>;
  /** Fills the caches from the store, then starts views and workloads, and the controller once this process leads. */
  start(signal: AbortSignal): Promise<void>;
  /** Aborts, with the reason, if the controller can't work because of a defect. */
  readonly failed: AbortSignal;
  /** @param leave as ApiServer.stop */
  stop(graceMs: number, leave?: LeaveOptions): Promise<void>;
}

/** Makes everything of one mode; nothing runs before `start`. */
export function compose(options: CompositionOptions, createMode: (parts: ModeParts) => Mode): Composition {
  const { store, clock, logger, metrics, historyBytes } = options;
  const limits = historyBytes === undefined ? {} : { limits: { historyBytes } };
  const hub = createStoreHub({ store, clock, logger, metrics, ...limits });
  const lookup = later<ApiServer>('the server');
  const mode = createMode({ hub, server: lookup.get });
  const clusters = later<ResourceRegistry<KubeDirectorCluster>>('the registry of clusters');
  const events = later<EventRecorder>('the recorder of events');
  const group = composeGroup(options, mode, {
    ...{ hub, server: lookup.get, clusters: clusters.get, events: events.get },
  });
  const server = composeServer(options, mode, { hub, group, resources: mode.resources(group) });
  lookup.set(server);
  clusters.set(server.registry('kubedirector.hpe.com', 'kubedirectorclusters'));
  let workloads: Workloads | undefined;
  let leading: Promise<void> | undefined;
  const stopping = new AbortController();
  const failed = new AbortController();
  return {
    server,
    failed: failed.signal,
    listen: (address) => server.listen(address),
    async start(signal) {
      await hub.start(signal);
      // Of simulators and controller together: who asks the server for something need not wait for all of them.
      const turns = backgroundTurns(server);
      workloads = mode.workloads(turns);
      events.set(workloads.events);
      await workloads.start(signal);
      const made = { server, group, workloads, turns };
      const claiming = { store, clock, logger, shows: (revision: Revision) => hub.waitFor(revision) };
      const work = controlling(
        (term) => claimTerm(term, claiming),
        (term) => composeForTerm(options, mode, made, term),
      );
      leading = options.leadership.lead(work, AbortSignal.any([signal, stopping.signal]));
      leading.catch((error: unknown) => failed.abort(error));
    },
    async stop(graceMs, leave) {
      stopping.abort();
      const ended = mode.mayBeSilent ? endedWithin(graceMs, leading, options) : leading;
      await allEnded([server.stop(graceMs, leave), ended ?? Promise.resolve()]).finally(() => workloads?.stop());
    },
  };
}

function composeGroup(
  { metrics, systemNamespace, namespaces, clock, logger }: CompositionOptions,
  { native, pods, exec, access, urlProblem, podTemplates }: Mode,
  made: ModeParts & Pick<GroupDependencies, 'clusters'> & { readonly events: () => EventRecorder },
): KubeDirectorGroup {
  const { hub, server, clusters, events } = made;
  const user = controllerUserOf(systemNamespace);
  return createGroup({
    ...{ hub, metrics, systemNamespace, randomBytes, access, native, pods, clusters, urlProblem },
    logs: { exec, clock },
    now: () => clock.now(),
    isControlled: true,
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(podTemplates === undefined ? {} : { podTemplates }),
    forecast: forecastUpdate,
    isEnding: (namespace) => phaseOf(native().namespaces.get('', namespace)) === 'Terminating',
    holders: () => holdersOf(server(), { user, clock, logger, events: events() }),
  });
}

function composeServer(
  { store, clock, logger, metrics, flags, tracer }: CompositionOptions,
  mode: Mode,
  made: { readonly hub: StoreHub; readonly group: KubeDirectorGroup; readonly resources: readonly ServedResource[] },
): ApiServer {
  const { hub, group, resources } = made;
  return createApiServer({
    ...{ store, hub, clock, logger, metrics, resources, uid: randomUUID, random: Math.random },
    ...mode.server,
    openApiSchemas: { ...nativeSchemas, ...group.schemas },
    openApiInfo: { title: 'KubeDirector', version },
    checks: [...storageChecks(store), ...mode.checks],
    version: { ...mode.version, ...buildInfo(process) },
    component: componentInfo(flags),
    ...(tracer === undefined ? {} : { tracer }),
  });
}

/** All that one term's leader does, on what is its own. */
function composeForTerm(
  { systemNamespace, namespaces, clock, logger, metrics, tracer }: CompositionOptions,
  mode: Mode,
  made: {
    readonly server: ApiServer;
    readonly group: KubeDirectorGroup;
    readonly workloads: Workloads;
    readonly turns: Turns;
  },
  term: FencedTerm,
): ComposedController {
  const { server, group, turns, workloads } = made;
  const controller = composeController({
    ...{ server, systemNamespace, clock, logger, metrics, turns, term },
    native: nativeWhile(term, workloads.native),
    exec: execWhile(term, workloads.exec),
    events: eventsWhile(term, workloads.events),
    user: controllerUserOf(systemNamespace),
    ...(tracer === undefined ? {} : { tracer }),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...mode.controller,
  });
  return {
    start(signal) {
      controller.start(signal);
      group.lead(signal, term.fence);
    },
    stop: () => controller.stop(),
  };
}

/** The controller may be waiting for a kube-apiserver that is silent: what it is about is done again after the next start. */
async function endedWithin(
  graceMs: number,
  leading: Promise<void> | undefined,
  { clock, logger }: Pick<CompositionOptions, 'clock' | 'logger'>,
): Promise<void> {
  if (leading === undefined) return;
  const late = new Error(`the controller is still busy after ${graceMs / 1000} s`);
  await withTimeLimit(leading, { clock, milliseconds: graceMs, late: () => late }).catch((error: unknown) => {
    if (error !== late) throw error;
    logger.warn({ error }, 'the controller is left to itself');
  });
}
