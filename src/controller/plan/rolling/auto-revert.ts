/**
 * Updates that take themselves back (updateStrategy.autoRevert). The spec is the user's: the controller writes it once for an
 * update that has failed, with what it said before, which the status knows. What it is about to do is in the status first,
 * so it goes on after a crash; and a user who changes the spec meanwhile wins, because the write names the version that was seen.
 */
import { fieldsPutBack, isAutoReverted, putBack } from '../../../apis/kubedirector/before-update.ts';
import type { AutoRevertStatus } from '../../../apis/kubedirector/types.ts';
import { cutEnd } from '../../../meta/cut.ts';
import { kubeTime } from '../../../meta/kube-time.ts';
import { event, isToStop, type Draft } from '../draft.ts';
import { partsOf } from '../revision.ts';
import { failedMembers, type RoleUpdate } from './role-update.ts';
import { updateStrategyOf } from './update-strategy.ts';

/** So long a failure must last that may end by itself, in milliseconds: a registry that does not answer, a full node. */
const patienceMs = 60_000;
/** Bytes of the failed member's words. */
const longestWords = 500;

/**
 * Takes back what has failed. Call it when it is known how far all updates are.
 * @returns the same updates; those that have failed say what becomes of them
 */
export function planAutoRevert(draft: Draft, updates: readonly RoleUpdate[]): readonly RoleUpdate[] {
  advance(draft, updates);
  const failed = updates.find((update) => update.stage === 'failed' && isConcerned(draft, update));
  if (failed === undefined) {
    if (draft.status.autoRevert?.revertedAt === undefined) delete draft.status.autoRevert;
    return updates;
  }
  const outcome = decide(draft, failed);
  return updates.map((update) => (update === failed ? { ...update, outcome } : update));
}

function isConcerned({ observed, roles }: Draft, { role, members }: RoleUpdate): boolean {
  const { spec } = observed.cluster;
  const resolved = roles.get(role.id);
  if (resolved === undefined || !isAutoReverted(spec, resolved.spec)) return false;
  return !updateStrategyOf(spec, resolved.spec, members.length).paused;
}

/** What is over, and what of it need not be known any more. */
function advance(draft: Draft, updates: readonly RoleUpdate[]): void {
  const { status, observed, roles } = draft;
  const { autoRevert: known, beforeUpdate } = status;
  if (known !== undefined) {
    const update = updates.find(({ role }) => role.id === known.role);
    const isBack = beforeUpdate !== undefined && fieldsPutBack(observed.cluster.spec, beforeUpdate).length === 0;
    if (known.revertedAt === undefined) {
      if (known.fields !== undefined && isBack) settle(draft, known, update);
    } else if (!roles.has(known.role) || (update?.stage === 'complete' && !isSame(update, known.revertedTo))) {
      delete status.autoRevert;
    }
  }
  const isOver = status.upgradeInfo === undefined && updates.every(({ stage }) => stage === 'complete');
  if (isOver && !isToStop(draft)) delete status.beforeUpdate;
}

function settle(draft: Draft, known: AutoRevertStatus, update: RoleUpdate | undefined): void {
  const revertedTo = update?.role.updateRevision;
  draft.status.autoRevert = {
    ...known,
    revertedAt: kubeTime(draft.now),
    ...(revertedTo === undefined ? {} : { revertedTo }),
  };
  event(draft, 'Role', revertedMessage(known), 'Warning');
}

/** Restarts that were asked for meanwhile make no other update. */
function isSame({ role }: RoleUpdate, revision = ''): boolean {
  const [one, other] = [partsOf(role.updateRevision ?? ''), partsOf(revision)];
  return one.what === other.what && one.amounts === other.amounts;
}

/** @returns what becomes of it, for its user */
function decide(draft: Draft, failed: RoleUpdate): string {
  const { status, observed, now } = draft;
  const { spec } = observed.cluster;
  const { autoRevert: known, beforeUpdate = {} } = status;
  const isKnown = known?.role === failed.role.id && isSame(failed, known.revision);
  if (isKnown && known.revertedAt !== undefined) {
    return 'autoRevert has taken this very change back before, and does not do it again';
  }
  const fields = fieldsPutBack(spec, beforeUpdate);
  if (fields.length === 0) {
    if (known?.revertedAt === undefined) delete status.autoRevert;
    return `autoRevert has nothing to put back: ${whyNothing(draft)}`;
  }
  const pending = { ...(isKnown ? known : begun(draft, failed)), message: wordsOf(failed) };
  const waitMs = failedMembers(failed.members).some(({ isFinal }) => isFinal)
    ? 0
    : Date.parse(pending.failedAt) + patienceMs - now.getTime();
  if (waitMs <= 0) {
    status.autoRevert = { ...pending, fields: [...fields] };
    draft.actions.push({ type: 'putBack', spec: putBack(spec, beforeUpdate) });
    return `autoRevert puts back ${fields.join(', ')}`;
  }
  status.autoRevert = pending;
  draft.actions.push({ type: 'lookAgain', afterMs: waitMs });
  const when = kubeTime(new Date(now.getTime() + waitMs));
  return `autoRevert puts back ${fields.join(', ')} at ${when}, unless it works before`;
}

const begun = ({ now }: Draft, { role }: RoleUpdate): AutoRevertStatus => ({
  role: role.id,
  revision: role.updateRevision ?? '',
  failedAt: kubeTime(now),
});

function wordsOf({ members }: RoleUpdate): string {
  const [first] = failedMembers(members);
  return first === undefined ? '' : `${first.one.member.pod}: ${cutEnd(first.problem ?? '', longestWords)}`;
}

function whyNothing({ status }: Draft): string {
  const { prevApp, nextApp } = status.upgradeInfo ?? {};
  if (prevApp !== undefined && prevApp === nextApp) {
    return `app ${prevApp} was edited in place, and is not the cluster's; edit it again`;
  }
  return status.beforeUpdate === undefined
    ? 'it was not set when the update began, or the spec has not changed'
    : 'the spec is as it was before the update';
}

/** What was taken back, and why, for the user who wrote it. */
export function revertedMessage({ role, fields = [], message = '' }: AutoRevertStatus): string {
  return `the update of role ${role} has failed and was taken back: ${message}; autoRevert has put back ${fields.join(', ')}`;
}
