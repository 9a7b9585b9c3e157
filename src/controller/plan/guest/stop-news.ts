/**
 * What members are told of a stop of their cluster: `--suspend` before their pods go, `--restarted` once they are back.
 * Only roles that name the event are told of it. `--suspend` has one try: whoever stops a cluster does not wait for ever.
 */
import type { MemberStatus, NotifyCommand } from '../../../apis/kubedirector/types.ts';
import { restartedOption, suspendOption } from '../../../guest/startscript.ts';
import type { MemberInRole } from '../draft.ts';
import { listensTo } from '../roles.ts';
import { countDropped, eventOf } from './notify-queue.ts';

const isSuspend = (command: NotifyCommand): boolean => eventOf(command) === 'suspend';

const queueOf = ({ stateDetail }: MemberStatus): readonly NotifyCommand[] => stateDetail.pendingNotifyCmds ?? [];

function setQueue({ stateDetail }: MemberStatus, queue: readonly NotifyCommand[]): void {
  if (queue.length === 0) delete stateDetail.pendingNotifyCmds;
  else stateDetail.pendingNotifyCmds = [...queue];
}

/** Whether the member's package wants to know before its pod goes. */
export const wantsSuspend = ({ resolved }: MemberInRole): boolean =>
  resolved !== undefined && listensTo(resolved, 'suspend');

/** The `--suspend` that the member is still to be told; undefined where it is not. */
export const pendingSuspend = (member: MemberStatus): NotifyCommand | undefined => queueOf(member).find(isSuspend);

/** Whether `--suspend` is what the member is told next. */
export const isSuspendNext = (member: MemberStatus): boolean => queueOf(member).slice(0, 1).some(isSuspend);

/** Before all that has not begun. */
export function enqueueSuspend(member: MemberStatus): void {
  const queue = queueOf(member);
  const begun = queue.slice(0, 1).filter(({ startedAt }) => startedAt !== undefined);
  setQueue(member, [...begun, { arguments: [suspendOption] }, ...queue.slice(begun.length)]);
}

/** Before what has begun as well, which begins again when the member is back. */
export function preferSuspend(member: MemberStatus): void {
  const queue = queueOf(member);
  const others = queue.filter((command) => !isSuspend(command));
  setQueue(member, [...queue.filter(isSuspend), ...others.map(asNew)]);
}

/** What the member had begun to hear before it stopped begins again: the time of the stop does not count. */
export function beginAnew(member: MemberStatus): void {
  setQueue(member, queueOf(member).map(asNew));
}

/** The member is not told of the stop any more. */
export function dropSuspend(member: MemberStatus): void {
  const queue = queueOf(member);
  countDropped(member.stateDetail, queue.filter(isSuspend));
  setQueue(
    member,
    queue.filter((command) => !isSuspend(command)),
  );
}

function asNew(command: NotifyCommand): NotifyCommand {
  const copy = { ...command };
  delete copy.startedAt;
  delete copy.failures;
  return copy;
}

const isRestarted = (command: NotifyCommand): boolean => eventOf(command) === 'restarted';

/** Has the member told that it is back, once, where its role names that event. */
export function enqueueRestarted({ member, resolved }: MemberInRole): void {
  if (resolved === undefined || !listensTo(resolved, 'restarted')) return;
  const queue = queueOf(member);
  if (!queue.some(isRestarted)) setQueue(member, [...queue, { arguments: [restartedOption] }]);
}

/** Drops what a member that was set up from nothing knows already: all but that it is back. */
export function dropKnown(member: MemberStatus): void {
  setQueue(member, queueOf(member).filter(isRestarted));
}
