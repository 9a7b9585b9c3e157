/** What a plan says in one condition, and the condition that this makes. */
import type { Condition } from '../../../apis/kubedirector/types.ts';
import { kubeTime } from '../../../meta/kube-time.ts';
import { conditionMessage } from './status-budget.ts';

/** A condition without its times. */
export interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** The type of the condition that tells of connections. */
export const connectionsResolved = 'ConnectionsResolved';

/** The controller's own types; every other one is somebody else's. */
const ownTypes: ReadonlySet<string> = new Set(['Ready', 'Progressing', 'Degraded', connectionsResolved]);

/**
 * The conditions that these verdicts make, by type. lastTransitionTime changes only when the status does. Conditions of
 * other types stay as they are, as Kubernetes' own controllers leave them: another controller may keep one.
 * @param before the conditions that are stored
 */
export function mergeConditions(
  before: readonly Condition[] | undefined,
  verdicts: Readonly<Record<string, Verdict>>,
  observedGeneration: number,
  now: Date,
): Condition[] {
  const others = before?.filter(({ type }) => !ownTypes.has(type)) ?? [];
  const own = Object.entries(verdicts).map(([type, verdict]) => {
    const old = before?.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === verdict.status ? old.lastTransitionTime : kubeTime(now);
    const message = conditionMessage(verdict.message);
    return { type, ...verdict, message, observedGeneration, lastTransitionTime };
  });
  return [...own, ...others];
}
