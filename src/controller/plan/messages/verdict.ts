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

/** The type of the condition that a paused cluster has, and no other. */
export const pausedType = 'Paused';

/** The type of the condition of a cluster that is stopped, or was. */
export const suspendedType = 'Suspended';

/** The type of the condition of a cluster whose app is upgraded, or was. */
export const upgradingType = 'Upgrading';

/** The type of the condition of a cluster whose last update has failed and was taken back. */
export const updateRevertedType = 'UpdateReverted';

/** The type of the condition of a cluster whose volumes are made of a backup. */
export const restoredType = 'Restored';

/** The controller's own types; every other one is somebody else's. */
const ownTypes: ReadonlySet<string> = new Set([
  ...['Ready', 'Progressing', 'Degraded'],
  ...[connectionsResolved, pausedType, suspendedType, upgradingType, restoredType, updateRevertedType],
]);

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
  const own = Object.entries(verdicts).map(([type, verdict]) =>
    conditionOf(before, type, verdict, { observedGeneration, now }),
  );
  return [...own, ...others];
}

/** All conditions as they are, but for the one of this type. */
export function withCondition(
  before: readonly Condition[] | undefined,
  type: string,
  verdict: Verdict,
  context: ConditionTimes,
): Condition[] {
  const others = before?.filter((condition) => condition.type !== type) ?? [];
  return [...others, conditionOf(before, type, verdict, context)];
}

interface ConditionTimes {
  readonly observedGeneration: number;
  readonly now: Date;
}

function conditionOf(
  before: readonly Condition[] | undefined,
  type: string,
  verdict: Verdict,
  { observedGeneration, now }: ConditionTimes,
): Condition {
  const old = before?.find((condition) => condition.type === type);
  const lastTransitionTime = old?.status === verdict.status ? old.lastTransitionTime : kubeTime(now);
  const message = conditionMessage(verdict.message);
  return { type, ...verdict, message, observedGeneration, lastTransitionTime };
}
