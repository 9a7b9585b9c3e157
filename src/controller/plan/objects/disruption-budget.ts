/** The PodDisruptionBudget of a role. See docs/adr/0048-health-and-disruption-budgets.md. */
import type { ClusterRole, ClusterSpec } from '../../../apis/kubedirector/types.ts';
import { clusterLabel, podNameLabel, roleLabel } from '../../../apis/kubedirector/well-known.ts';
import type { PodDisruptionBudget } from '../../../apis/kubernetes/types.ts';
import { prettyNameAnnotation } from '../names.ts';
import type { ResolvedRole } from '../roles.ts';
import { ownedBy, selectorLabels, type ObjectContext } from './metadata.ts';

interface DisruptionBudgetInput {
  /** That of the role's StatefulSet. */
  readonly name: string;
  /** Pods of members that are not in service: they may go at any time, and count as unavailable. */
  readonly outOfService: readonly string[];
  /** How many members there are, where pods of theirs are nobody's at the moment. */
  readonly orphaned?: number | undefined;
}

/**
 * Members that are not in service are not selected. Kubernetes counts them as unavailable all the same, because it compares the
 * healthy pods that are selected with the replicas of the StatefulSet. So a member that is being set up uses the budget up, although
 * its pod is Ready, and a broken one never blocks a drain.
 * Source: getExpectedPodCount in k8s.io/kubernetes/pkg/controller/disruption
 */
export function disruptionBudget(
  { cluster, prettyName }: ObjectContext,
  role: ResolvedRole,
  { name, outOfService, orphaned }: DisruptionBudgetInput,
): PodDisruptionBudget {
  const exception = { key: podNameLabel, operator: 'NotIn', values: [...outOfService] };
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name,
      namespace: cluster.metadata.namespace ?? '',
      labels: selectorLabels(cluster, role.id),
      annotations: { [prettyNameAnnotation]: prettyName },
      ownerReferences: [ownedBy(cluster)],
    },
    spec: {
      ...(orphaned === undefined ? amountOf(cluster.spec, role.spec) : leastOf(cluster.spec, role.spec, orphaned)),
      selector: {
        matchLabels: { [clusterLabel]: cluster.metadata.name, [roleLabel]: role.id },
        matchExpressions: outOfService.length === 0 ? [] : [exception],
      },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}

type Amount = { readonly maxUnavailable: number | string } | { readonly minAvailable: number | string };

/** In the words of the role, else as many as an update may take. */
function amountOf(spec: ClusterSpec, { podDisruptionBudget: own, updateStrategy }: ClusterRole): Amount {
  if (own?.minAvailable !== undefined) return { minAvailable: own.minAvailable };
  if (own?.maxUnavailable !== undefined) return { maxUnavailable: own.maxUnavailable };
  return { maxUnavailable: updateStrategy?.maxUnavailable ?? spec.updateStrategy?.maxUnavailable ?? 1 };
}

/**
 * The same as a number of pods that must stay. Of pods without a controller Kubernetes does not know how many there should be,
 * and lets none go. Source: getExpectedPodCount, as above
 */
function leastOf(spec: ClusterSpec, role: ClusterRole, members: number): Amount {
  const amount = amountOf(spec, role);
  const least =
    'minAvailable' in amount ? scaled(amount.minAvailable, members) : members - scaled(amount.maxUnavailable, members);
  return { minAvailable: Math.max(0, least) };
}

function scaled(value: number | string, members: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * members) / 100);
}
