/** The state and the conditions of a role, as its view shows them. */
import type {
  ClusterStatus,
  Condition,
  KubeDirectorCluster,
  MemberStatus,
  RoleState,
} from '../../apis/kubedirector/types.ts';

/** A role of a cluster: its members, and how many there are to be. */
interface RoleInCluster {
  readonly cluster: KubeDirectorCluster;
  readonly members: readonly MemberStatus[];
  readonly desired: number;
}

/** Undefined before KubeDirector has looked at the cluster. */
export function roleState({ cluster: { status }, members, desired }: RoleInCluster): RoleState | undefined {
  if (status?.state === undefined) return undefined;
  if (status.state === 'spec modified' && desired !== members.length) return 'spec modified';
  const has = (...states: readonly string[]): boolean => members.some(({ state }) => states.includes(state));
  const isNew = members.every(({ stateDetail }) => stateDetail.lastSetupGeneration === undefined);
  if (has('create pending', 'creating')) return isNew ? 'creating' : 'updating';
  if (has('delete pending', 'deleting') || isRolling(status, members)) return 'updating';
  if (has('suspended')) return 'suspended';
  if (members.length < desired) return 'creating';
  if (has('config error')) return 'config error';
  return members.some(isDown) ? 'down' : 'configured';
}

/** Also between two members: the next one is restarted at any moment. */
function isRolling({ roles = [] }: ClusterStatus, members: readonly MemberStatus[]): boolean {
  const role = roles.find((one) => one.members === members);
  return role?.conditions?.some(({ type, reason }) => type === 'Progressing' && reason === 'RollingUpdate') === true;
}

function isDown({ ready, stateDetail: { lastKnownContainerState: container = 'running' } }: MemberStatus): boolean {
  if (ready === false) return true;
  return container !== 'running' && container !== 'unknown';
}

/** What conditions a role has that has no members, and so no place in the cluster's status. */
export function conditionsWithoutMembers({ cluster, desired }: RoleInCluster): Condition[] {
  const { metadata, status } = cluster;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const lastTransitionTime = ready?.lastTransitionTime ?? metadata.creationTimestamp ?? '';
  const { observedGeneration } = status ?? {};
  if (observedGeneration === undefined || lastTransitionTime === '') return [];
  const condition = (type: string, isTrue: boolean, reason: string, message: string): Condition => ({
    ...{ type, status: isTrue ? 'True' : 'False', reason, message },
    ...{ observedGeneration, lastTransitionTime },
  });
  if (desired === 0) {
    return [
      condition('Ready', true, 'NoMembers', 'the role is to have no members'),
      condition('Progressing', false, 'Settled', 'nothing is changing'),
      condition('Degraded', false, 'AsExpected', 'no member has a problem'),
    ];
  }
  const message = `${desired} members are to be made`;
  return [
    condition('Ready', false, 'MembersCreating', message),
    condition('Progressing', true, 'MembersCreating', message),
    condition('Degraded', false, 'AsExpected', 'no member has a problem'),
  ];
}
