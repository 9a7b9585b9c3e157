/** Puts the simulators together. */
import { createEventReader } from './simulation/event-reader.ts';
import { setMaxListeners } from 'node:events';
import type { CoreEvent } from '../apis/kubernetes/types.ts';
import type { EventRecorder, NativeClients, PodConnector, PodExec } from '../clients/contract.ts';
import type { ResourceRegistry } from '../apiserver/registry/contract.ts';
import { inBackground } from '../apiserver/registry/index.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { unhurried, type Turns } from '../runtime/turns.ts';
import type { UserInfo } from '../meta/user.ts';
import { createNativeClients } from './clients.ts';
import { createDisruptionController } from './disruption/controller.ts';
import { createEndpointsController } from './endpoints/endpoints-controller.ts';
import { createGarbageCollector } from './garbage/collector.ts';
import { GuestExec } from './guest/exec.ts';
import { createSimulateController } from './guest/simulate-controller.ts';
import { createMemberPages } from './guest/member-pages.ts';
import { createNamespaceController } from './namespaces/controller.ts';
import { createKubelet } from './pods/kubelet.ts';
import { createPodCollector } from './pods/pod-collector.ts';
import { createScheduler } from './scheduling/scheduler.ts';
import { createRoleAggregation } from './rbac/aggregation.ts';
import { seed } from './seed.ts';
import type { PlaygroundDelays } from './simulation/delays.ts';
import { createEventExpiry } from './simulation/event-expiry.ts';
import { Recorder } from './simulation/event-recorder.ts';
import { lookupIn, nativeRegistries, type Simulator, type World } from './simulation/world.ts';
import { createSnapshotController } from './snapshots/controller.ts';
import { createStatefulSetController } from './statefulsets/controller.ts';
import { createVolumeBinder } from './volumes/binder.ts';

interface PlaygroundOptions {
  /** Of all stored resources of the server: those of playgroundDefinitions(…) and those of KubeDirector. */
  readonly registries: readonly ResourceRegistry[];
  readonly clock: Clock;
  /** Returns a random number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly delays: PlaygroundDelays;
  /** The CA certificate for kube-root-ca.crt in every namespace, PEM. */
  readonly caCertificate: string;
  /** The port that the server listens on. */
  readonly port: number;
  /** The namespace that KubeDirector itself runs in. */
  readonly systemNamespace: string;
  /** The user of the requests through `native`: the controller's service account. */
  readonly user: UserInfo;
  /** Makes a new id for each of these requests. */
  /** The controller's field manager. */
  readonly manager: string;
  readonly requestId: () => string;
  /** Shares the event loop between background work and requests. If absent, simulators do not yield. */
  readonly turns?: Turns;
}

/** A simulated Kubernetes: what the controller needs of a cluster, and the simulators behind it. */
export interface Playground {
  readonly native: NativeClients;
  readonly exec: PodExec;
  /** Connects to what stands for the services of members. */
  readonly pods: PodConnector;
  /** Records events as the component "kubedirector". */
  readonly events: EventRecorder;
  /**
   * Resolves once the seed objects exist and the simulators run. The caches must be filled before. Listeners that
   * `native` has by then are told of every existing object.
   */
  start(signal: AbortSignal): Promise<void>;
  /** Stops all work. Unfinished work continues from the stored state at the next start. */
  stop(): void;
}

/**
 * Makes the playground on the registries. Nothing runs before `start`.
 * @throws Error if a registry of a native resource is missing
 */
export function createPlayground(options: PlaygroundOptions): Playground {
  const { clock, random, logger, metrics, delays, turns = unhurried } = options;
  const registries = options.registries.map((registry) => inBackground(registry, turns));
  const controller = new AbortController();
  // Every idle worker listens to this signal, so the limit for a leak warning is switched off.
  setMaxListeners(0, controller.signal);
  const lookup = lookupIn(registries);
  const native = nativeRegistries(lookup);
  const events = lookup.registry<CoreEvent>('', 'events');
  const recorder = new Recorder({ events: () => events, clock, logger, signal: controller.signal });
  const stored = registries.filter(({ definition }) => definition.verbs.includes('delete'));
  const world: World = {
    ...{ native, all: stored, clock, random, logger, metrics, delays, turns },
    record: (component) => recorder.forComponent(component),
  };
  const clusters = registries.find(({ definition }) => definition.plural === 'kubedirectorclusters');
  const exec = new GuestExec(world, clusters);
  const kubelet = createKubelet(world);
  const simulators: readonly Simulator[] = [
    createNamespaceController(world, options.caCertificate),
    createGarbageCollector(world),
    ...[createVolumeBinder(world), createSnapshotController(world)],
    createScheduler(world),
    kubelet,
    createPodCollector(world),
    createStatefulSetController(world),
    createEndpointsController(world),
    createDisruptionController(world),
    createRoleAggregation(world),
    createEventExpiry(world, events),
    ...(clusters ? [createSimulateController(world, kubelet, clusters)] : []),
  ];
  const stop = (): void => {
    controller.abort();
    exec.view.close();
  };
  const { user, manager, requestId } = options;
  const clients = createNativeClients({ native, user, manager, requestId, now: () => clock.now() });
  return {
    native: { ...clients, eventReader: createEventReader(events) },
    exec,
    pods: createMemberPages(),
    events: { record: recorder.forComponent('kubedirector') },
    async start(signal) {
      if (signal.aborted) return;
      signal.addEventListener('abort', stop, { once: true });
      const { port, systemNamespace } = options;
      await seed({ ...{ native, clock, port, systemNamespace }, signal: controller.signal });
      clients.start(controller.signal);
      exec.view.refresh();
      for (const simulator of simulators) simulator.start(controller.signal);
    },
    stop,
  };
}
