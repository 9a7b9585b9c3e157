/** A cluster that a user has paused: all stays as it is, for as long as the annotation is there. */
import type { ClusterStatus, Condition } from '../../../apis/kubedirector/types.ts';
import { pausedAnnotation } from '../../../apis/kubedirector/well-known.ts';
import type { Action } from '../actions.ts';
import { allMembers, type Draft } from '../draft.ts';
import { beginAgain } from '../guest/notifications.ts';
import { pausedType, withCondition } from '../messages/verdict.ts';
import type { Observed } from '../observed.ts';

const message = `nothing is done for this cluster but its deletion, until the annotation ${pausedAnnotation} is removed`;

const wasPaused = (conditions: readonly Condition[] = []): boolean =>
  conditions.some(({ type, status }) => type === pausedType && status === 'True');

/**
 * The plan for a paused cluster. Guest work is ended as it would be by the end of this process: a startscript that runs
 * in a container finishes there, and what it has come to is found out later.
 */
export function planPaused(
  { cluster, guest, health }: Observed,
  now: Date,
): { actions: Action[]; status: ClusterStatus } {
  const { generation = 0 } = cluster.metadata;
  const before = cluster.status?.conditions;
  const actions: Action[] = [...guest.keys()].map((pod) => ({ type: 'forgetGuest', pod }));
  for (const pod of health?.keys() ?? []) actions.push({ type: 'forgetHealth', pod });
  if (!wasPaused(before)) actions.push(tell(`paused: ${message}`));
  const verdict = { status: 'True', reason: 'PausedByAnnotation', message } as const;
  const conditions = withCondition(before, pausedType, verdict, { observedGeneration: generation, now });
  return { actions, status: { ...cluster.status, conditions } };
}

/** What is told once where a cluster is no longer paused. */
export function endOfPause({ cluster }: Observed): readonly Action[] {
  return wasPaused(cluster.status?.conditions) ? [tell('no longer paused')] : [];
}

/** The time of the pause does not count for what members are still to be told: they were told nothing. */
export function leavePause(draft: Draft): void {
  if (!wasPaused(draft.observed.cluster.status?.conditions)) return;
  for (const { member } of allMembers(draft)) beginAgain(draft, member);
}

const tell = (text: string): Action => ({ type: 'event', severity: 'Normal', reason: 'Cluster', message: text });
