/**
 * How far the update of each role is, and which pods are to go now. At most `maxUnavailable` members of a role are out of
 * service because of an update, and no member that works goes while as many are out of service for any reason. Members
 * that do not work get the update first. A member that fails with the update stops it: no other one goes.
 */
import type { RoleStatus } from '../../../apis/kubedirector/types.ts';
import { revisionAnnotation } from '../../../apis/kubedirector/well-known.ts';
import type { StatefulSet } from '../../../apis/kubernetes/types.ts';
import type { Stored } from '../../../meta/object.ts';
import { allMembers, isLeaving, isToStop, type Draft } from '../draft.ts';
import { isBeingToldOf } from '../guest/upgrade-news.ts';
import { podOrdinal } from '../names.ts';
import { makesOthers } from '../natives/devices.ts';
import { isBudgetKnown } from '../natives/budgets.ts';
import type { ResolvedRole } from '../roles.ts';
import { memberUpdate, type MemberUpdate } from './member-update.ts';
import { updateStrategyOf } from './update-strategy.ts';

/**
 * complete: nothing to do. rolling: members are restarted. queued: another role comes first. failed: a member does not work
 * with the update. paused, onDelete: members are out of date, and none is restarted.
 */
type UpdateStage = 'complete' | 'rolling' | 'queued' | 'failed' | 'paused' | 'onDelete';

/** The update of one role. */
export interface RoleUpdate {
  readonly role: RoleStatus;
  readonly stage: UpdateStage;
  readonly members: readonly MemberUpdate[];
  /** Who is to get the update now: by a resize where that is their way and they work, else by another pod. */
  readonly next: readonly MemberUpdate[];
  /** Of a queued role: the one that comes first. */
  readonly after?: RoleUpdate | undefined;
  /** Whether the StatefulSet does not make pods of the new revision yet. */
  readonly waitsForSet: boolean;
  /** Whether the StatefulSet has to be made again before a member goes: it makes pods with other devices. */
  readonly isToRenew: boolean;
  /** Whether Kubernetes does not know yet which members the role's PodDisruptionBudget is about. */
  readonly waitsForBudget: boolean;
  /** Of a failed one with autoRevert: what becomes of it, as a sentence. */
  readonly outcome?: string;
  /** Whether the members are still to be told that the role has moved to another app. */
  readonly isToTell: boolean;
}

/** One for each role of the spec that has members that stay, in the app's updateOrder. Writes the roles' revisions and numbers into the status. */
export function roleUpdates(draft: Draft): readonly RoleUpdate[] {
  const updates: RoleUpdate[] = [];
  let before: RoleUpdate | undefined;
  for (const role of draft.status.roles) if (!draft.roles.has(role.id)) countNone(role);
  for (const resolved of inUpdateOrder(draft)) {
    const role = draft.status.roles.find(({ id }) => id === resolved.id);
    if (role === undefined) continue;
    const update = roleUpdate(draft, role, resolved, before);
    if (update === undefined) continue;
    updates.push(update);
    if (update.stage === 'rolling' || update.stage === 'failed') before ??= update;
  }
  return updates;
}

/** Roles that the app's updateOrder does not name come last, as the app lists them. */
function inUpdateOrder({ app, roles }: Draft): readonly ResolvedRole[] {
  const ids = new Set([...(app.spec.updateOrder ?? []), ...app.spec.roles.map(({ id }) => id)]);
  return [...ids].flatMap((id) => roles.get(id) ?? []);
}

function roleUpdate(
  draft: Draft,
  role: RoleStatus,
  resolved: ResolvedRole,
  before: RoleUpdate | undefined,
): RoleUpdate | undefined {
  const target = draft.revisions.get(role.id) ?? '';
  const members = allMembers(draft)
    .filter((one) => one.role === role && !isLeaving(one.member))
    .map((one) => memberUpdate(draft, one, target));
  count(role, members, target);
  if (members.length === 0 || isToStop(draft)) return undefined;
  const { type, paused, maxUnavailable } = updateStrategyOf(draft.observed.cluster.spec, resolved.spec, members.length);
  const isToTell = isMoving(role) || isBeingToldOf(draft, role.id);
  const found = stageOf(role, members, { type, paused, before });
  const stage = found === 'complete' && isToTell ? 'rolling' : found;
  const set = draft.observed.statefulSets.get(role.statefulSet);
  // One that makes pods with other devices is made again first.
  const isToRenew = set !== undefined && members.some(({ isOfBefore }) => isOfBefore) && makesOthers(set, resolved);
  const waitsForSet = !isToRenew && !makesPodsOf(set, target);
  const waitsForBudget = !isBudgetKnown(draft, role);
  const next = stage === 'rolling' && !waitsForSet && !waitsForBudget ? toGo(members, maxUnavailable) : [];
  const waits = { waitsForSet, waitsForBudget, isToTell, isToRenew };
  return { role, stage, members, next, ...waits, ...(stage === 'queued' ? { after: before } : {}) };
}

