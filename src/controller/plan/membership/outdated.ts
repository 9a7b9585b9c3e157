/** Pods that an earlier cluster of the same name made in another way than the spec asks for. They run on: see orphans.ts. */
import type { MemberStatus } from '../../../apis/kubedirector/types.ts';
import { listed, type Draft, type MemberInRole } from '../draft.ts';

/** Forgets a pod that is gone: the next one is made of the spec. */
export function forgetOutdated({ observed }: Draft, { pod, stateDetail }: MemberStatus): void {
  const { outdatedPod } = stateDetail;
  if (outdatedPod !== undefined && observed.pods.get(pod)?.metadata.uid !== outdatedPod) delete stateDetail.outdatedPod;
}

/** What users are told; undefined where no member has such a pod. */
export function outdatedMessage(members: readonly MemberInRole[]): string | undefined {
  const pods = members.flatMap(({ member }) => (member.stateDetail.outdatedPod === undefined ? [] : [member.pod]));
  return pods.length === 0 ? undefined : outdatedPods(pods);
}

/** At least one. */
export function outdatedPods(pods: readonly string[]): string {
  return `${listed(pods)}: made by an earlier cluster of this name, and not as the spec asks for; delete the pod to have it made anew`;
}
