/** The controller on its own API and on the native resources, in process. */
import { randomBytes, randomUUID } from 'node:crypto';
import type {
  KubeDirectorApp,
  KubeDirectorBackup,
  KubeDirectorCluster,
  KubeDirectorConfig,
  KubeDirectorStatusBackup,
} from '../apis/kubedirector/types.ts';
import { scheduleLabel } from '../apis/kubedirector/well-known.ts';
import { inBackground } from '../apiserver/registry/index.ts';
import { createInProcessClient, type InProcessClient } from '../apiserver/client/index.ts';
import type { ApiServer } from '../apiserver/server.ts';
import type { EventRecorder, NativeClients, PodExec } from '../clients/contract.ts';
import { createController, defaultTimings } from '../controller/index.ts';
import type { KubeObject } from '../meta/object.ts';
import type { Holders } from '../registry/kubedirector/index.ts';
import type { UserInfo } from '../meta/user.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Tracer } from '../runtime/tracing.ts';
import { createBackgroundTurns } from '../runtime/background-turns.ts';
import type { Turns } from '../runtime/turns.ts';
import type { FencedTerm } from './fenced-term.ts';

/** As whom the controller speaks to its own API: the service account that it runs as. */
export function controllerUserOf(systemNamespace: string): UserInfo {
  return {
    name: `system:serviceaccount:${systemNamespace}:kubedirector`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${systemNamespace}`, 'system:authenticated'],
  };
}

/** How apps and the configuration are let go that clusters used: on the controller's behalf. */
export function holdersOf(
  server: ApiServer,
  { user, clock, logger, events }: Pick<Holders, 'user' | 'clock' | 'logger' | 'events'>,
): Holders {
  return {
    apps: server.registry<KubeDirectorApp>('kubedirector.hpe.com', 'kubedirectorapps'),
    configs: server.registry<KubeDirectorConfig>('kubedirector.hpe.com', 'kubedirectorconfigs'),
    ...{ user, requestId: randomUUID, clock, logger, events },
  };
}

/** Milliseconds after a request in which more are expected. */
export const pressedMs = 20;

/** Turns for all that a server does in the background: its requests come first. */
export function backgroundTurns({ activity }: Pick<ApiServer, 'activity'>): Turns {
  return createBackgroundTurns({ pressed: () => activity.sinceRequest() < pressedMs });
}

/** How the controller works; each has a default. */
export interface ControllerSettings {
  /** Clusters reconciled at a time, and members worked on at a time; moderate numbers where absent. */
  readonly parallelism?: { readonly clusters?: number; readonly guests?: number };
  /** Whether member Services bear the annotation with their services' token; absent: they do. */
  readonly serviceAuthTokenAnnotation?: boolean;
  /** The configcli package (.tgz) to put into images that lack it. */
  readonly guestTools?: Uint8Array;
  /** How long a startscript may configure a member; hours where absent. */
  readonly configureLimitMs?: number;
  /** How long a startscript that refuses a notification is told again; minutes where absent. */
  readonly notifyTimeoutMs?: number;
  /** From one health check of a member to the next, where its role says nothing of it; half a minute where absent. */
  readonly healthPeriodMs?: number;
}

interface ControllerSurroundings extends ControllerSettings {
  readonly server: ApiServer;
  readonly native: NativeClients;
  readonly exec: PodExec;
  readonly events: EventRecorder;
  readonly user: UserInfo;
  readonly systemNamespace: string;
  /** Clusters elsewhere are left alone; absent: there is no elsewhere. */
  readonly namespaces?: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Absent: reconciles are not traced. */
  readonly tracer?: Tracer;
  /** Shared by all that is done in the background. */
  readonly turns: Turns;
  /** That it works in. */
  readonly term: Pick<FencedTerm, 'fence' | 'name' | 'superseded'>;
}

/** A controller that is connected to this process's own server. */
export interface ComposedController {
  start(signal: AbortSignal): void;
  stop(): Promise<void>;
}

/** The field manager of the controller's writes. */
export const controllerManager = 'kubedirector';

/** Clusters that are reconciled at a time: what one waits for is the store, not the processor. */
const defaultWorkers = 8;

/** The controller on in-process clients of the server. Nothing is done before `start`. */
export function composeController(surroundings: ControllerSurroundings): ComposedController {
  const { server, user, systemNamespace, native, exec, events, clock, logger, metrics, turns, term } = surroundings;
  const {
    guestTools,
    configureLimitMs,
    notifyTimeoutMs,
    healthPeriodMs,
    serviceAuthTokenAnnotation = true,
    parallelism = {},
  } = surroundings;
  const client = <T extends KubeObject>(plural: string, labels: readonly string[] = []): InProcessClient<T> =>
    createInProcessClient(inBackground(server.registry<T>('kubedirector.hpe.com', plural), turns), {
      ...{ user, manager: controllerManager, requestId: randomUUID, fence: term.fence, labels },
    });
  const clusters = client<KubeDirectorCluster>('kubedirectorclusters');
  const apps = client<KubeDirectorApp>('kubedirectorapps');
  const configs = client<KubeDirectorConfig>('kubedirectorconfigs');
  const backups = client<KubeDirectorBackup>('kubedirectorbackups', [scheduleLabel]);
  const statusBackups = client<KubeDirectorStatusBackup>('kubedirectorstatusbackups');
  const controller = createController({
    ...{ clusters, apps, backups, configs, statusBackups, native, exec, events, term: term.name },
    onSuperseded: () => term.superseded(),
    turns,
    ...{ clock, logger: logger.child({ component: 'controller' }), metrics, systemNamespace },
    ...(surroundings.namespaces === undefined ? {} : { namespaces: surroundings.namespaces }),
    ...(surroundings.tracer === undefined ? {} : { tracer: surroundings.tracer }),
    workers: parallelism.clusters ?? defaultWorkers,
    ...(parallelism.guests === undefined ? {} : { guestWorkers: parallelism.guests }),
    ...(guestTools === undefined ? {} : { guestTools }),
    guestTimings: {
      ...defaultTimings,
      ...(configureLimitMs === undefined ? {} : { configureLimitMs }),
      ...(notifyTimeoutMs === undefined ? {} : { notifyTimeoutMs }),
      ...(healthPeriodMs === undefined ? {} : { healthPeriodMs }),
    },
    serviceAuthTokenAnnotation,
    random: Math.random,
    uuid: randomUUID,
    token: () => randomBytes(16).toString('hex'),
  });
  return {
    start(signal) {
      controller.start(signal);
      for (const each of [apps, configs, statusBackups, backups, clusters]) each.start(signal);
    },
    stop: () => controller.stop(),
  };
}