/** To another app, or back. */
const isMoving = ({ roleUpgradeStatus }: RoleStatus): boolean =>
  roleUpgradeStatus === 'upgrading' || roleUpgradeStatus === 'rollingBack';

/** Source: the meaning of the same fields in apps/v1 StatefulSetStatus */
function count(role: RoleStatus, members: readonly MemberUpdate[], target: string): void {
  role.replicas = members.length;
  role.updatedReplicas = members.filter((one) => isUpdated(one) && one.pod !== undefined).length;
  role.readyReplicas = members.filter(({ isAvailable }) => isAvailable).length;
  role.updateRevision = target;
  const isComplete = members.every((one) => isUpdated(one) && one.isAvailable);
  if (isComplete || role.currentRevision === undefined) role.currentRevision = target;
}

/** Of a role that has left the spec: all its members are to go, and nobody updates them any more. */
function countNone(role: RoleStatus): void {
  Object.assign(role, { replicas: 0, updatedReplicas: 0, readyReplicas: 0 });
  if (role.updateRevision !== undefined) role.currentRevision = role.updateRevision;
}

function stageOf(
  { currentRevision, updateRevision }: RoleStatus,
  members: readonly MemberUpdate[],
  {
    type,
    paused,
    before,
  }: { readonly type: string; readonly paused: boolean; readonly before: RoleUpdate | undefined },
): UpdateStage {
  const isOutdated = !members.every(isUpdated);
  if (members.some(hasRefused)) return 'failed';
  if (!isOutdated && currentRevision === updateRevision) return 'complete';
  if (failedMembers(members).length > 0) return 'failed';
  if (!isOutdated) return 'rolling';
  if (type === 'OnDelete') return 'onDelete';
  if (paused) return 'paused';
  return before === undefined ? 'rolling' : 'queued';
}

/** Those that have the update, and do not work, or do not take what they are told of an upgrade. */
export function failedMembers(members: readonly MemberUpdate[]): readonly MemberUpdate[] {
  return members.filter((one) => hasRefused(one) || (isUpdated(one) && !one.isAvailable && one.problem !== undefined));
}

/** A changed spec is a new goal: a member that is to be made anew for it is told again after that. */
const hasRefused = ({ one, way, isFinal }: MemberUpdate): boolean =>
  way === 'none' && isFinal && one.member.stateDetail.upgradeErrorMessage !== undefined;

const isUpdated = ({ way }: MemberUpdate): boolean => way === 'none';

/** Its controller has seen the template with this revision: until then it may make pods of an older one. */
function makesPodsOf(set: Stored<StatefulSet> | undefined, revision: string): boolean {
  if (set === undefined) return false;
  const { metadata, spec, status } = set;
  return (
    spec.template.metadata?.annotations?.[revisionAnnotation] === revision &&
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  );
}

function toGo(members: readonly MemberUpdate[], maxUnavailable: number): readonly MemberUpdate[] {
  const outOfService = members.filter(({ isAvailable }) => !isAvailable);
  const broken = outOfService.filter((one) => !isUpdated(one) && !isGoing(one.pod));
  const isOnItsWay = ({ isAvailable, way }: MemberUpdate): boolean => isAvailable && way === 'resizing';
  const room = maxUnavailable - (outOfService.length - broken.length) - members.filter(isOnItsWay).length;
  const waiting = members.filter(({ way, pod }) => (way === 'restart' || way === 'resize') && !isGoing(pod));
  // Pods that are of before go from the highest ordinal down: there is no place for another one before.
  const inOrder = members.some(({ isOfBefore }) => isOfBefore);
  const candidates = inOrder ? waiting.filter(({ pod }) => pod !== undefined) : broken.length > 0 ? broken : waiting;
  return lastFirst(candidates).slice(0, Math.max(0, room));
}

/** Those that are out of date, in the order in which they get the update: first what does not work, then the highest ordinals. */
export function inTurn(members: readonly MemberUpdate[]): readonly MemberUpdate[] {
  const outdated = lastFirst(members.filter((one) => !isUpdated(one)));
  if (outdated.some(({ isOfBefore }) => isOfBefore)) return outdated;
  return [...outdated.filter(({ isAvailable }) => !isAvailable), ...outdated.filter(({ isAvailable }) => isAvailable)];
}

const lastFirst = (members: readonly MemberUpdate[]): readonly MemberUpdate[] =>
  members.toSorted((one, other) => ordinalOf(other) - ordinalOf(one));

/** Those whose pod has just been made to go: that they are down is part of the update. */
export function restartingMembers({ stage, members }: RoleUpdate): readonly MemberUpdate[] {
  if (stage !== 'rolling') return [];
  return members.filter(
    ({ isAvailable, problem, pod }) => !isAvailable && problem === undefined && (pod === undefined || isGoing(pod)),
  );
}

const isGoing = (pod: MemberUpdate['pod']): boolean => pod?.metadata.deletionTimestamp !== undefined;
const ordinalOf = ({ one }: MemberUpdate): number => podOrdinal(one.member.pod);
