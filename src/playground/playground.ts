/** The simulators, put together. */
import { setMaxListeners } from 'node:events';
import type { CoreEvent } from '../apis/kubernetes/types.ts';
import type { EventRecorder, NativeClients, PodExec } from '../clients/contract.ts';
import type { ResourceRegistry } from '../apiserver/registry/contract.ts';
import { inBackground } from '../apiserver/registry/index.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { unhurried, type Turns } from '../runtime/turns.ts';
import type { UserInfo } from '../meta/user.ts';
import { createNativeClients } from './clients.ts';
import { createEndpointsController } from './endpoints/endpoints-controller.ts';
import { createGarbageCollector } from './garbage/collector.ts';
import { GuestExec } from './guest/exec.ts';
import { createSimulateController } from './guest/simulate-controller.ts';
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
import { createStatefulSetController } from './statefulsets/controller.ts';
import { createVolumeBinder } from './volumes/binder.ts';

interface PlaygroundOptions {
  /** Of every stored resource of the server: playgroundDefinitions(…), and KubeDirector's own. */
  readonly registries: readonly ResourceRegistry[];
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly delays: PlaygroundDelays;
  /** PEM: what kube-root-ca.crt holds in every namespace. */
  readonly caCertificate: string;
  /** Where the server listens. */
  readonly port: number;
  /** The namespace KubeDirector itself lives in. */
  readonly systemNamespace: string;
  /** Whose calls those of `native` are: the controller's service account. */
  readonly user: UserInfo;
  /** A new id for each of them. */
  readonly requestId: () => string;
  /** Shared by all that is done in the background; absent: simulators have the event loop to themselves. */
  readonly turns?: Turns;
}

export interface Playground {
  readonly native: NativeClients;
  readonly exec: PodExec;
  /** Speaks as "kubedirector". */
  readonly events: EventRecorder;
  /**
   * Resolves once the seed objects are there and the simulators work. Needs caches that have been filled. Listeners that
   * `native` has by then are told of every object there is.
   */
  start(signal: AbortSignal): Promise<void>;
  /** Ends all work; what was begun and not finished goes on from the store at the next start. */
  stop(): void;
}

export function createPlayground(options: PlaygroundOptions): Playground {
  const { clock, random, logger, metrics, delays, turns = unhurried } = options;
  const registries = options.registries.map((registry) => inBackground(registry, turns));
  const controller = new AbortController();
  // Every idle worker listens to it.
  setMaxListeners(0, controller.signal);
  const lookup = lookupIn(registries);
  const native = nativeRegistries(lookup);
  const events = lookup.registry<CoreEvent>('', 'events');
  const recorder = new Recorder({ events: () => events, clock, logger, signal: controller.signal });
  const stored = registries.filter(({ definition }) => definition.verbs.includes('delete'));
  const world: World = {
    native,
    all: stored,
    clock,
    random,
    logger,
    metrics,
    delays,
    turns,
    record: (component) => recorder.forComponent(component),
  };
  const clusters = registries.find(({ definition }) => definition.plural === 'kubedirectorclusters');
  const exec = new GuestExec(world, clusters);
  const kubelet = createKubelet(world);
  const simulators: readonly Simulator[] = [
    createNamespaceController(world, options.caCertificate),
    createGarbageCollector(world),
    createVolumeBinder(world),
    createScheduler(world),
    kubelet,
    createPodCollector(world),
    createStatefulSetController(world),
    createEndpointsController(world),
    createRoleAggregation(world),
    createEventExpiry(world, events),
    ...(clusters ? [createSimulateController(world, kubelet, clusters)] : []),
  ];
  const stop = (): void => {
    controller.abort();
    exec.view.close();
  };
  const clients = createNativeClients({ native, user: options.user, requestId: options.requestId });
  return {
    native: clients,
    exec,
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
