/** The condition Upgrading. */
import type { UpgradeDirection } from '../../../guest/startscript.ts';
import { hasMoved, isToStop, type Draft } from '../draft.ts';
import { upgradingType, type Verdict } from '../messages/verdict.ts';
import { failedMessage } from '../rolling/update-messages.ts';
import type { RoleUpdate } from '../rolling/role-update.ts';

/**
 * Undefined for a cluster whose app was never upgraded.
 * @param finished which way an upgrade went that is over with this plan
 */
export function upgradeVerdict(
  draft: Draft,
  updates: readonly RoleUpdate[],
  finished: UpgradeDirection | undefined,
): Verdict | undefined {
  const { upgradeInfo: info, app = '' } = draft.status;
  const message = `all members run app ${app}`;
  if (finished !== undefined) {
    return { status: 'False', reason: finished === 'upgraded' ? 'Upgraded' : 'Reverted', message };
  }
  if (info !== undefined) {
    const [prev, next] = [info.prevApp ?? '', info.nextApp ?? ''];
    const way = info.isRollingBack === true ? `back to app ${prev}` : `from app ${prev} to app ${next}`;
    return { status: 'True', reason: reasonOf(draft, updates), message: `${way}: ${progress(draft)}${why(updates)}` };
  }
  const known = draft.status.conditions?.find(({ type }) => type === upgradingType);
  if (known === undefined) return undefined;
  if (known.status === 'True') return { status: 'False', reason: 'Upgraded', message };
  return { status: 'False', reason: known.reason, message: known.message };
}

function reasonOf(draft: Draft, updates: readonly RoleUpdate[]): string {
  const has = (wanted: RoleUpdate['stage']): boolean => updates.some(({ stage }) => stage === wanted);
  if (isToStop(draft)) return 'UpgradeSuspended';
  if (has('failed')) return 'UpgradeFailed';
  if (has('rolling')) return draft.status.upgradeInfo?.isRollingBack === true ? 'RollingBack' : 'MembersUpgrading';
  if (has('paused')) return 'UpgradePaused';
  if (has('onDelete')) return 'UpgradeOnDelete';
  return draft.status.upgradeInfo?.isRollingBack === true ? 'RollingBack' : 'MembersUpgrading';
}

function progress({ status }: Draft): string {
  const members = status.roles.flatMap((role) => role.members);
  const moved = members.filter(hasMoved).length;
  return status.upgradeInfo?.isRollingBack === true
    ? `${moved} of ${members.length} members still to go back`
    : `${moved} of ${members.length} members have moved`;
}

const why = (updates: readonly RoleUpdate[]): string =>
  updates
    .flatMap((update) => failedMessage(update) ?? [])
    .map((message) => `; ${message}`)
    .join('');
