/** Where a member is in the update of its role. */
import type { MemberStatus } from '../../../apis/kubedirector/types.ts';
import { revisionAnnotation } from '../../../apis/kubedirector/well-known.ts';
import type { Pod } from '../../../apis/kubernetes/types.ts';
import type { Stored } from '../../../meta/object.ts';
import { canBeTold, type Draft, type MemberInRole } from '../draft.ts';
import { memberProblem } from '../life-cycle/member-problem.ts';
import { kindOfRevision, restartOf } from '../revision.ts';

/** One member that stays. */
export interface MemberUpdate {
  readonly one: MemberInRole;
  /** Undefined where there is none at the moment: the next one is made of what the StatefulSet says then. */
  readonly pod: Stored<Pod> | undefined;
  /** Whether it runs what the spec and the app say now, or will with its next pod. */
  readonly isUpdated: boolean;
  /** Configured, and its container runs. */
  readonly isAvailable: boolean;
  /** What is wrong with it; undefined where it is only not ready yet. */
  readonly problem: string | undefined;
}

/** @param target the revision that the role's members are to have */
export function memberUpdate(draft: Draft, one: MemberInRole, target: string): MemberUpdate {
  const { member } = one;
  const pod = draft.observed.pods.get(member.pod);
  const revision = pod === undefined ? undefined : revisionOfPod(draft, one, pod, target);
  if (revision === undefined) delete member.revision;
  else member.revision = revision;
  return {
    one,
    pod,
    isUpdated: revision === undefined || revision === target,
    isAvailable: canBeTold(draft, one),
    problem: problemOf(draft, one),
  };
}

/**
 * Written on the pod by its StatefulSet. A pod without it was made by an earlier version of this program, or an earlier cluster
 * of this name: it is taken to have what was asked for when this version saw it first, and nothing restarts it before
 * that changes. That is remembered in the member's status.
 */
function revisionOfPod(
  { observed }: Draft,
  { member, resolved }: MemberInRole,
  { metadata }: Stored<Pod>,
  target: string,
): string {
  const written = isLeftBehind(member, metadata.uid) ? undefined : metadata.annotations?.[revisionAnnotation];
  const revision = written ?? member.revision ?? target;
  if (kindOfRevision(revision) !== kindOfRevision(target)) return revision;
  const restart = resolved && restartOf(observed.cluster, resolved.spec);
  // Whoever restarted it, and for whatever reason: it is newer than what is asked for.
  const isNewer = restart === undefined || Date.parse(metadata.creationTimestamp) >= restart.getTime();
  return isNewer ? target : revision;
}

/** Of an earlier cluster: see membership/outdated.ts. */
const isLeftBehind = ({ stateDetail }: MemberStatus, uid: string): boolean => stateDetail.outdatedPod === uid;

function problemOf(draft: Draft, one: MemberInRole): string | undefined {
  const { state, stateDetail: detail } = one.member;
  if (state === 'config error') return detail.configErrorDetail ?? 'its set-up has failed';
  return memberProblem(draft, one)?.message ?? detail.schedulingErrorMessage;
}
