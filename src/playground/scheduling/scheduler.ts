/** Simulates kube-scheduler: gives every pod a node once its claims are bound, or records why it cannot. */
import type { Pod } from '../../apis/kubernetes/types.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { deepEqual } from '../../meta/json.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import { isOver, withCondition } from '../pods/status.ts';
import { createDeadlines, type Deadlines } from '../simulation/deadlines.ts';
import type { DelayRange } from '../simulation/delays.ts';
import type { RecordEvent } from '../simulation/event-recorder.ts';
import { createLoop } from '../simulation/loop.ts';
import { schedulerContext } from '../simulation/users.ts';
import { createView } from '../simulation/view.ts';
import type { Simulator, World } from '../simulation/world.ts';
import { selectedNodeAnnotation } from '../volumes/annotations.ts';
import { chooseNode, type Choice } from './choose-node.ts';
import { claimsOfPod } from './claims-of-pod.ts';
import { createNodeLoads, type NodeLoads } from './node-loads.ts';

/**
 * Makes the simulator that schedules pods with the schedulerName `default-scheduler`. Pods that fit no node are tried
 * again when a node or claim changes, or when a pod ends.
 */
export function createScheduler(world: World): Simulator {
  const { pods, nodes, claims } = world.native;
  const loads = createNodeLoads();
  const worker = new SchedulerWorker(world, loads);
  const pending = new Set<string>();
  const loop = createLoop(world, {
    name: 'scheduler',
    workers: 16,
    reconcile: (key, signal) => worker.reconcile(key, schedulerContext(signal)),
  });
  const retryAll = (): void => pending.forEach((key) => loop.add(key));
  const podView = createView(
    () => pods.cache,
    ({ key, object, old }) => {
      loads.update(key, object);
      const unbound = object && !object.spec?.nodeName && !object.metadata.deletionTimestamp;
      if (unbound && object.spec?.schedulerName === 'default-scheduler') {
        pending.add(key);
        // Changes of the status are ignored: the scheduler makes them itself.
        if (!old || !deepEqual(old.spec, object.spec)) loop.add(key);
      } else pending.delete(key);
      if (!object || isOver(object)) retryAll();
    },
  );
  const nodeView = createView(() => nodes.cache, retryAll);
  const claimView = createView(
    () => claims.cache,
    ({ key, object, old }) => {
      if (object && object.status?.phase === old?.status?.phase) return;
      const prefix = `${splitObjectKey(key).namespace}/`;
      for (const pod of pending) if (pod.startsWith(prefix)) loop.add(pod);
    },
  );
  return { start: (signal) => loop.start(signal, [nodeView, claimView, podView]) };
}

/** How long an unbound claim is not reported as a problem, in milliseconds. */
const claimPatience: DelayRange = [2000, 2000];

class SchedulerWorker {
  readonly #world: World;
  readonly #loads: NodeLoads;
  readonly #record: RecordEvent;
  readonly #deadlines: Deadlines;

  constructor(world: World, loads: NodeLoads) {
    this.#world = world;
    this.#loads = loads;
    this.#deadlines = createDeadlines(world.clock, world.random);
    this.#record = world.record('default-scheduler');
  }

  async reconcile(key: string, context: CallContext): Promise<number | undefined> {
    const target = splitObjectKey(key);
    const pod = this.#world.native.pods.cache.get(target.namespace, target.name)?.object;
    if (!pod || pod.spec?.nodeName || pod.metadata.deletionTimestamp) return undefined;
    const { problem, passing = false, unprovisioned } = claimsOfPod(this.#world.native, pod);
    // Volumes are being provisioned. This is reported only if it takes long.
    const patience = passing ? this.#deadlines.remaining(pod.metadata.uid, 'claims', claimPatience) : 0;
    if (patience > 0) return patience;
    const nodes = this.#world.native.nodes.cache.list({}).objects.map((one) => one.object);
    const choice: Choice =
      problem === undefined
        ? chooseNode(pod, nodes, this.#loads.byNode(), this.#loads.podsWithAffinity())
        : { reason: `0/${nodes.length} nodes are available: ${problem}.` };
    if ('reason' in choice) await this.#reject(target, pod, choice.reason, context);
    else if (unprovisioned.length > 0) await this.#letVolumesBeMade(unprovisioned, choice.node, context);
    else await this.#bind(key, pod, choice.node, context);
    return undefined;
  }

  async #reject(target: NamespacedName, pod: Stored<Pod>, message: string, context: CallContext): Promise<void> {
    this.#record(pod, 'Warning', 'FailedScheduling', message);
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    const time = kubeTime(this.#world.clock.now());
    await this.#world.native.pods.update(
      context,
      target,
      (current) => ({ ...(current ?? pod), status: withCondition((current ?? pod).status ?? {}, condition, time) }),
      { subresource: 'status' },
    );
  }

  /** Writes the chosen node to the claims whose class waits for the first consumer, so that they are provisioned. */
  async #letVolumesBeMade(targets: readonly NamespacedName[], node: string, context: CallContext): Promise<void> {
    for (const target of targets) {
      await this.#world.native.claims.update(context, target, (current) => {
        if (current === undefined) throw new Error(`claim ${target.name} is gone`);
        const annotations = { ...current.metadata.annotations, [selectedNodeAnnotation]: node };
        return { ...current, metadata: { ...current.metadata, annotations } };
      });
    }
  }

  async #bind(key: string, pod: Stored<Pod>, node: string, context: CallContext): Promise<void> {
    this.#deadlines.forget(pod.metadata.uid);
    const { pods } = this.#world.native;
    const target = splitObjectKey(key);
    this.#loads.assume(key, pod, node);
    try {
      const preconditions = { uid: pod.metadata.uid };
      const bound = (current: Pod): Pod => ({ ...current, spec: { containers: [], ...current.spec, nodeName: node } });
      await pods.update(context, target, (current) => bound(current ?? pod), { preconditions });
    } catch (error) {
      this.#loads.forget(key);
      this.#loads.update(key, pods.cache.get(target.namespace, target.name)?.object);
      throw error;
    }
    this.#record(pod, 'Normal', 'Scheduled', `Successfully assigned ${key} to ${node}`);
  }
}
