/** The controller on its own API and on the native resources, in process. */
import { randomBytes, randomUUID } from 'node:crypto';
import type {
  KubeDirectorApp,
  KubeDirectorCluster,
  KubeDirectorConfig,
  KubeDirectorStatusBackup,
} from '../apis/kubedirector/types.ts';
import { createInProcessClient, type InProcessClient } from '../apiserver/client/index.ts';
import type { ApiServer } from '../apiserver/server.ts';
import type { EventRecorder, NativeClients, PodExec } from '../clients/contract.ts';
import { createController } from '../controller/index.ts';
import type { KubeObject } from '../meta/object.ts';
import type { UserInfo } from '../meta/user.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';

export interface ControllerSurroundings {
  readonly server: ApiServer;
  readonly native: NativeClients;
  readonly exec: PodExec;
  readonly events: EventRecorder;
  readonly user: UserInfo;
  readonly systemNamespace: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface ComposedController {
  start(signal: AbortSignal): void;
  stop(): Promise<void>;
}

/** Clusters that are reconciled at a time: what one waits for is the store, not the processor. */
const workers = 8;

export function composeController(surroundings: ControllerSurroundings): ComposedController {
  const { server, user, systemNamespace, native, exec, events, clock, logger, metrics } = surroundings;
  const client = <T extends KubeObject>(plural: string): InProcessClient<T> =>
    createInProcessClient(server.registry<T>('kubedirector.hpe.com', plural), { user, requestId: randomUUID });
  const clusters = client<KubeDirectorCluster>('kubedirectorclusters');
  const apps = client<KubeDirectorApp>('kubedirectorapps');
  const configs = client<KubeDirectorConfig>('kubedirectorconfigs');
  const statusBackups = client<KubeDirectorStatusBackup>('kubedirectorstatusbackups');
  const controller = createController({
    ...{ clusters, apps, configs, statusBackups, native, exec, events },
    ...{ clock, logger: logger.child({ component: 'controller' }), metrics, systemNamespace, workers },
    random: Math.random,
    uuid: randomUUID,
    token: () => randomBytes(16).toString('hex'),
  });
  return {
    start(signal) {
      controller.start(signal);
      for (const each of [apps, configs, statusBackups, clusters]) each.start(signal);
    },
    stop: () => controller.stop(),
  };
}
