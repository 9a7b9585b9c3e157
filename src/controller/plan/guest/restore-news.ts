/** Members that were set up on volumes made of a backup are told so, once: `--restore`. */
import type { MemberStatus, NotifyCommand } from '../../../apis/kubedirector/types.ts';
import { restoreOption } from '../../../guest/startscript.ts';
import type { Draft, MemberInRole } from '../draft.ts';
import { sourceOf } from '../source.ts';
import { eventOf } from './notify-queue.ts';

const isRestore = (command: NotifyCommand): boolean => eventOf(command) === 'restore';

/** Whether the member is still to be told. */
export const isToBeRestored = ({ stateDetail }: MemberStatus): boolean =>
  (stateDetail.pendingNotifyCmds ?? []).some(isRestore);

/** For a member that has just been set up for the first time, whether it has volumes or not. */
export function enqueueRestore(draft: Draft, { member, resolved }: MemberInRole): void {
  if (resolved?.configPackage === undefined || sourceOf(draft)?.type !== 'ready') return;
  const queue = member.stateDetail.pendingNotifyCmds ?? [];
  if (!queue.some(isRestore)) member.stateDetail.pendingNotifyCmds = [...queue, { arguments: [restoreOption] }];
}
