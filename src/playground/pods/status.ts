/** Small questions about pods, and their conditions. */
import type { Pod, PodStatus } from '../../apis/kubernetes/types.ts';

type Condition = NonNullable<PodStatus['conditions']>[number];

/** Its containers have ended for good. */
export const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

export const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;

/** Names of the claims it mounts. */
export function claimNames({ spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : [],
  );
}

/** With this condition; lastTransitionTime moves only when its status changes. */
export function withCondition(status: PodStatus, condition: Condition, time: string): PodStatus {
  const old = status.conditions?.find((one) => one.type === condition.type);
  const since = old?.status === condition.status ? (old.lastTransitionTime ?? time) : time;
  const next = { ...condition, lastTransitionTime: since };
  const others = (status.conditions ?? []).filter((one) => one.type !== condition.type);
  return { ...status, conditions: [...others, next] };
}
