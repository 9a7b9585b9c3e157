/** The disruption controller: it keeps the statuses of PodDisruptionBudgets. */
import type { Pod, PodDisruptionBudget } from '../../apis/kubernetes/types.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import { deepEqual } from '../../meta/json.ts';
import type { Stored } from '../../meta/object.ts';
import { createSelectorIndex } from '../endpoints/selector-index.ts';
import { createLoop } from '../simulation/loop.ts';
import { controllerContext } from '../simulation/users.ts';
import { createView } from '../simulation/view.ts';
import type { NativeRegistries, Simulator, World } from '../simulation/world.ts';
import { specOf } from '../statefulsets/defaults.ts';
import { selects } from './selection.ts';
import { budgetStatus, isReady } from './status.ts';

/** Of pods it looks at readiness, labels and their end, of StatefulSets at the number of replicas. */
export function createDisruptionController(world: World): Simulator {
  const { disruptionBudgets: budgets, pods, statefulSets } = world.native;
  // By matchLabels alone: the rest of the selector is asked afterwards.
  const index = createSelectorIndex();
  /** Keys of the budgets that have no matchLabels. */
  const unindexed = new Set<string>();

  function candidates(budget: Stored<PodDisruptionBudget>, key: string): readonly Stored<Pod>[] {
    if (unindexed.has(key)) {
      const { objects } = pods.cache.list({ namespace: budget.metadata.namespace ?? '' });
      return objects.map(({ object }) => object);
    }
    return index.podsOf(key).flatMap((pod) => {
      const { namespace, name } = splitObjectKey(pod);
      return pods.cache.get(namespace, name)?.object ?? [];
    });
  }

  async function reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    const target = splitObjectKey(key);
    const budget = budgets.cache.get(target.namespace, target.name)?.object;
    if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return;
    const selected = candidates(budget, key).filter((pod) => selects(budget, pod));
    const facts = { pods: selected, scale: scaleOf(statefulSets, selected), now: world.clock.now() };
    if (deepEqual(budget.status, budgetStatus({ budget, ...facts }))) return;
    await budgets.update(
      controllerContext('disruption-controller', signal),
      target,
      // An eviction may have come in between: what it has written counts.
      (current) => ({ ...(current ?? budget), status: budgetStatus({ budget: current ?? budget, ...facts }) }),
      { subresource: 'status', preconditions: { uid: budget.metadata.uid } },
    );
  }

  const loop = createLoop(world, { name: 'disruption', workers: 4, reconcile });
  const budgetView = createView(
    () => budgets.cache,
    ({ key, object }) => {
      const { matchLabels = {} } = object?.spec?.selector ?? {};
      index.updateService(key, matchLabels);
      if (object?.spec?.selector !== undefined && Object.keys(matchLabels).length === 0) unindexed.add(key);
      else unindexed.delete(key);
      if (object !== undefined) loop.add(key);
    },
  );
  const podView = createView(
    () => pods.cache,
    ({ key, object, old }) => {
      if (object && old && deepEqual(relevant(object), relevant(old))) return;
      for (const budget of [...index.updatePod(key, object), ...unindexed]) loop.add(budget);
    },
  );
  const setView = createView(
    () => statefulSets.cache,
    ({ key, object, old }) => {
      if (object === undefined || object.spec.replicas === old?.spec.replicas) return;
      const { labels = {} } = specOf(object).template.metadata ?? {};
      for (const budget of [...index.selecting(key, labels), ...unindexed]) loop.add(budget);
    },
  );
  return { start: (signal) => loop.start(signal, [budgetView, podView, setView]) };
}

/** Replicas of the StatefulSets that control these pods, together. */
function scaleOf(sets: NativeRegistries['statefulSets'], selected: readonly Stored<Pod>[]): number {
  const owners = new Map(
    selected.flatMap(({ metadata: { namespace = '', ownerReferences = [] } }) => {
      const owner = ownerReferences.find(({ controller, kind }) => controller === true && kind === 'StatefulSet');
      return owner === undefined ? [] : [[owner.uid, { namespace, name: owner.name }] as const];
    }),
  );
  const replicas = [...owners].map(([uid, { namespace, name }]) => {
    const set = sets.cache.get(namespace, name)?.object;
    return set?.metadata.uid === uid ? (specOf(set).replicas ?? 1) : 0;
  });
  return replicas.reduce((sum, count) => sum + count, 0);
}

const relevant = (pod: Stored<Pod>): unknown => [
  ...[pod.metadata.labels, pod.metadata.deletionTimestamp, pod.metadata.uid, pod.metadata.ownerReferences],
  isReady(pod),
];
