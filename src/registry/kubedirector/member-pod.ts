/** Which pod a member's is. */
import type { Pod } from '../../apis/kubernetes/types.ts';
import type { KubeDirectorCluster, MemberStatus, RoleStatus } from '../../apis/kubedirector/types.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import type { NativeClients } from '../../clients/contract.ts';

/** A member as the status of its cluster has it. */
export interface MemberOf {
  readonly namespace: string;
  readonly cluster: Stored<KubeDirectorCluster>;
  readonly role: RoleStatus;
  readonly member: MemberStatus;
}

/** The member's pod, found by its owners: a pod or StatefulSet of the same name may be anybody's. Undefined: it has none. */
export function ownPod(
  { pods, statefulSets }: Pick<NativeClients, 'pods' | 'statefulSets'>,
  { namespace, cluster, role, member }: MemberOf,
): Stored<Pod> | undefined {
  const pod = pods.get(namespace, member.pod);
  const set = statefulSets.get(namespace, role.statefulSet);
  return isControlledBy(pod, set) && isControlledBy(set, cluster) ? pod : undefined;
}

type Owned = { readonly metadata: NamespacedOwned } | undefined;
interface NamespacedOwned extends Partial<NamespacedName> {
  readonly uid: string;
  readonly ownerReferences?: readonly { readonly uid: string; readonly controller?: boolean }[];
}

function isControlledBy(owned: Owned, owner: Owned): boolean {
  const references = owned?.metadata.ownerReferences ?? [];
  return (
    owner !== undefined && references.some(({ uid, controller }) => controller === true && uid === owner.metadata.uid)
  );
}
