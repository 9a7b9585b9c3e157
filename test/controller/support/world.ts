/** Everything around one controller: fake resources, nodes, containers and time. Nothing really waits. */
import type {
  KubeDirectorApp,
  KubeDirectorBackup,
  KubeDirectorCluster,
  KubeDirectorConfig,
  KubeDirectorStatusBackup,
} from '../../../src/apis/kubedirector/types.ts';
import type {
  ConfigMap,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  StorageClass,
} from '../../../src/apis/kubernetes/types.ts';
import { createController, type Controller, type ControllerOptions } from '../../../src/controller/index.ts';
import type { Stored } from '../../../src/meta/object.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { createFakeGuest } from './fake-guest.ts';
import { createFakeNodes } from './fake-nodes.ts';
import { createFakeSnapshots } from './fake-snapshots.ts';
import { createFakeResource, type Universe } from './fake-resource.ts';

export interface TestClock extends Clock {
  /** Lets the next timer that is due within so many milliseconds fire; false where there is none. */
  next(withinMs: number): boolean;
}

export function createTestClock(): TestClock {
  let now = Date.UTC(2026, 0, 2, 3, 4, 5);
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => new Date(now),
    monotonic: () => now,
    after(milliseconds, callback) {
      const timer = { at: now + milliseconds, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    next(withinMs) {
      const [first] = timers.toSorted((a, b) => a.at - b.at);
      if (first === undefined || first.at > now + withinMs) return false;
      timers = timers.filter((one) => one !== first);
      now = Math.max(now, first.at);
      first.callback();
      return true;
    },
  };
}

export interface RecordedEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** Deterministic, and different for each seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

export const systemNamespace = 'kubedirector';

export function createWorld() {
  const clock = createTestClock();
  const gates: { check: Universe['gate'] } = { check: () => undefined };
  const universe: Universe = {
    revision: 0,
    uids: 0,
    gate: (verb, resource, name) => {
      gates.check(verb, resource, name);
    },
    now: () => clock.now(),
    orphan: (uid) => nodes.orphan(uid),
  };
  const pods = createFakeResource<Pod>('pods', universe);
  const statefulSets = createFakeResource<StatefulSet>('statefulsets', universe);
  const claims = createFakeResource<PersistentVolumeClaim>('persistentvolumeclaims', universe);
  const podDisruptionBudgets = createFakeResource<PodDisruptionBudget>('poddisruptionbudgets', universe);
  const resources = {
    clusters: createFakeResource<KubeDirectorCluster>('kubedirectorclusters', universe),
    apps: createFakeResource<KubeDirectorApp>('kubedirectorapps', universe),
    configs: createFakeResource<KubeDirectorConfig>('kubedirectorconfigs', universe),
    backups: createFakeResource<KubeDirectorBackup>('kubedirectorbackups', universe),
    statusBackups: createFakeResource<KubeDirectorStatusBackup>('kubedirectorstatusbackups', universe),
    services: createFakeResource<Service>('services', universe),
    configMaps: createFakeResource<ConfigMap>('configmaps', universe),
    secrets: createFakeResource<Secret>('secrets', universe),
    ...{ pods, statefulSets, claims, podDisruptionBudgets },
  };
  /** By pod: why a PodDisruptionBudget does not let it go. */
  const budgets = new Map<string, string>();
  const evicted: string[] = [];
  const snapshots = createFakeSnapshots(universe);
  const native = {
    ...{ statefulSets, claims, persistentVolumeClaims: claims, podDisruptionBudgets, snapshots: snapshots.client },
    pods: {
      ...pods,
      async evict({ metadata: { namespace = '', name, uid } }: Stored<Pod>): Promise<string | undefined> {
        const refusal = budgets.get(name);
        if (refusal !== undefined) return refusal;
        await pods.delete({ namespace, name }, { uid });
        evicted.push(name);
        return undefined;
      },
      async resize(pod: Stored<Pod>, _container: string, resources: object): Promise<string | undefined> {
        await Promise.resolve();
        return nodes.resize(pod, resources);
      },
    },
    services: resources.services,
    configMaps: resources.configMaps,
    secrets: resources.secrets,
    serviceAccounts: createFakeResource<ServiceAccount>('serviceaccounts', universe),
    storageClasses: createFakeResource<StorageClass>('storageclasses', universe),
    nodes: createFakeResource<Node>('nodes', universe),
    namespaces: createFakeResource<Namespace>('namespaces', universe),
  };
  const nodes = createFakeNodes({ statefulSets, pods, claims, podDisruptionBudgets });
  const guest = createFakeGuest(pods);
  const events: RecordedEvent[] = [];
  const random = createRandom(7);
  let controller: Controller | undefined;
  let abort = new AbortController();
  let ids = 0;
  const metrics = createMetrics();

  function start(options: Pick<ControllerOptions, 'serviceAuthTokenAnnotation' | 'namespaces' | 'tracer'> = {}): void {
    abort = new AbortController();
    controller = createController({
      ...resources,
      native,
      exec: guest,
      ...{ term: '1@data', onSuperseded: () => undefined },
      events: { record: (_about, type, reason, message) => void events.push({ type, reason, message }) },
      ...{ clock, random, metrics, systemNamespace, logger: silentLogger, workers: 2 },
      uuid: () => `uuid-${(ids += 1)}`,
      ...options,
      token: () => String((ids += 1)).padStart(32, '0'),
    });
    controller.start(abort.signal);
  }

  async function stop(): Promise<void> {
    await controller?.stop();
    controller = undefined;
  }

  /** Runs until nothing happens any more, in the controller or around it, or until so much fake time has passed. */
  async function settle(withinMs = 60_000): Promise<void> {
    const end = clock.monotonic() + withinMs;
    for (let round = 0; round < 3_000; round++) {
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (nodes.step() || snapshots.step()) continue;
      if (!clock.next(end - clock.monotonic())) return;
    }
    throw new Error('the world does not come to rest');
  }

  return {
    clock,
    gates,
    ...resources,
    native,
    nodes,
    snapshots,
    guest,
    events,
    budgets,
    evicted,
    metrics,
    start,
    stop,
    settle,
  };
}

export type World = ReturnType<typeof createWorld>;
