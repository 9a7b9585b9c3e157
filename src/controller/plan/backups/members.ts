/** The members of a cluster as a backup sees them. */
import type { BackupMember, ClusterSpec, KubeDirectorCluster, MemberStatus } from '../../../apis/kubedirector/types.ts';
import { isPaused } from '../../../apis/kubedirector/switches.ts';
import { isRestoring } from '../../../apis/kubedirector/restoring.ts';
import type { PersistentVolumeClaim } from '../../../apis/kubernetes/types.ts';
import type { Stored } from '../../../meta/object.ts';
import { podOrdinal } from '../names.ts';
import { claimNamesOf } from '../natives/ownership.ts';
import type { ObservedBackup, Obstacle } from './observed.ts';

/** Members that stay, with their roles. */
function stayingMembers({
  status,
}: KubeDirectorCluster): readonly { readonly role: string; readonly member: MemberStatus }[] {
  return (status?.roles ?? []).flatMap(({ id, members }) =>
    members
      .filter(({ state }) => state !== 'delete pending' && state !== 'deleting')
      .map((member) => ({ role: id, member })),
  );
}

/** Whether the cluster is stopped: nobody has to be told of a backup. */
export const isStopped = (cluster: KubeDirectorCluster): boolean =>
  cluster.spec.suspend === true && stayingMembers(cluster).every(({ member }) => member.state === 'suspended');

/** Why the members can't be copied now; undefined where they can. */
export function obstacleOf({ cluster, claims }: ObservedBackup): Obstacle | undefined {
  if (cluster === undefined) return undefined;
  if (isPaused(cluster)) return { reason: 'ClusterPaused', message: 'the cluster is paused' };
  const isBeingMade = cluster.spec.restoreFrom !== undefined && cluster.status?.restoredFrom?.completedAt === undefined;
  if (isRestoring(cluster) || isBeingMade || cluster.status?.state === undefined) {
    return { reason: 'ClusterNotReady', message: 'the cluster is still being made' };
  }
  if (cluster.status.upgradeInfo !== undefined) {
    return { reason: 'ClusterNotReady', message: 'the app of the cluster is being upgraded' };
  }
  const members = stayingMembers(cluster);
  const stopped = isStopped(cluster);
  const odd = members.find(({ member }) => !stopped && !isWorking(member));
  if (odd !== undefined) {
    const what = odd.member.state === 'configured' ? 'does not run' : `is in the state ${odd.member.state}`;
    return { reason: 'MembersNotReady', message: `member ${odd.member.pod} ${what}` };
  }
  const names = members.flatMap(({ member }) => (wasSetUp(member) ? claimNamesOf(member) : []));
  const lost = names.find((name) => !isThere(claims.get(name)));
  return lost === undefined
    ? undefined
    : { reason: 'ClaimsNotReady', message: `the PersistentVolumeClaim ${lost} is gone, or has lost its volume` };
}

const isThere = (claim: Stored<PersistentVolumeClaim> | undefined): boolean =>
  claim !== undefined && claim.metadata.deletionTimestamp === undefined && claim.status?.phase !== 'Lost';

const isWorking = ({ state, stateDetail }: MemberStatus): boolean =>
  state === 'configured' && stateDetail.lastKnownContainerState === 'running';

const wasSetUp = ({ stateDetail }: MemberStatus): boolean => stateDetail.lastSetupGeneration !== undefined;

/** The members whose volumes are to be copied, with the names of what will be made. */
export function membersToCopy(backup: string, cluster: KubeDirectorCluster): BackupMember[] {
  return stayingMembers(cluster).flatMap(({ role, member }) => {
    const names = wasSetUp(member) ? claimNamesOf(member) : [];
    const volumes = names.map((claim) => {
      return { template: claim.slice(0, claim.indexOf('-')), claim, snapshot: `${backup}-${claim}` };
    });
    return volumes.length === 0 ? [] : [{ pod: member.pod, role, ordinal: podOrdinal(member.pod), volumes }];
  });
}

/** What the members were told of this backup. */
interface Frost {
  /** Members that are not known to be frozen yet, and why not. */
  readonly missing: readonly string[];
  /** Why the members can't be frozen, or are no longer; undefined where there is hope. */
  readonly lost: Obstacle | undefined;
}

/** How far the members of a running cluster are frozen. */
export function frostOf(
  uid: string,
  cluster: Stored<KubeDirectorCluster>,
  copied: readonly BackupMember[] = [],
): Frost {
  const members = stayingMembers(cluster);
  const known = new Map(members.map(({ member }) => [member.pod, member]));
  const gone = copied.find(({ pod }) => known.get(pod)?.state !== 'configured');
  if (gone !== undefined) {
    return {
      missing: [],
      lost: { reason: 'MembersNotReady', message: `member ${gone.pod} has left or was restarted` },
    };
  }
  const told = members.filter(({ member }) => member.state === 'configured').map(({ member }) => member);
  const failed = told.find(({ stateDetail: { backup } }) => backup?.uid === uid && backup.state === 'Failed');
  const missing = told
    .filter(({ stateDetail: { backup } }) => backup?.uid !== uid || backup.state !== 'Frozen')
    .map(({ pod }) => pod);
  if (failed === undefined) return { missing, lost: undefined };
  const said = failed.stateDetail.backup?.message ?? '';
  return { missing, lost: { reason: 'FreezeFailed', message: `member ${failed.pod} could not be frozen: ${said}` } };
}

/** Whether members that run have still to be told that the backup is over. */
export function areThawed(uid: string, cluster: Stored<KubeDirectorCluster> | undefined): boolean {
  if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined) return true;
  return stayingMembers(cluster).every(({ member }) => member.stateDetail.backup?.uid !== uid || !isWorking(member));
}

/** The spec without the values of secretKeys, which are encrypted for this very cluster. */
export function specToKeep(spec: ClusterSpec): ClusterSpec {
  return {
    ...spec,
    roles: spec.roles.map((role) =>
      role.secretKeys === undefined ? role : { ...role, secretKeys: role.secretKeys.map(({ name }) => ({ name })) },
    ),
  };
}
