/**
 * Names that were drawn for a cluster, and turn out to be those of somebody else's objects: others are drawn instead. With
 * thousands of clusters in one namespace two draw the same five characters sooner or later (the birthday problem); objects
 * that kube-apiserver names itself get another name then, too (KEP-4420).
 */
import type { RoleStatus } from '../../../apis/kubedirector/types.ts';
import type { Service } from '../../../apis/kubernetes/types.ts';
import type { KubeObject, Stored } from '../../../meta/object.ts';
import { hasRun } from '../../../apis/kubedirector/cluster-update.ts';
import { allMembers, event, type Draft } from '../draft.ts';
import { deletion } from '../natives/deletion.ts';
import { isAdoptable, isOwned } from '../natives/ownership.ts';
import { noService, podName, podOrdinal } from '../names.ts';
import { drawClusterService, drawStatefulSet, memberNames } from './drawn-names.ts';
import { hasRetained } from './retained.ts';

/**
 * Only as long as nothing has been made under a name: afterwards members are known by it. Claims that were retained are
 * taken up under their own names only.
 */
export function renameWhatIsTaken(draft: Draft): void {
  const { status, observed } = draft;
  if (allMembers(draft).some(({ member }) => hasRetained(draft, member.pod))) return;
  const { clusterService } = status;
  if (isForeign(draft, observed.services.get(clusterService)) && !status.roles.some((role) => isBegun(draft, role))) {
    status.clusterService = drawClusterService(draft);
    tellRenamed(draft, 'service', clusterService, status.clusterService);
  }
  for (const role of status.roles) if (!isBegun(draft, role)) renameRole(draft, role);
}

function renameRole(draft: Draft, role: RoleStatus): void {
  const { statefulSets, services } = draft.observed;
  const { statefulSet } = role;
  const isTaken =
    isForeign(draft, statefulSets.get(statefulSet)) ||
    role.members.some(({ service }) => service !== noService && isForeign(draft, services.get(service)));
  if (!isTaken) return;
  role.statefulSet = drawStatefulSet(draft, role.id);
  for (const member of role.members) {
    const pod = podName(role.statefulSet, podOrdinal(member.pod));
    const { service, pvc } = member;
    withdraw(draft, services.get(service));
    Object.assign(member, memberNames(draft, { pod, hasService: service !== noService, hasVolume: pvc !== undefined }));
  }
  tellRenamed(draft, 'statefulset', statefulSet, role.statefulSet);
}

/** A Service that was made before the StatefulSet's name turned out to be taken. */
function withdraw({ observed, actions }: Draft, service: Stored<Service> | undefined): void {
  if (service !== undefined && isOwned(observed.cluster, service)) actions.push(...deletion('Service', service));
}

/** Whether anything has been made under the role's names. */
function isBegun(draft: Draft, { statefulSet, members }: RoleStatus): boolean {
  const actual = draft.observed.statefulSets.get(statefulSet);
  const hasPods = members.some(({ pod }) => draft.observed.pods.has(pod));
  return hasPods || members.some(hasRun) || (actual !== undefined && !isForeign(draft, actual));
}

const isForeign = ({ observed }: Draft, object: Stored<KubeObject> | undefined): boolean =>
  object !== undefined && !isAdoptable(observed.cluster, object);

function tellRenamed(draft: Draft, kind: string, before: string, after: string): void {
  event(draft, 'Cluster', `${kind}{${before}} exists and is not this cluster's; using the name ${after} instead`);
}
