/** Small helper functions for pods and their conditions. */
import type { Pod, PodStatus } from '../../apis/kubernetes/types.ts';

type Condition = NonNullable<PodStatus['conditions']>[number];

/** Whether its containers have ended and will not run again. */
export const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Whether the condition Ready is True. */
export const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;

/** The names of the PersistentVolumeClaims that the pod mounts. */
export function claimNames({ spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : [],
  );
}

/** The status with this condition set. lastTransitionTime changes only when the status of the condition changes. */
export function withCondition(status: PodStatus, condition: Condition, time: string): PodStatus {
  const old = status.conditions?.find((one) => one.type === condition.type);
  const since = old?.status === condition.status ? (old.lastTransitionTime ?? time) : time;
  const next = { ...condition, lastTransitionTime: since };
  const others = (status.conditions ?? []).filter((one) => one.type !== condition.type);
  return { ...status, conditions: [...others, next] };
}
