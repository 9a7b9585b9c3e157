/** How changes of a role reach its members: the role's own words, then the cluster's, then the defaults. */
import type { ClusterRole, ClusterSpec } from '../../../apis/kubedirector/types.ts';

interface RoleUpdateStrategy {
  readonly type: 'RollingUpdate' | 'OnDelete';
  readonly paused: boolean;
  /** Members that may be out of service at a time; at least 1. */
  readonly maxUnavailable: number;
}

/**
 * @param members how many the role has: of these is a percentage
 */
export function updateStrategyOf(spec: ClusterSpec, role: ClusterRole, members: number): RoleUpdateStrategy {
  const {
    type = 'RollingUpdate',
    paused = false,
    maxUnavailable = 1,
  } = { ...spec.updateStrategy, ...role.updateStrategy };
  return { type, paused, maxUnavailable: Math.max(1, amountOf(maxUnavailable, members)) };
}

/**
 * Rounded up, as the StatefulSet controller does.
 * Source: k8s.io/apimachinery/pkg/util/intstr GetScaledValueFromIntOrPercent, k8s.io/kubernetes/pkg/controller/statefulset
 */
function amountOf(value: string | number, members: number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? 1 : Math.ceil((Number(percent) * members) / 100);
}
