/**
 * Whether a pod may be evicted. Source: k8s.io/kubernetes/pkg/registry/core/pod/storage/eviction.go: a pod that two budgets
 * select can't be evicted at all.
 */
import type { Pod, PodDisruptionBudget } from '../../apis/kubernetes/types.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import type { Stored } from '../../meta/object.ts';
import { StatusError } from '../../meta/status.ts';
import type { NativeRegistries } from '../simulation/world.ts';
import { budgetsOfPod } from './selection.ts';
import { allowedCondition, isReady } from './status.ts';

const anyway: ReadonlySet<string | undefined> = new Set(['Pending', 'Succeeded', 'Failed']);
const refused = "Cannot evict pod as it would violate the pod's disruption budget.";
const several = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';

interface EvictionRequest {
  readonly native: Pick<NativeRegistries, 'disruptionBudgets'>;
  readonly context: CallContext;
  readonly pod: Stored<Pod>;
  readonly now: Date;
  readonly dryRun: boolean;
}

/**
 * Takes one disruption off the pod's budget.
 * @throws StatusError 429 where that has none left, or is not known well enough; 500 where several select the pod
 */
export async function takeDisruption({ native, context, pod, now, dryRun }: EvictionRequest): Promise<void> {
  if (anyway.has(pod.status?.phase) || pod.metadata.deletionTimestamp !== undefined) return;
  const [budget, other] = budgetsOfPod(native, pod);
  if (other !== undefined) throw new StatusError(500, '', several);
  if (budget === undefined) return;
  if (!isReady(pod)) {
    const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
    if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return;
    if (currentHealthy >= desiredHealthy && desiredHealthy > 0) return;
  }
  const { namespace = '', name } = budget.metadata;
  await native.disruptionBudgets.update(
    context,
    { namespace, name },
    (current) => without(current ?? budget, pod.metadata.name, now),
    { subresource: 'status', dryRun },
  );
}

function without(budget: Stored<PodDisruptionBudget>, pod: string, now: Date): Stored<PodDisruptionBudget> {
  const { metadata, status } = budget;
  const { observedGeneration = 0, disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  const { expectedPods = 0 } = status ?? {};
  if (observedGeneration < (metadata.generation ?? 0)) {
    throw refusal(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  }
  if (disruptionsAllowed <= 0) {
    const numbers = `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    const isShort = currentHealthy <= desiredHealthy;
    throw refusal(
      `The disruption budget ${metadata.name} ${isShort ? numbers : 'does not allow evicting pods currently'}`,
    );
  }
  const allowed = disruptionsAllowed - 1;
  return {
    ...budget,
    status: {
      ...{ currentHealthy, desiredHealthy, expectedPods, observedGeneration, disruptionsAllowed: allowed },
      disruptedPods: { ...status?.disruptedPods, [pod]: kubeTime(now) },
      conditions: [allowedCondition(budget, allowed, now)],
    },
  };
}

function refusal(message: string, retryAfterSeconds?: number): StatusError {
  const causes = [{ reason: 'DisruptionBudget', message }];
  return new StatusError(429, 'TooManyRequests', refused, {
    causes,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
