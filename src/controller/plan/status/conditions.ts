/** Conditions of the cluster and of its roles, as `kubectl wait` reads them. */
import type { ClusterStatus, Condition } from '../../../apis/kubedirector/types.ts';
import { specWaiting } from '../../../apis/kubedirector/cluster-update.ts';
import type { UpgradeDirection } from '../../../guest/startscript.ts';
import { degraded } from './degraded.ts';
import {
  allMembers,
  canBeTold,
  containerOf,
  doingOf,
  isInService,
  isToStop,
  listed,
  type Draft,
  type MemberInRole,
} from '../draft.ts';
import { isToBeNotified } from '../guest/notifications.ts';
import { outdatedMessage } from '../membership/outdated.ts';
import { findOrphans } from '../membership/orphans.ts';
import {
  connectionsResolved,
  mergeConditions,
  restoredType,
  suspendedType,
  updateRevertedType,
  upgradingType,
  type Verdict,
} from '../messages/verdict.ts';
import { revertedMessage } from '../rolling/auto-revert.ts';
import { failedMembers, restartingMembers, type RoleUpdate } from '../rolling/role-update.ts';
import type { MemberUpdate } from '../rolling/member-update.ts';
import { failedMessage, updateFailed, updateVerdict } from '../rolling/update-messages.ts';
import { upgradeVerdict } from '../upgrade/upgrade-verdict.ts';
import { stopping, suspendedReason, suspendedVerdict } from './suspended.ts';
import { resizeFailure, resizing, volumesResizing } from './volumes.ts';

interface Changes {
  /** What the changed spec waits for; undefined where it has been taken in. */
  readonly waiting: string | undefined;
  readonly updates: readonly RoleUpdate[];
}

/** What conditions are made from besides members. */
interface ConditionContext extends Changes {
  /** Undefined for a cluster without connections. */
  readonly connections: Verdict | undefined;
  /** Undefined for a cluster that is not made of a backup. */
  readonly source: Verdict | undefined;
  /** Which way an upgrade of the app went that is over with this plan. */
  readonly upgraded: UpgradeDirection | undefined;
}

/** Ready, Progressing, Degraded. Source: Kubernetes API conventions, "Typical status properties". */
export function conditions(draft: Draft, { connections, source, upgraded, ...changes }: ConditionContext): Condition[] {
  const verdicts = verdictsOf(draft, allMembers(draft), changes);
  const { obstacle } = findOrphans(draft);
  if (obstacle !== undefined) {
    const problem = { reason: 'OrphansFound', message: `${obstacle}: kubectl delete statefulset NAME` };
    verdicts.Degraded = { status: 'True', ...problem };
    verdicts.Ready = { status: 'False', ...problem };
  }
  const { Ready: ready } = verdicts;
  if (connections?.status === 'False' && ready.status === 'True') {
    verdicts.Ready = { ...ready, message: `${ready.message}; ${connections.message}` };
  }
  if (source?.reason === 'RestoreImpossible' || source?.reason === 'BackupGone') {
    verdicts.Degraded = { ...source, status: 'True' };
    verdicts.Ready = source;
  }
  const suspended = suspendedVerdict(draft);
  const upgrading = upgradeVerdict(draft, changes.updates, upgraded);
  const reverted = revertedVerdict(draft);
  const all = {
    ...verdicts,
    ...(upgrading === undefined ? {} : { [upgradingType]: upgrading }),
    ...(reverted === undefined ? {} : { [updateRevertedType]: reverted }),
    ...(suspended === undefined ? {} : { [suspendedType]: suspended }),
    ...(source === undefined ? {} : { [restoredType]: source }),
    ...(connections === undefined ? {} : { [connectionsResolved]: connections }),
  };
  return mergeConditions(draft.status.conditions, all, draft.observed.cluster.metadata.generation ?? 0, draft.now);
}

/** Undefined where the last update was not taken back. */
function revertedVerdict({ status: { autoRevert } }: Draft): Verdict | undefined {
  if (autoRevert?.revertedAt === undefined) return undefined;
  const message = `${revertedMessage(autoRevert)}; another change of the role is tried as usual`;
  return { status: 'True', reason: updateFailed, message };
}

/** The same three of each role, about its own members. */
export function tellOfRoles(draft: Draft, { waiting, updates }: Changes): void {
  const { generation = 0 } = draft.observed.cluster.metadata;
  const all = allMembers(draft);
  for (const role of draft.status.roles) {
    const isWaiting = (draft.roles.get(role.id)?.spec.members ?? 0) !== role.members.length;
    const verdicts = verdictsOf(
      draft,
      all.filter((one) => one.role === role),
      { waiting: isWaiting ? waiting : undefined, updates: updates.filter((update) => update.role === role) },
    );
    role.conditions = mergeConditions(role.conditions, verdicts, generation, draft.now);
  }
}

type Verdicts = Record<'Ready' | 'Progressing' | 'Degraded', Verdict>;

