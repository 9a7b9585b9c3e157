/** Which pods a PodDisruptionBudget is about. */
import type { Pod, PodDisruptionBudget } from '../../apis/kubernetes/types.ts';
import { labelSelectorFrom } from '../../meta/labels.ts';
import type { Stored } from '../../meta/object.ts';
import type { NativeRegistries } from '../simulation/world.ts';

/** A budget without a selector selects no pod, one with an empty selector all of its namespace. */
export function selects({ spec, metadata }: Stored<PodDisruptionBudget>, pod: Stored<Pod>): boolean {
  if (spec?.selector === undefined || metadata.namespace !== pod.metadata.namespace) return false;
  return labelSelectorFrom(spec.selector).matches(pod.metadata.labels ?? {});
}

/** Those that select this pod. */
export function budgetsOfPod(
  { disruptionBudgets }: Pick<NativeRegistries, 'disruptionBudgets'>,
  pod: Stored<Pod>,
): readonly Stored<PodDisruptionBudget>[] {
  const { objects } = disruptionBudgets.cache.list({ namespace: pod.metadata.namespace ?? '' });
  return objects.map(({ object }) => object).filter((budget) => selects(budget, pod));
}
