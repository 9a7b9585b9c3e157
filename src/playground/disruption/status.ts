/**
 * The status of a PodDisruptionBudget. Source: getExpectedPodCount, countHealthyPods and updatePdbStatus in
 * k8s.io/kubernetes/pkg/controller/disruption, UpdateDisruptionAllowedCondition in k8s.io/component-helpers
 */
import type { Pod, PodDisruptionBudget } from '../../apis/kubernetes/types.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import type { Stored } from '../../meta/object.ts';

type BudgetStatus = NonNullable<PodDisruptionBudget['status']>;

/** An evicted pod that is still there after so long is not taken for one that goes any more. */
const deletionTimeoutMs = 120_000;

/** What the status is made from. */
interface BudgetFacts {
  readonly budget: Stored<PodDisruptionBudget>;
  /** That the budget selects. */
  readonly pods: readonly Stored<Pod>[];
  /** Replicas of the controllers of these pods, together. */
  readonly scale: number;
  readonly now: Date;
}

/** The status as it should be. */
export function budgetStatus({ budget, pods, scale, now }: BudgetFacts): BudgetStatus {
  const { maxUnavailable, minAvailable } = budget.spec ?? {};
  const disruptedPods = stillDisrupted(budget.status?.disruptedPods, pods, now);
  const isGoing = ({ metadata }: Stored<Pod>): boolean =>
    metadata.deletionTimestamp !== undefined || Object.hasOwn(disruptedPods, metadata.name);
  const currentHealthy = pods.filter((pod) => !isGoing(pod) && isReady(pod)).length;
  const isPlainNumber = maxUnavailable === undefined && typeof minAvailable === 'number';
  const expectedPods = isPlainNumber ? pods.length : scale;
  const desiredHealthy =
    maxUnavailable === undefined
      ? scaled(minAvailable ?? 0, expectedPods)
      : Math.max(0, expectedPods - scaled(maxUnavailable, expectedPods));
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const observedGeneration = budget.metadata.generation ?? 0;
  return {
    ...{ currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods, observedGeneration },
    ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
    conditions: [allowedCondition(budget, disruptionsAllowed, now)],
  };
}

/** Whether the pod counts as healthy. */
export const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;

type Times = NonNullable<BudgetStatus['disruptedPods']>;

function stillDisrupted(disrupted: Times = {}, pods: readonly Stored<Pod>[], now: Date): Times {
  const there = new Set(
    pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name),
  );
  const isLate = (time: string): boolean => Date.parse(time) + deletionTimeoutMs < now.getTime();
  return Object.fromEntries(Object.entries(disrupted).filter(([name, time]) => there.has(name) && !isLate(time)));
}

/** Rounded up. Source: k8s.io/apimachinery/pkg/util/intstr GetScaledValueFromIntOrPercent */
function scaled(value: number | string, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number(value.replace('%', '')) * total) / 100);
}

/** The condition DisruptionAllowed. */
export function allowedCondition(
  { metadata, status }: Pick<Stored<PodDisruptionBudget>, 'metadata' | 'status'>,
  allowed: number,
  now: Date,
): NonNullable<BudgetStatus['conditions']>[number] {
  const type = 'DisruptionAllowed';
  const verdict = allowed > 0 ? 'True' : 'False';
  const before = status?.conditions?.find((one) => one.type === type);
  return {
    ...{ type, status: verdict, message: '', observedGeneration: metadata.generation ?? 0 },
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    lastTransitionTime: before?.status === verdict ? before.lastTransitionTime : kubeTime(now),
  };
}
