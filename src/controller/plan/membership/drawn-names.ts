/** The names that a cluster's objects get, drawn while there are none yet. */
import type { MemberStatus } from '../../../apis/kubedirector/types.ts';
import type { Draft } from '../draft.ts';
import { headlessServiceName, memberServiceName, noService, statefulSetName } from '../names.ts';
import { filesystemClaim } from '../objects/volumes.ts';

/** A name for the headless Service that no Service of the cluster has, nor one that was seen to be in its way. */
export function drawClusterService({ observed, ids }: Draft): string {
  return headlessServiceName(observed.cluster, ids, new Set(observed.services.keys()));
}

/** A name for a role's StatefulSet that no other one of the cluster has, nor one that was seen to be in its way. */
export function drawStatefulSet({ observed, status, ids }: Draft, role: string): string {
  const taken = new Set([...observed.statefulSets.keys(), ...status.roles.map(({ statefulSet }) => statefulSet)]);
  return statefulSetName(observed.cluster, role, ids, taken);
}

/** What a member is known by, after its pod. */
export function memberNames(
  { observed }: Draft,
  { pod, hasService, hasVolume }: { readonly pod: string; readonly hasService: boolean; readonly hasVolume: boolean },
): Pick<MemberStatus, 'pod' | 'service' | 'pvc'> {
  return {
    pod,
    service: hasService ? memberServiceName(observed.cluster, pod) : noService,
    ...(hasVolume ? { pvc: `${filesystemClaim}-${pod}` } : {}),
  };
}
