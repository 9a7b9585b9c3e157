/** Roles whose members are set up one after the other (setup.ordered of the app). */
import { isInService, isLeaving, type Draft, type MemberInRole } from '../draft.ts';
import { podOrdinal } from '../names.ts';

/**
 * Whether the member's set-up has to wait: while another member of the role is being set up, and, if it is the member's first,
 * until all members of lower ordinals are in service, as pods of a StatefulSet with OrderedReady come. Who was set up before, and
 * begins again after a restart, does not wait for members that are broken.
 */
export function waitsForOthers(draft: Draft, { member, role, resolved }: MemberInRole): boolean {
  if (resolved?.app.setup?.ordered !== true || resolved.configPackage === undefined) return false;
  const others = role.members.filter((other) => other !== member && !isLeaving(other));
  if (others.some(({ state }) => state === 'creating')) return true;
  if (member.stateDetail.lastSetupGeneration !== undefined) return false;
  const ordinal = podOrdinal(member.pod);
  return others.some((other) => podOrdinal(other.pod) < ordinal && !isInService(draft, { member: other, resolved }));
}
