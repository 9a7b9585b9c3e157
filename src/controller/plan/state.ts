/** What status says of the cluster as a whole. */
import type { ClusterState, ClusterStatus, Condition, MemberStateRollup } from '../../apis/kubedirector/types.ts';
import { specWaiting } from '../../apis/kubedirector/cluster-update.ts';
import { roleSelector, scaleRole } from '../../apis/kubedirector/scale-role.ts';
import { degraded, downStates, type Verdict } from './degraded.ts';
import { allMembers, containerOf, doingOf, isLeaving, listed, quietRollup, type Draft } from './draft.ts';
import { specTakenIn } from './membership.ts';
import { isToBeNotified } from './notifications.ts';
import { timestamp } from './timestamp.ts';

export function rollup(draft: Draft): MemberStateRollup {
  const result = { ...quietRollup };
  for (const { member } of allMembers(draft)) {
    const { state, stateDetail: detail } = member;
    const container = detail.lastKnownContainerState ?? 'unknown';
    const isDown = downStates.has(container);
    const isNew = detail.lastConfiguredContainer === undefined;
    const starting = state === 'create pending' || state === 'creating';
    if (isLeaving(member) || (starting && isNew)) result.membershipChanging = true;
    if (starting && !isNew) result.membersRestarting = true;
    if (isDown && state !== 'create pending' && state !== 'deleting') result.membersDown = true;
    if (container === 'waiting' || (state === 'create pending' && container === 'absent')) result.membersWaiting = true;
    if (detail.schedulingErrorMessage !== undefined) result.membersNotScheduled = true;
    if (container === 'initializing') result.membersInitializing = true;
    if (state === 'config error') result.configErrors = true;
  }
  return result;
}

/** Nobody on the way in or out, nothing left to tell that a member is expected to take. */
export function isSettled(draft: Draft): boolean {
  return allMembers(draft).every(
    (one) => one.member.state === 'config error' || (one.member.state === 'configured' && !isToBeNotified(one)),
  );
}

export function clusterState(draft: Draft): ClusterState {
  const before = draft.observed.cluster.status?.state;
  if (!specTakenIn(draft)) return before === undefined ? 'creating' : 'spec modified';
  if (isSettled(draft)) return 'configured';
  return before === undefined || before === 'creating' ? 'creating' : 'updating';
}

/** Conditions as `kubectl wait` reads them. Source: Kubernetes API conventions, "Typical status properties". */
export function conditions(draft: Draft, waiting: string | undefined): Condition[] {
  const verdicts = {
    Ready: ready(draft, waiting),
    Progressing: progressing(draft, waiting),
    Degraded: degraded(draft),
  };
  return mergeConditions(draft.status.conditions, verdicts, draft.observed.cluster.metadata.generation ?? 0, draft.now);
}

/** lastTransitionTime moves only when the status does. */
export function mergeConditions(
  before: readonly Condition[] | undefined,
  verdicts: Readonly<Record<string, Verdict>>,
  observedGeneration: number,
  now: Date,
): Condition[] {
  return Object.entries(verdicts).map(([type, verdict]) => {
    const old = before?.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === verdict.status ? old.lastTransitionTime : timestamp(now);
    return { type, ...verdict, observedGeneration, lastTransitionTime };
  });
}

/**
 * The status of a cluster whose reconcile fails again and again: as it was meant to be, but for the failure.
 * @param before the conditions that are stored
 */
export function withFailure(
  status: ClusterStatus,
  before: readonly Condition[] | undefined,
  { message, generation, now }: { readonly message: string; readonly generation: number; readonly now: Date },
): ClusterStatus {
  const problem = { reason: 'ReconcileError', message } as const;
  const verdicts = { Ready: { status: 'False', ...problem }, Degraded: { status: 'True', ...problem } } as const;
  const [ready, degraded] = mergeConditions(before, verdicts, generation, now);
  const others = (status.conditions ?? []).filter(({ type }) => !(type in verdicts));
  return { ...status, conditions: [ready, ...others, degraded].filter((one) => one !== undefined) };
}

function ready(draft: Draft, waiting: string | undefined): Verdict {
  const problem = degraded(draft);
  if (problem.status === 'True') return { status: 'False', reason: problem.reason, message: problem.message };
  const doing = progressing(draft, waiting);
  if (doing.status === 'True') return { status: 'False', reason: doing.reason, message: doing.message };
  const { length } = allMembers(draft);
  return { status: 'True', reason: 'MembersConfigured', message: `all ${length} members are configured` };
}

function progressing(draft: Draft, waiting: string | undefined): Verdict {
  if (waiting !== undefined) {
    return { status: 'True', reason: specWaiting, message: `the changed spec waits for ${waiting}` };
  }
  const all = allMembers(draft);
  const members = all.map(({ member }) => member);
  const find = (states: readonly string[]) =>
    listed(members.filter(({ state }) => states.includes(state)).map(({ pod }) => `${pod}${doingOf(draft, pod)}`));
  const coming = find(['create pending', 'creating']);
  if (coming !== '') return { status: 'True', reason: 'MembersCreating', message: `being set up: ${coming}` };
  const deaf = listed(all.filter(isToBeNotified).map(({ member: { pod } }) => `${pod}${doingOf(draft, pod)}`));
  const going = find(['delete pending', 'deleting']);
  if (going !== '') {
    const told = deaf === '' ? '' : `; being told: ${deaf}`;
    return { status: 'True', reason: 'MembersLeaving', message: `leaving: ${going}${told}` };
  }
  if (deaf !== '') return { status: 'True', reason: 'MembersNotified', message: `being told of changes: ${deaf}` };
  const stopped = listed(notRunning(draft));
  if (stopped !== '') {
    return { status: 'True', reason: 'MembersNotRunning', message: `to be running again: ${stopped}` };
  }
  return { status: 'False', reason: 'Settled', message: 'nothing is changing' };
}

/** Configured members without a running container that is to stay; a pod that was asked to go counts at once. */
function notRunning(draft: Draft): readonly string[] {
  return allMembers(draft)
    .filter(({ member }) => member.state === 'configured' && containerOf(draft, member) === undefined)
    .map(({ member }) => member.pod);
}

/**
 * What a HorizontalPodAutoscaler reads: members that exist, and their pods' selector, of the role that `kubectl scale` of
 * the cluster is about: the one that an annotation of cluster or app names, else its only one of open cardinality.
 */
export function scaleFields({ observed, app, status }: Draft): { replicas?: number; selector?: string } {
  const { cluster } = observed;
  const id = scaleRole(cluster, app).role;
  if (id === undefined) return {};
  const members = status.roles.find((role) => role.id === id)?.members ?? [];
  return { replicas: members.length, selector: roleSelector(cluster.metadata.name, id) };
}
