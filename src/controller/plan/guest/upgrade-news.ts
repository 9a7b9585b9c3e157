/** What members are told of an upgrade: that a role has moved, and at the end the cluster. Their own move is in their set-up. */
import type { NotifyCommand } from '../../../apis/kubedirector/types.ts';
import { deepEqual } from '../../../meta/json.ts';
import { allMembers, isLeaving, type Draft } from '../draft.ts';
import { eventOf, eventsOfCluster, eventsOfRole } from './notify-queue.ts';
import { isBestEffort } from './notifications.ts';

const roleOf = ({ arguments: args = [] }: NotifyCommand): string | undefined => args[2];

/** Queues it with every member that has been set up by a package and stays, in the place of what is no longer true. */
export function announceMove(draft: Draft, args: readonly string[]): void {
  const command: NotifyCommand = { arguments: [...args] };
  for (const { member, resolved } of allMembers(draft)) {
    const { stateDetail: detail } = member;
    if (isLeaving(member) || resolved?.configPackage === undefined) continue;
    if (detail.lastConfiguredContainer === undefined) continue;
    const rest = (detail.pendingNotifyCmds ?? []).filter(
      (one) => one.startedAt !== undefined || !isReplaced(one, command),
    );
    detail.pendingNotifyCmds = [...rest, command];
  }
}

function isReplaced(one: NotifyCommand, by: NotifyCommand): boolean {
  if (deepEqual(one.arguments, by.arguments) || eventsOfCluster.includes(eventOf(one))) return true;
  return eventsOfRole.includes(eventOf(one)) && eventsOfRole.includes(eventOf(by)) && roleOf(one) === roleOf(by);
}

/** Whether a member that is expected to take it has still to hear that the role has moved. */
export function isBeingToldOf(draft: Draft, role: string): boolean {
  return allMembers(draft).some(({ member, resolved }) =>
    (member.stateDetail.pendingNotifyCmds ?? []).some(
      (command) =>
        eventsOfRole.includes(eventOf(command)) && roleOf(command) === role && !isBestEffort(resolved, command),
    ),
  );
}
