/** Why a member does not run: by its pod's status, or, where that is silent, by the events about what it waits for. */
import type { ToldEvent } from '../../../apis/kubernetes/event.ts';
import { schedulingError } from '../pods/container.ts';
import { containerOf, event, isLeaving, type Draft, type MemberInRole } from '../draft.ts';
import { podProblem, postStartProblem, wasKilled, type Problem } from '../pods/pod-problem.ts';
import { claimNames, subjectKey } from './unexplained.ts';
import { memberMessage } from '../messages/status-budget.ts';
import { steady } from '../messages/words.ts';

/** Undefined for a member that runs, leaves, or has nothing known to be wrong with it. */
export function memberProblem(draft: Draft, { member, role, resolved }: MemberInRole): Problem | undefined {
  if (isLeaving(member) || member.state === 'suspended') return undefined;
  const pod = draft.observed.pods.get(member.pod);
  const isSetUp = member.state === 'configured' || member.state === 'config error';
  const told = podProblem(pod, { role: resolved, isSetUp });
  if (told !== undefined)
    return (wasKilled(pod) ? hookProblem(eventsAbout(draft, 'Pod', member.pod)) : undefined) ?? told;
  if (containerOf(draft, member) !== undefined || pod?.metadata.deletionTimestamp !== undefined) return undefined;
  if (pod === undefined) return setProblem(eventsAbout(draft, 'StatefulSet', role.statefulSet));
  const ofClaims = claimNames(pod).map((name) => claimProblem(name, eventsAbout(draft, 'PersistentVolumeClaim', name)));
  return ofClaims.find((problem) => problem !== undefined) ?? waitingProblem(eventsAbout(draft, 'Pod', member.pod));
}

/** Keeps it in the member's stateDetail, and tells users when there is a new one. */
export function tellProblem(draft: Draft, one: MemberInRole): void {
  const { member, role } = one;
  const { stateDetail: detail } = member;
  const { podErrorMessage: before, schedulingErrorMessage: unscheduledBefore } = detail;
  const unscheduled = schedulingError(draft.observed.pods.get(member.pod));
  if (unscheduled === undefined) delete detail.schedulingErrorMessage;
  else detail.schedulingErrorMessage = steady(unscheduledBefore, memberMessage(draft, unscheduled));
  const problem = memberProblem(draft, one);
  if (problem === undefined) delete detail.podErrorMessage;
  else detail.podErrorMessage = steady(before, memberMessage(draft, problem.message));
  const { podErrorMessage, schedulingErrorMessage } = detail;
  const news = podErrorMessage === undefined || podErrorMessage === before ? undefined : podErrorMessage;
  const isNewlyUnscheduled = schedulingErrorMessage !== undefined && unscheduledBefore === undefined;
  const said = news ?? (isNewlyUnscheduled ? `not scheduled: ${schedulingErrorMessage}` : undefined);
  if (said !== undefined) event(draft, 'Member', `member{${member.pod}} in role{${role.id}}: ${said}`, 'Warning');
}

function eventsAbout({ observed }: Draft, kind: string, name: string): readonly ToldEvent[] {
  return observed.events?.get(subjectKey({ kind, name })) ?? [];
}

/** A warning that something else has come after no longer counts. */
function waitingProblem(events: readonly ToldEvent[]): Problem | undefined {
  const hook = hookProblem(events);
  if (hook !== undefined) return hook;
  const [newest] = events;
  if (newest?.type !== 'Warning') return undefined;
  const { reason, message } = newest;
  const advice = /not found/.test(message) ? ' (put it back, or have the cluster do without)' : '';
  return { reason, message: `${waitingWords.get(reason) ?? reason}: ${message}${advice}` };
}

const waitingWords: ReadonlyMap<string, string> = new Map([
  ['FailedMount', "a volume can't be mounted (it is tried again)"],
  ['FailedAttachVolume', "a volume can't be attached (it is tried again)"],
  ['FailedMapVolume', "a block device can't be had (it is tried again)"],
  ['FailedCreatePodSandBox', "the pod's surroundings, its network say, can't be made (it is tried again)"],
]);

function hookProblem(events: readonly ToldEvent[]): Problem | undefined {
  return events.some(({ reason }) => reason === 'FailedPostStartHook') ? postStartProblem : undefined;
}

function setProblem([newest]: readonly ToldEvent[]): Problem | undefined {
  if (newest?.type !== 'Warning') return undefined;
  const { reason, message } = newest;
  const why = ofPodSecurity.exec(message)?.[1] ?? message;
  return { reason, message: `the pod can't be made (it is tried again): ${why}` };
}

/** What its admission says, without the words of the StatefulSet controller in front of it. */
const ofPodSecurity =
  /^create Pod \S+ in StatefulSet \S+ failed error: (pods "[^"]*" is forbidden: violates PodSecurity .*)$/is;

/** Ordinary words about a claim come as warnings or not; these are the ones with nothing wrong in them. */
const ordinary = new Set([
  'WaitForFirstConsumer',
  'WaitForPodScheduled',
  'Provisioning',
  'ExternalProvisioning',
  'ProvisioningSucceeded',
]);

function claimProblem(name: string, [newest]: readonly ToldEvent[]): Problem | undefined {
  if (newest === undefined || ordinary.has(newest.reason)) return undefined;
  const advice = 'does its StorageClass exist, and is there a volume or a provisioner for it?';
  return {
    reason: newest.reason,
    message: `the PersistentVolumeClaim ${name} gets no volume: ${newest.message} (${advice})`,
  };
}
