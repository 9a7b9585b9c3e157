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

/**
 * The conditions that these verdicts make, by type. lastTransitionTime changes only when the status does.
 * @param before the conditions that are stored
 */
export function mergeConditions(
  before: readonly Condition[] | undefined,
  verdicts: Readonly<Record<string, Verdict>>,
  observedGeneration: number,
  now: Date,
): Condition[] {
  return Object.entries(verdicts).map(([type, verdict]) => {
    const old = before?.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === verdict.status ? old.lastTransitionTime : kubeTime(now);
    const message = conditionMessage(verdict.message);
    return { type, ...verdict, message, observedGeneration, lastTransitionTime };
  });
}
