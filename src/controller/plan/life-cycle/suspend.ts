/**
 * A cluster that is stopped (spec.suspend) and started again. Its members are told first where their packages want to
 * know, then all pods go together: what one member has to do before its end may need another one. All else stays. When
 * the cluster starts again, its members begin as after a reboot. See docs/adr/0046-stopping.md.
 */
import type { MemberStatus } from '../../../apis/kubedirector/types.ts';
import { clusterLabel } from '../../../apis/kubedirector/well-known.ts';
import { allMembers, canBeTold, event, isLeaving, isToStop, type Draft, type MemberInRole } from '../draft.ts';
import { isHopeless, isNotified } from '../guest/guest-work.ts';
import { isSkipped } from '../guest/notifications.ts';
import {
  beginAnew,
  dropSuspend,
  enqueueRestarted,
  enqueueSuspend,
  isSuspendNext,
  pendingSuspend,
  preferSuspend,
  wantsSuspend,
} from '../guest/stop-news.ts';
import { suspendedType } from '../messages/verdict.ts';
import { claimNamesOf } from '../natives/ownership.ts';
import type { Problem } from '../pods/pod-problem.ts';
import { toBeginning } from './life-cycle.ts';

/** Takes members that stay out of service, or back into it, as spec.suspend says. */
export function advanceSuspension(draft: Draft): void {
  tell(draft);
  const members = allMembers(draft).filter(({ member }) => !isLeaving(member));
  if (isToStop(draft)) for (const one of members) suspend(draft, one);
  else resume(draft, members);
}

function tell(draft: Draft): void {
  const known = draft.observed.cluster.status?.conditions?.find(({ type }) => type === suspendedType);
  const wasToStop = known !== undefined && known.reason !== resumedReason;
  if (isToStop(draft) === wasToStop) return;
  event(draft, 'Cluster', wasToStop ? 'starting again' : 'being suspended');
}

/** Reason of the condition Suspended of a cluster that was stopped once. */
export const resumedReason = 'Resumed';

function suspend(draft: Draft, one: MemberInRole): void {
  const { member } = one;
  if (member.state === 'suspended') return;
  if (canBeTold(draft, one) && wantsSuspend(one) && !isSkipped(draft, member)) {
    if (pendingSuspend(member) === undefined) enqueueSuspend(member);
    if (!isHopeless(draft, one)) return;
    const isTried = isSuspendNext(member) || !isNotified(draft, one);
    if (!isTried) {
      preferSuspend(member);
      return;
    }
    event(draft, 'Member', `member{${member.pod}} could not be told that it is suspended`, 'Warning');
  }
  dropSuspend(member);
  member.state = 'suspended';
}

function resume(draft: Draft, members: readonly MemberInRole[]): void {
  // Pods come by ordinals: a member that has to wait lets those after it wait as well.
  const waiting = new Set<string>();
  for (const one of members) {
    const { member, role } = one;
    // One that may have been told must hear that it goes on.
    if (pendingSuspend(member)?.startedAt !== undefined) member.state = 'suspended';
    dropSuspend(member);
    if (member.state !== 'suspended') continue;
    if (missingClaims(draft, member).length > 0) waiting.add(role.id);
    if (waiting.has(role.id)) continue;
    toBeginning(member);
    beginAnew(member);
    if (member.stateDetail.lastSetupGeneration !== undefined) enqueueRestarted(one);
  }
}

/** The claims that a member's data were in and that are no more: a StatefulSet would make empty ones. */
function missingClaims({ observed }: Draft, member: MemberStatus): readonly string[] {
  if (member.stateDetail.lastSetupGeneration === undefined) return [];
  const isThere = (name: string): boolean => {
    const claim = observed.claims.get(name);
    return claim !== undefined && claim.metadata.deletionTimestamp === undefined;
  };
  return claimNamesOf(member).filter((name) => !isThere(name));
}

/** Why a member of a cluster that is to run is not started; undefined for any other member. */
export function startProblem(draft: Draft, { member, role }: MemberInRole): Problem | undefined {
  if (member.state !== 'suspended' || isToStop(draft)) return undefined;
  const [missing] = missingClaims(draft, member);
  const reason = 'ClaimsMissing';
  if (missing === undefined) {
    return { reason, message: `not started before the members of role ${role.id} with lower numbers` };
  }
  const label = `${clusterLabel}=${draft.observed.cluster.metadata.name}`;
  const wayOut = `put it back with the label ${label}, from a backup or empty, or let the role have fewer members`;
  return { reason, message: `not started, because its PersistentVolumeClaim ${missing} is gone: ${wayOut}` };
}
