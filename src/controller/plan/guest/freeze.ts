/**
 * Freezing a cluster's applications for a backup: `--backup begin` to every member, `--backup end` to all who may have
 * begun, as soon as the backup no longer asks for it, whatever has become of it. What a member was told stands in its
 * status, so that nobody stays frozen because a controller was killed. See plan/backups/making.ts.
 */
import { defaultFreezeSeconds } from '../../../apis/kubedirector/well-known.ts';
import type { MemberStatus, NotifyCommand } from '../../../apis/kubedirector/types.ts';
import { backupOption, beginBackup, endBackup } from '../../../guest/startscript.ts';
import { allMembers, canBeTold, isLeaving, isToStop, type Draft, type MemberInRole } from '../draft.ts';
import type { Observed } from '../observed.ts';
import { listensTo, type ResolvedRole } from '../roles.ts';
import { memberMessage } from '../messages/status-budget.ts';

const isOf = ({ arguments: args = [] }: NotifyCommand, word: string): boolean =>
  args[0] === backupOption && args[1] === word;

/** Whether the command freezes a member. It has one try: who is to be frozen is not waited for long. */
export const isFreeze = (command: NotifyCommand): boolean => isOf(command, beginBackup);
/** Whether the command has a member go on after a backup. */
export const isThaw = (command: NotifyCommand): boolean => isOf(command, endBackup);

/** Whether the command is about a backup: a cluster that is copied is as ready as before. */
export const isAboutBackup = (command: NotifyCommand): boolean => isFreeze(command) || isThaw(command);

const queueOf = ({ stateDetail }: MemberStatus): readonly NotifyCommand[] => stateDetail.pendingNotifyCmds ?? [];

function setQueue({ stateDetail }: MemberStatus, queue: readonly NotifyCommand[]): void {
  if (queue.length === 0) delete stateDetail.pendingNotifyCmds;
  else stateDetail.pendingNotifyCmds = [...queue];
}

/**
 * Whether a member is frozen for a backup, or may be, and can be told to go on. What was frozen in another container is not any more,
 * and one that does not answer is waited for by nobody.
 */
export const hasFrozen = (observed: Pick<Observed, 'cluster' | 'pods'>): boolean =>
  (observed.cluster.status?.roles ?? []).some(({ members }) =>
    members.some((member) => member.stateDetail.backup !== undefined && canBeTold({ observed }, { member })),
  );

/** Whether a member is frozen, or may be: nothing else begins in it then, so that nothing that hangs holds up the end. */
export function isHeld(member: MemberStatus): boolean {
  const { state } = member.stateDetail.backup ?? {};
  const [first] = queueOf(member);
  return (state === 'Frozen' || state === 'Failed') && (first === undefined || !isThaw(first));
}

/** Before all that has not begun. */
function enqueueNext(member: MemberStatus, word: string): void {
  const queue = queueOf(member);
  const begun = queue.slice(0, 1).filter(({ startedAt }) => startedAt !== undefined);
  setQueue(member, [...begun, { arguments: [backupOption, word] }, ...queue.slice(begun.length)]);
}

/** Tells members of the backup that freezes the cluster, or of the end of one that no longer does. */
export function advanceFreeze(draft: Draft): void {
  const uid = draft.observed.freezing?.metadata.uid;
  for (const one of allMembers(draft)) {
    const { backup } = one.member.stateDetail;
    if (backup !== undefined && backup.uid !== uid) thaw(one);
    else if (backup !== undefined) takeSkipped(one.member);
    else if (uid !== undefined) freeze(draft, one, uid);
  }
}

function freeze(draft: Draft, one: MemberInRole, uid: string): void {
  const { member, resolved } = one;
  if (!canBeTold(draft, one) || isLeaving(member) || isToStop(draft)) return;
  const hasPackage = resolved?.configPackage !== undefined;
  member.stateDetail.backup = { uid, state: hasPackage ? 'Freezing' : 'Frozen' };
  if (hasPackage) enqueueNext(member, beginBackup);
}

function thaw({ member, resolved }: MemberInRole): void {
  const { stateDetail: detail, state } = member;
  const waiting = queueOf(member).find(isFreeze);
  const wasTold = waiting === undefined || waiting.startedAt !== undefined;
  const isGone = isLeaving(member) || state === 'suspended' || resolved?.configPackage === undefined;
  const isTold = detail.backup?.state === 'Thawing' && !queueOf(member).some(isThaw);
  if (isGone || !wasTold || isTold) {
    setQueue(
      member,
      queueOf(member).filter((command) => !isAboutBackup(command)),
    );
    delete detail.backup;
  } else if (detail.backup !== undefined && detail.backup.state !== 'Thawing') {
    detail.backup = { uid: detail.backup.uid, state: 'Thawing' };
    enqueueNext(member, endBackup);
  }
}

/** Users may drop what a member is told. */
function takeSkipped(member: MemberStatus): void {
  const { backup } = member.stateDetail;
  if (backup?.state === 'Freezing' && !queueOf(member).some(isFreeze)) backup.state = 'Frozen';
}

/** A command about a backup has been delivered. */
export function takeBackupNews({ stateDetail: detail }: MemberStatus, command: NotifyCommand): void {
  if (isThaw(command)) delete detail.backup;
  else if (isFreeze(command) && detail.backup?.state === 'Freezing') detail.backup.state = 'Frozen';
}

/** A command about a backup has failed, and is not tried again. Where the role names the event, the backup fails with it. */
export function takeBackupRefusal(
  draft: Draft,
  { member, resolved }: MemberInRole,
  command: NotifyCommand,
  detail: string,
): void {
  const { backup } = member.stateDetail;
  const isNamed = resolved !== undefined && listensTo(resolved, 'backup');
  if (!isFreeze(command) || !isNamed || backup?.state !== 'Freezing') takeBackupNews(member, command);
  else member.stateDetail.backup = { ...backup, state: 'Failed', message: memberMessage(draft, detail) };
}

/** The member's container is another one: whatever was frozen in it is not. It is told of the end all the same. */
export function loseFrost(member: MemberStatus): void {
  const { backup } = member.stateDetail;
  if (backup === undefined || backup.state === 'Thawing') return;
  member.stateDetail.backup = { ...backup, state: 'Failed', message: 'its container was replaced' };
  setQueue(
    member,
    queueOf(member).filter((command) => !isFreeze(command)),
  );
}

/** Where a role does not name the event, its package may know nothing of it. */
const unnamedFreezeMs = 30_000;

/** How long a member's package may take to freeze its application, in milliseconds. */
export function freezeLimit({ observed: { freezing } }: Draft, role: ResolvedRole): number {
  const wholeMs = (freezing?.spec.freezeTimeoutSeconds ?? defaultFreezeSeconds) * 1000;
  return listensTo(role, 'backup') ? wholeMs : Math.min(unnamedFreezeMs, wholeMs / 2);
}
