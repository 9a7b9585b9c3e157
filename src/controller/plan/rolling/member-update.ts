/** Where a member is in the update of its role. */
import type { MemberStatus } from '../../../apis/kubedirector/types.ts';
import { revisionAnnotation } from '../../../apis/kubedirector/well-known.ts';
import type { Pod } from '../../../apis/kubernetes/types.ts';
import { deepEqual } from '../../../meta/json.ts';
import type { Stored } from '../../../meta/object.ts';
import { containerOf, isInService, type Draft, type MemberInRole } from '../draft.ts';
import { memberProblem } from '../life-cycle/member-problem.ts';
import { devicePathsOf, isOfBefore, waitsForOthers } from '../natives/devices.ts';
import { resizableOf } from '../resizable.ts';
import { partsOf, restartOf } from '../revision.ts';
import { resizeState, whyNotResized } from './resize.ts';

/**
 * How a member comes to what the spec and the app say now. none: it runs that, or will with its next pod. resize: its node is to
 * be asked to give it other cpu and memory. resizing: the node is about to. restart: only a new pod can have it.
 */
type UpdateWay = 'none' | 'resize' | 'resizing' | 'restart';

/** One member that stays. */
export interface MemberUpdate {
  readonly one: MemberInRole;
  /** Undefined where there is none at the moment: the next one is made of what the StatefulSet says then. */
  readonly pod: Stored<Pod> | undefined;
  readonly way: UpdateWay;
  /** Why it is restarted although another amount of cpu and memory is all that it lacks; undefined in any other case. */
  readonly whyNotResized?: string | undefined;
  /** In service. */
  readonly isAvailable: boolean;
  /** What is wrong with it; undefined where it is only not ready yet. */
  readonly problem: string | undefined;
  /** Whether that is what its package said in this container, and nobody tries it again. */
  readonly isFinal: boolean;
  /** Whether its pod has other devices than the role asks for, or comes only when the pods above it have gone. */
  readonly isOfBefore: boolean;
}

/** @param target the revision that the role's members are to have */
export function memberUpdate(draft: Draft, one: MemberInRole, target: string): MemberUpdate {
  const { member } = one;
  const pod = draft.observed.pods.get(member.pod);
  const isOfBefore = hasOtherDevices(draft, one, pod);
  const found = pod === undefined ? noPod : updateOfPod(draft, one, pod, target);
  const { revision, way, ...more }: PodUpdate = isOfBefore ? { revision: found.revision, way: 'restart' } : found;
  if (revision === undefined) delete member.revision;
  else member.revision = revision;
  tellDevices(draft, member, pod);
  const state = { isAvailable: isInService(draft, one), problem: problemOf(draft, one), isFinal: isFinal(draft, one) };
  return { one, pod, way, ...more, ...state, isOfBefore };
}

interface PodUpdate {
  /** What it runs. */
  readonly revision: string | undefined;
  readonly way: UpdateWay;
  readonly whyNotResized?: string;
}

const noPod: PodUpdate = { revision: undefined, way: 'none' };

/**
 * Its StatefulSet has written on the pod what it was made of; status knows what it was resized to. A pod without it was made by an
 * earlier version of this program, or an earlier cluster of this name: it is taken to have what was asked for when this
 * version saw it first, and nothing restarts it before that changes.
 */
function updateOfPod(draft: Draft, one: MemberInRole, pod: Stored<Pod>, target: string): PodUpdate {
  const { member, resolved } = one;
  const { metadata } = pod;
  const written = isLeftBehind(member, metadata.uid) ? undefined : metadata.annotations?.[revisionAnnotation];
  const known = member.revision;
  const made = written ?? known ?? target;
  const revision = known !== undefined && partsOf(known).what === partsOf(made).what ? known : made;
  const restart = resolved && restartOf(draft.observed.cluster, resolved.spec);
  // Whoever restarted it, and for whatever reason: it is newer than what is asked for.
  const isNewer = restart === undefined || Date.parse(metadata.creationTimestamp) >= restart.getTime();
  if (partsOf(revision).what !== partsOf(target).what || !(isNewer || made === target))
    return { revision, way: 'restart' };
  if (isToRestart(one, pod)) return { revision, way: 'restart' };
  const { amounts } = partsOf(target);
  const isAsMade = partsOf(made).amounts === amounts;
  if (resolved === undefined || (isAsMade && partsOf(revision).amounts === amounts))
    return { revision: target, way: 'none' };
  const wanted = resizableOf(resolved.spec.resources);
  const state = resizeState(pod, wanted, isAsMade);
  if (state === 'done') return { revision: target, way: 'none' };
  if (state === 'underway') return { revision, way: 'resizing' };
  const refused = draft.observed.refusedResizes?.get(member.pod);
  const refusal = deepEqual(refused?.resources, wanted) ? refused?.message : undefined;
  if (state !== 'impossible' && refusal === undefined) return { revision, way: 'resize' };
  return { revision, way: 'restart', whyNotResized: whyNotResized(pod, refusal) };
}

/**
 * Whether somebody has asked for a restart of this member alone, and this is still the pod from before. The status remembers
 * which pod that is: clocks that differ restart nobody twice.
 */
function isToRestart({ member, resolved }: MemberInRole, { metadata }: Stored<Pod>): boolean {
  const asked = resolved?.spec.memberRestarts?.find(({ pod }) => pod === member.pod)?.restartedAt;
  if (asked === undefined) {
    delete member.restart;
    return false;
  }
  if (member.restart?.restartedAt !== asked) {
    const isNewer = Date.parse(metadata.creationTimestamp) >= Date.parse(asked);
    member.restart = { restartedAt: asked, ...(isNewer ? {} : { podUID: metadata.uid }) };
  } else if (member.restart.podUID !== metadata.uid) {
    member.restart = { restartedAt: asked };
  }
  return member.restart.podUID !== undefined;
}

/** Of an earlier cluster: see membership/outdated.ts. */
const isLeftBehind = ({ stateDetail }: MemberStatus, uid: string): boolean => stateDetail.outdatedPod === uid;

function problemOf(draft: Draft, one: MemberInRole): string | undefined {
  const { stateDetail: detail } = one.member;
  if (isFinal(draft, one)) return detail.upgradeErrorMessage ?? detail.configErrorDetail ?? 'its set-up has failed';
  return memberProblem(draft, one)?.message ?? detail.schedulingErrorMessage ?? detail.healthErrorMessage;
}

/** What the container before has come to is known until the next one runs, and says nothing of that. */
function isFinal(draft: Draft, { member }: MemberInRole): boolean {
  const { state, stateDetail: detail } = member;
  const container = containerOf(draft, member);
  if (container === undefined) return false;
  if (detail.upgradeErrorMessage !== undefined) return true;
  return state === 'config error' && container === detail.configuringContainer;
}

function hasOtherDevices(draft: Draft, { role, member }: MemberInRole, pod: Stored<Pod> | undefined): boolean {
  const resolved = draft.roles.get(role.id);
  if (resolved === undefined) return false;
  return pod === undefined ? waitsForOthers(draft, role, member.pod) : isOfBefore(pod, resolved);
}

/** Those that a container has had: nobody may take them away any more. */
function tellDevices(draft: Draft, member: MemberStatus, pod: Stored<Pod> | undefined): void {
  if (pod === undefined || containerOf(draft, member) === undefined) return;
  const paths = devicePathsOf(pod);
  if (paths.length === 0) delete member.blockDevicePaths;
  else member.blockDevicePaths = [...paths];
}