function verdictsOf(draft: Draft, members: readonly MemberInRole[], changes: Changes): Verdicts {
  const failures = changes.updates.flatMap((update) => failedMessage(update) ?? []);
  const problem: Verdict =
    failures.length > 0
      ? { status: 'True', reason: updateFailed, message: failures.join('; ') }
      : degraded(draft, without(members, changes.updates.flatMap(restartingMembers)));
  const doing = progressing(draft, members, changes);
  const isReady = ready(members, problem, doing);
  if (problem.status === 'True') return { Ready: isReady, Progressing: doing, Degraded: problem };
  // Members work in spite of these: their cluster is ready.
  const aside = outdated(members) ?? resizeFailure(draft, members);
  return { Ready: isReady, Progressing: doing, Degraded: aside ?? problem };
}

function outdated(members: readonly MemberInRole[]): Verdict | undefined {
  const message = outdatedMessage(members);
  return message === undefined ? undefined : { status: 'True', reason: 'PodsOutdated', message };
}

/**
 * The status of a cluster whose reconcile fails again and again: as it was meant to be, but for the failure.
 * @param before the conditions that are stored
 */
export function withFailure(
  status: ClusterStatus,
  before: readonly Condition[] | undefined,
  { message, generation, now }: { readonly message: string; readonly generation: number; readonly now: Date },
): ClusterStatus {
  const problem = { reason: 'ReconcileError', message } as const;
  const verdicts = { Ready: { status: 'False', ...problem }, Degraded: { status: 'True', ...problem } } as const;
  const [ready, degraded] = mergeConditions(before, verdicts, generation, now);
  const others = (status.conditions ?? []).filter(({ type }) => !(type in verdicts));
  return { ...status, conditions: [ready, ...others, degraded].filter((one) => one !== undefined) };
}

function ready(members: readonly MemberInRole[], problem: Verdict, doing: Verdict): Verdict {
  const reason = [problem, doing].find(({ status, reason }) => status === 'True' && reason !== volumesResizing);
  if (reason !== undefined) return { ...reason, status: 'False' };
  if (doing.reason === suspendedReason) return doing;
  return { status: 'True', reason: 'MembersConfigured', message: `all ${members.length} members are configured` };
}

function progressing(draft: Draft, members: readonly MemberInRole[], { waiting, updates }: Changes): Verdict {
  if (waiting !== undefined) {
    return { status: 'True', reason: specWaiting, message: `the changed spec waits for ${waiting}` };
  }
  if (isToStop(draft)) return stopping(draft, members);
  const update = updateVerdict(draft, updates);
  if (update?.status === 'True') return update;
  // Whether a member that has failed with an update comes up is not for anybody to wait for.
  const failed = updates.filter(({ stage }) => stage === 'failed').flatMap((one) => failedMembers(one.members));
  const doing = membersDoing(draft, without(members, failed));
  return (
    doing ??
    update ??
    resizing(draft, members) ?? { status: 'False', reason: 'Settled', message: 'nothing is changing' }
  );
}

function without(members: readonly MemberInRole[], left: readonly MemberUpdate[]): readonly MemberInRole[] {
  const names = new Set(left.map(({ one }) => one.member));
  return members.filter(({ member }) => !names.has(member));
}

/** What goes on with members; undefined where nothing does. */
function membersDoing(draft: Draft, all: readonly MemberInRole[]): Verdict | undefined {
  const members = all.map(({ member }) => member);
  const find = (states: readonly string[]) =>
    listed(members.filter(({ state }) => states.includes(state)).map(({ pod }) => `${pod}${doingOf(draft, pod)}`));
  const coming = find(['create pending', 'creating', 'suspended']);
  if (coming !== '') return { status: 'True', reason: 'MembersCreating', message: `being set up: ${coming}` };
  const deaf = listed(all.filter(isToBeNotified).map(({ member: { pod } }) => `${pod}${doingOf(draft, pod)}`));
  const going = find(['delete pending', 'deleting']);
  if (going !== '') {
    const told = deaf === '' ? '' : `; being told: ${deaf}`;
    return { status: 'True', reason: 'MembersLeaving', message: `leaving: ${going}${told}` };
  }
  if (deaf !== '') return { status: 'True', reason: 'MembersNotified', message: `being told of changes: ${deaf}` };
  const stopped = listed(notRunning(draft, all));
  if (stopped !== '') {
    return { status: 'True', reason: 'MembersNotRunning', message: `waiting to run again: ${stopped}` };
  }
  const unready = listed(all.filter(isUnready(draft)).map(({ member }) => member.pod));
  if (unready !== '') return { status: 'True', reason: 'MembersNotReady', message: `waiting to be ready: ${unready}` };
  return undefined;
}

/** Configured, with a container that runs and is not ready yet, as far as is known. */
const isUnready =
  (draft: Draft) =>
  (one: MemberInRole): boolean =>
    canBeTold(draft, one) && !isInService(draft, one) && one.member.stateDetail.healthErrorMessage === undefined;

/** Configured members without a running container that is to stay; a pod that was asked to go counts at once. */
function notRunning(draft: Draft, members: readonly MemberInRole[]): readonly string[] {
  return members
    .filter(({ member }) => member.state === 'configured' && containerOf(draft, member) === undefined)
    .map(({ member }) => member.pod);
}
