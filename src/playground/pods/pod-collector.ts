/**
 * The pod garbage collector. Pods on a deleted node are marked as failed and removed, so that their controllers create
 * new ones. Kubernetes waits for 40 s, in case the node comes back. The playground waits for its own delay `lostNode`.
 * Source: kubernetes/pkg/controller/podgc/gc_controller.go (deletion of orphaned pods)
 */
import type { Pod } from '../../apis/kubernetes/types.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import { createDeadlines } from '../simulation/deadlines.ts';
import { createLoop } from '../simulation/loop.ts';
import { controllerContext } from '../simulation/users.ts';
import { createView } from '../simulation/view.ts';
import type { Simulator, World } from '../simulation/world.ts';
import { isOver, withCondition } from './status.ts';

/** Makes the simulator that removes the pods of deleted nodes. */
export function createPodCollector(world: World): Simulator {
  const { pods, nodes } = world.native;
  const deadlines = createDeadlines(world.clock, world.random);
  const byNode = new Map<string, Set<string>>();
  const isGone = (node: string): boolean => nodes.cache.get('', node) === undefined;
  const loop = createLoop(world, { name: 'podgc', workers: 4, reconcile });

  const podView = createView(
    () => pods.cache,
    ({ key, object, old }) => {
      const node = object?.spec?.nodeName ?? old?.spec?.nodeName;
      if (node === undefined || node === '') return;
      const there = byNode.get(node) ?? new Set();
      if (object) byNode.set(node, there.add(key));
      else {
        there.delete(key);
        if (there.size === 0) byNode.delete(node);
        if (old) deadlines.forget(old.metadata.uid);
      }
      if (object && isGone(node)) loop.add(key);
    },
  );
  const nodeView = createView(
    () => nodes.cache,
    ({ key, object }) => {
      if (!object) byNode.get(key)?.forEach((pod) => loop.add(pod));
    },
  );

  async function reconcile(key: string, signal: AbortSignal): Promise<number | undefined> {
    const target = splitObjectKey(key);
    const pod = pods.cache.get(target.namespace, target.name)?.object;
    const node = pod?.spec?.nodeName ?? '';
    if (!pod || node === '') return undefined;
    if (!isGone(node)) {
      deadlines.forget(pod.metadata.uid);
      return undefined;
    }
    const { uid } = pod.metadata;
    const left = deadlines.remaining(uid, 'lost node', world.delays.lostNode);
    if (left > 0) return left;
    const context = controllerContext('pod-garbage-collector', signal);
    if (!isOver(pod)) {
      const time = kubeTime(world.clock.now());
      await pods.update(context, target, (current) => failed(current ?? pod, time), {
        subresource: 'status',
        preconditions: { uid },
      });
    }
    await pods.delete(context, target, { gracePeriodSeconds: 0, preconditions: { uid } });
    return undefined;
  }

  return { start: (signal) => loop.start(signal, [nodeView, podView]) };
}

function failed(pod: Pod, time: string): Pod {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
  };
  return { ...pod, status: withCondition({ ...pod.status, phase: 'Failed' }, condition, time) };
}
