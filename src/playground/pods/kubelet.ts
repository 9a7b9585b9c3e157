/** The kubelets of all nodes. They start the pods that have a node, restart them on request, and end them. */
import type { Pod } from '../../apis/kubernetes/types.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import { createDeadlines, type Deadlines } from '../simulation/deadlines.ts';
import type { RecordEvent } from '../simulation/event-recorder.ts';
import { createLoop } from '../simulation/loop.ts';
import { randomHex } from '../simulation/random-hex.ts';
import { kubeletContext } from '../simulation/users.ts';
import { createView } from '../simulation/view.ts';
import type { Simulator, World } from '../simulation/world.ts';
import { nextStep, restarted, type Identity, type KubeletSource, type KubeletStep } from './kubelet-plan.ts';
import { createPodAddresses, type PodAddresses } from './pod-addresses.ts';
import { isOver } from './status.ts';

/** The annotation of a pod with the token of the last restart that was carried out. */
const restartedAnnotation = 'playground.kubedirector.hpe.com/restarted';

/** The simulator of the kubelets, which can also restart a pod. */
export interface Kubelet extends Simulator {
  /** Restarts the containers of a running pod, unless the last restart had the same `token`. */
  restart(target: NamespacedName, token: string, signal: AbortSignal): Promise<void>;
}

/** Makes one simulator for the kubelets of all nodes. Pods on a node that does not exist are not touched. */
export function createKubelet(world: World): Kubelet {
  const worker = new KubeletWorker(world);
  const loop = createLoop(world, {
    name: 'kubelet',
    workers: 32,
    reconcile: (key, signal) => worker.reconcile(key, kubeletContext(signal)),
  });
  const view = createView(
    () => world.native.pods.cache,
    ({ key, object, old }) => {
      worker.see(key, object, old);
      if (object?.spec?.nodeName) loop.add(key);
    },
  );
  return {
    restart: (target, token, signal) => worker.restart(target, token, kubeletContext(signal)),
    start: (signal) => loop.start(signal, [view]),
  };
}

class KubeletWorker {
  readonly #world: World;
  readonly #record: RecordEvent;
  readonly #deadlines: Deadlines;
  readonly #addresses: PodAddresses = createPodAddresses();

  constructor(world: World) {
    this.#world = world;
    this.#record = world.record('kubelet');
    this.#deadlines = createDeadlines(world.clock, world.random);
  }

  see(key: string, pod: Stored<Pod> | undefined, old: Stored<Pod> | undefined): void {
    this.#addresses.update(key, pod);
    if (!pod && old) this.#deadlines.forget(old.metadata.uid);
  }

  async reconcile(key: string, context: CallContext): Promise<number | undefined> {
    const target = splitObjectKey(key);
    const pod = this.#world.native.pods.cache.get(target.namespace, target.name)?.object;
    // A deleted node has no kubelet.
    if (!pod?.spec?.nodeName || !this.#world.native.nodes.cache.get('', pod.spec.nodeName)) return undefined;
    if (pod.metadata.deletionTimestamp) {
      // Grace period 0: the pod has ended and only waits for its finalizers, so there is nothing more to do.
      return pod.metadata.deletionGracePeriodSeconds === 0 ? undefined : this.#end(target, pod, context);
    }
    if (isOver(pod)) return undefined;
    let step = nextStep(pod, this.#identityOf(key, pod), () => this.#source());
    if (step.do === 'wait') {
      const left = this.#deadlines.remaining(pod.metadata.uid, step.stage, this.#world.delays[step.delay]);
      if (left > 0) return left;
      step = step.done();
    }
    if (step.do === 'show') await this.#show(target, pod, step, context);
    return undefined;
  }

  async restart(target: NamespacedName, token: string, context: CallContext): Promise<void> {
    const { pods } = this.#world.native;
    const pod = pods.cache.get(target.namespace, target.name)?.object;
    const running = pod?.status?.phase === 'Running' && !pod.metadata.deletionTimestamp;
    if (!running || pod.metadata.annotations?.[restartedAnnotation] === token) return;
    // The token is written last: after a crash between the two writes the restart is repeated, not lost.
    await pods.update(
      context,
      target,
      (current) => ({ ...(current ?? pod), status: restarted(current ?? pod, this.#source()) }),
      { subresource: 'status', preconditions: { uid: pod.metadata.uid } },
    );
    await pods.update(context, target, (current) => {
      const { metadata, ...rest } = current ?? pod;
      const annotations = { ...metadata.annotations, [restartedAnnotation]: token };
      return { ...rest, metadata: { ...metadata, annotations } };
    });
    this.#record(pod, 'Warning', 'BackOff', 'Back-off restarting failed container');
  }

  #source(): KubeletSource {
    const { clock, random } = this.#world;
    return { time: kubeTime(clock.now()), hex: (digits) => randomHex(random, digits) };
  }

  #identityOf(key: string, pod: Stored<Pod>): Identity {
    const name = pod.spec?.nodeName ?? '';
    const index = Number(/(\d+)$/.exec(name)?.[1] ?? '1') - 1;
    const node = this.#world.native.nodes.cache.get('', name)?.object;
    const hostIP =
      node?.status?.addresses?.find((one) => one.type === 'InternalIP')?.address ?? `192.0.2.${10 + index}`;
    return { hostIP, podIP: pod.spec?.hostNetwork ? hostIP : this.#addresses.of(key, index) };
  }

  async #show(
    target: NamespacedName,
    pod: Stored<Pod>,
    step: KubeletStep & { do: 'show' },
    context: CallContext,
  ): Promise<void> {
    // Sends the resourceVersion that the status was computed from. If the pod has changed, the work starts again.
    await this.#world.native.pods.update(
      context,
      target,
      (current) => ({ ...(current ?? pod), metadata: pod.metadata, status: step.status }),
      { subresource: 'status', preconditions: { uid: pod.metadata.uid } },
    );
    for (const { type = 'Normal', reason, message } of step.events) this.#record(pod, type, reason, message);
  }

  async #end(target: NamespacedName, pod: Stored<Pod>, context: CallContext): Promise<number | undefined> {
    const { uid, deletionGracePeriodSeconds = 0 } = pod.metadata;
    const graceMs = deletionGracePeriodSeconds * 1000;
    const [least, most] = this.#world.delays.terminate;
    const left = this.#deadlines.remaining(uid, 'terminate', [Math.min(least, graceMs), Math.min(most, graceMs)]);
    if (left > 0) {
      for (const { name } of pod.spec?.containers ?? []) {
        this.#record(pod, 'Normal', 'Killing', `Stopping container ${name}`);
      }
      return left;
    }
    await this.#world.native.pods.delete(context, target, { gracePeriodSeconds: 0, preconditions: { uid } });
    return undefined;
  }
}
