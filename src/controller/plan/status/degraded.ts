/** The condition Degraded: which members have which problem. */
import { skipNotifyAnnotation } from '../../../apis/kubedirector/well-known.ts';
import { cutEnd } from '../../../meta/cut.ts';
import { listed, type Draft, type MemberInRole } from '../draft.ts';
import { memberProblem } from '../life-cycle/member-problem.ts';
import { startProblem } from '../life-cycle/suspend.ts';
import type { Verdict } from '../messages/verdict.ts';
import { severalFailures } from '../guest/notifications.ts';
import type { Problem } from '../pods/pod-problem.ts';

/** Of containers; a configured member with such a one is down. */
export const downStates: ReadonlySet<string> = new Set(['terminated', 'unresponsive', 'absent']);

/** So many problems are told; of members that have the same, only the first one's own words. */
const mostProblems = 3;
/** Bytes of one member's words. All that Pod Security admission finds in a pod takes about 800. */
const longestDetail = 1000;
/** What a condition's reason may be. Source: Kubernetes API conventions, metav1.Condition */
const validReason = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;

/** About these members. */
export function degraded(draft: Draft, members: readonly MemberInRole[]): Verdict {
  const groups = new Map<string, { readonly pods: string[]; readonly message: string }>();
  for (const one of members) {
    const problem = problemOf(draft, one);
    if (problem === undefined) continue;
    const { reason, message } = problem;
    const group = groups.get(reason) ?? { pods: [], message };
    group.pods.push(one.member.pod);
    groups.set(reason, group);
  }
  const found = [...groups].toSorted(([one], [other]) => rank(one) - rank(other));
  const [first] = found;
  if (first === undefined) return { status: 'False', reason: 'AsExpected', message: 'no member has a problem' };
  const told = found.slice(0, mostProblems).map(([, { pods, message }]) => `${listed(pods)}: ${message}`);
  const [reason] = first;
  return { status: 'True', reason: validReason.test(reason) ? reason : 'MembersNotRunning', message: told.join('; ') };
}

/** What the user alone can put right comes first. */
const rank = (reason: string): number => (reason === 'ConfigError' ? 0 : reason === 'MembersDown' ? 2 : 1);

function problemOf(draft: Draft, one: MemberInRole): Problem | undefined {
  const { state, stateDetail: detail } = one.member;
  if (state === 'config error') {
    const why = shortened(detail.configErrorDetail ?? '');
    return { reason: 'ConfigError', message: `${why}; stateDetail has the details, deleting the pod tries again` };
  }
  const problem = startProblem(draft, one) ?? memberProblem(draft, one);
  if (problem !== undefined) {
    return { reason: problem.reason, message: shortened(detail.podErrorMessage ?? problem.message) };
  }
  if (detail.schedulingErrorMessage !== undefined) {
    const advice = "does a node have what the role's resources and affinity ask for?";
    return { reason: 'MembersNotScheduled', message: `${shortened(detail.schedulingErrorMessage)} (${advice})` };
  }
  const isDown = state === 'configured' && downStates.has(detail.lastKnownContainerState ?? '');
  if (isDown) return { reason: 'MembersDown', message: 'not running' };
  if (detail.healthErrorMessage !== undefined) {
    return { reason: 'MembersUnhealthy', message: shortened(detail.healthErrorMessage) };
  }
  return notificationProblem(one);
}

/** A command that has failed several times, or that was given up. */
function notificationProblem({ member: { stateDetail: detail } }: MemberInRole): Problem | undefined {
  const { notifyGivenUp, notifyErrorMessage, pendingNotifyCmds: [first] = [] } = detail;
  const reason = 'NotifyFailed';
  if (notifyErrorMessage !== undefined && (first?.failures ?? 0) >= severalFailures) {
    return { reason, message: `${shortened(notifyErrorMessage)}; it is tried again` };
  }
  if (notifyGivenUp === undefined) return undefined;
  const advice = `deleting the pod sets the member up anew, the annotation ${skipNotifyAnnotation} drops what it is told`;
  return { reason, message: `${shortened(notifyGivenUp)}; it was given up (${advice})` };
}

const shortened = (text: string): string => cutEnd(text, longestDetail);
