/** What status says of the cluster as a whole, its conditions aside. */
import type { ClusterState, MemberStateRollup } from '../../../apis/kubedirector/types.ts';
import { roleSelector, scaleRole } from '../../../apis/kubedirector/scale-role.ts';
import { downStates } from './degraded.ts';
import { isSuspended } from './suspended.ts';
import { allMembers, isLeaving, quietRollup, type Draft } from '../draft.ts';
import { specTakenIn } from '../membership/membership.ts';
import { isToBeNotified } from '../guest/notifications.ts';
import type { RoleUpdate } from '../rolling/role-update.ts';

/** Which states the members are in, as flags. */
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
    if ((isDown && !withoutContainer.has(state)) || detail.healthErrorMessage !== undefined) result.membersDown = true;
    if (container === 'waiting' || (state === 'create pending' && container === 'absent')) result.membersWaiting = true;
    if (detail.schedulingErrorMessage !== undefined) result.membersNotScheduled = true;
    if (container === 'initializing') result.membersInitializing = true;
    if (state === 'config error') result.configErrors = true;
    if (member.upgradeStatus === 'upgrading') result.membersUpgrading = true;
    if (member.upgradeStatus === 'rollingBack') result.membersRollingBack = true;
  }
  return result;
}

/** Members in these states have no container, or none yet, and nothing is wrong with that. */
const withoutContainer: ReadonlySet<string> = new Set(['create pending', 'deleting', 'suspended']);

/** Nobody on the way in or out, nothing left to tell that a member is expected to take. */
function isSettled(draft: Draft): boolean {
  return allMembers(draft).every(
    (one) => one.member.state === 'config error' || (one.member.state === 'configured' && !isToBeNotified(one)),
  );
}

/** The state of the cluster as a whole. */
export function clusterState(draft: Draft, updates: readonly RoleUpdate[]): ClusterState {
  const before = draft.observed.cluster.status?.state;
  if (!specTakenIn(draft)) return before === undefined ? 'creating' : 'spec modified';
  if (isSuspended(draft)) return 'suspended';
  if (isSettled(draft) && !updates.some(({ stage }) => stage === 'rolling')) return 'configured';
  return before === undefined || before === 'creating' ? 'creating' : 'updating';
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
