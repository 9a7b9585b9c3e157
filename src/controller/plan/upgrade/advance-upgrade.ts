/** How far an upgrade is: which members and roles have moved, and who is told of it. */
import type { MemberStatus } from '../../../apis/kubedirector/types.ts';
import { clusterMovedOption, roleMovedOptions, type UpgradeDirection } from '../../../guest/startscript.ts';
import { allMembers, event, hasMoved, isToStop, type Draft } from '../draft.ts';
import { announceMove, isBeingToldOf } from '../guest/upgrade-news.ts';
import { partsOf } from '../revision.ts';
import type { MemberUpdate } from '../rolling/member-update.ts';
import type { RoleUpdate } from '../rolling/role-update.ts';
import { isOther, settleApp } from './take-app-in.ts';

/** @returns which way the upgrade went that is over with this plan; undefined where none is */
export function advanceUpgrade(draft: Draft, updates: readonly RoleUpdate[]): UpgradeDirection | undefined {
  const { status } = draft;
  const info = status.upgradeInfo;
  if (info === undefined || isToStop(draft)) return undefined;
  const direction = info.isRollingBack === true ? 'reverted' : 'upgraded';
  const isDone = updates.map((update) => advanceRole(draft, update, direction)).every(Boolean);
  const hasFailed = allMembers(draft).some(({ member }) => member.stateDetail.upgradeErrorMessage !== undefined);
  if (!isDone || hasFailed || updates.some(({ role }) => isBeingToldOf(draft, role.id))) return undefined;
  if (status.roles.some(({ roleUpgradeStatus }) => roleUpgradeStatus !== undefined)) {
    announceMove(draft, [clusterMovedOption(direction)]);
  }
  settleApp(draft);
  const words = direction === 'upgraded' ? 'upgraded: all members run app' : 'all members run again app';
  event(draft, 'Cluster', `${words} ${status.app ?? ''}`);
  return direction;
}

/** True where the role has nothing to do any more. */
function advanceRole(draft: Draft, update: RoleUpdate, direction: UpgradeDirection): boolean {
  const { role, members } = update;
  for (const one of members) mark(draft, update, one, direction);
  const [doing, done] =
    direction === 'upgraded' ? (['upgrading', 'upgraded'] as const) : (['rollingBack', 'rolledBack'] as const);
  const marked = members.filter(({ one }) => one.member.upgradeStatus !== undefined);
  const isConcerned = direction === 'upgraded' ? isOther(draft, role) : marked.length > 0;
  if (!isConcerned) {
    delete role.roleUpgradeStatus;
    return true;
  }
  const isOutdated = members.some(({ way }) => way === 'restart');
  if (role.roleUpgradeStatus === done && !isOutdated) return true;
  const isThere = ({ one, way, isAvailable, pod }: MemberUpdate): boolean =>
    way === 'none' && pod !== undefined && isAvailable && (one.member.upgradeStatus ?? done) === done;
  if (members.every(isThere)) {
    role.roleUpgradeStatus = done;
    announceMove(draft, roleMovedOptions(direction, role.id));
    event(draft, 'Role', `role{${role.id}} is ${direction}: all its members have moved`);
    return true;
  }
  if (marked.length > 0) role.roleUpgradeStatus = doing;
  else delete role.roleUpgradeStatus;
  return false;
}

/** A member has moved once its pod is one of the next app; only such a member has a way back. */
function mark(draft: Draft, { role }: RoleUpdate, { one, pod, isAvailable }: MemberUpdate, to: UpgradeDirection): void {
  const { member } = one;
  if (pod === undefined) return;
  const isThere = partsOf(member.revision ?? '').what === partsOf(role.updateRevision ?? '').what;
  if (to === 'upgraded') {
    if (isThere && isOther(draft, role)) member.upgradeStatus = isAvailable ? 'upgraded' : 'upgrading';
    else if (!isThere && !hasMoved(member)) unmark(member);
  } else if (isThere && member.upgradeStatus !== undefined) {
    member.upgradeStatus = isAvailable ? 'rolledBack' : 'rollingBack';
  }
}

function unmark(member: MemberStatus): void {
  delete member.upgradeStatus;
}
