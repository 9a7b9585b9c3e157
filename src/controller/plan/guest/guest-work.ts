/**
 * What is to be done inside containers now: at most one task a member. Order: everyone set up rewrites configmeta.json
 * before anyone new is set up (but for those who can't be reached); then notifications, one at a time.
 */
import type { FileInjection, MemberStatus } from '../../../apis/kubedirector/types.ts';
import type { DataVersion } from '../../../guest/answers.ts';
import { eventOfArguments } from '../../../guest/startscript.ts';
import type { FileInjectionStep } from '../../../guest/steps.ts';
import { taskID, type GuestTaskPlan, type SetupPlan } from '../guest-task.ts';
import { runningInitContainer } from '../pods/container.ts';
import { allMembers, canBeTold, containerOf, event, hasMoved, type Draft, type MemberInRole } from '../draft.ts';
import { digest } from '../names.ts';
import { isConnectedAsBefore } from './connections.ts';
import {
  beginFirst,
  enqueueReconnect,
  fqdn,
  isBestEffort,
  isSkipped,
  takeDelivered,
  takeRefused,
} from './notifications.ts';
import { argumentsOf } from './notify-queue.ts';
import { appRevisionOf } from '../revision.ts';
import { listensTo, type ResolvedRole } from '../roles.ts';
import { findsFiles } from '../source.ts';
import { freezeLimit, isAboutBackup, isFreeze, isHeld, isThaw } from './freeze.ts';
import { tailBytes } from '../messages/status-budget.ts';

/** Takes in what refreshes and notifications have come to. */
export function takeGuestResults(draft: Draft): void {
  for (const one of allMembers(draft)) {
    if (!canBeTold(draft, one)) continue;
    const { member } = one;
    const report = draft.observed.guest.get(member.pod);
    const task = nextTask(draft, one);
    const result = report?.result;
    if (task === undefined || result === undefined || report?.taskID !== taskID(task)) continue;
    if (task.type === 'refresh' && result.ok) member.stateDetail.lastConfigDataGeneration = task.data.generation;
    if (task.type !== 'notify') continue;
    if (result.ok) takeDelivered(one);
    else takeRefused(draft, one, result.detail);
  }
}

/** Changed contents of connected objects make everyone's configmeta.json stale, and are told to everyone. */
export function takeConnectionsIn(draft: Draft): void {
  const { status, hash } = draft;
  const { lastConnectionHash: last = hash } = status;
  if (!isConnectedAsBefore(last, hash, draft.observed)) {
    for (const one of allMembers(draft)) {
      const { stateDetail: detail } = one.member;
      if (detail.lastConfiguredContainer === undefined) continue;
      detail.lastConfigDataGeneration = 0;
      enqueueReconnect(draft, one);
    }
    event(draft, 'Config', 'connected objects have changed');
  }
  status.lastConnectionHash = hash;
}

/** Adds at most one guest task for each member to the actions. */
export function planGuestWork(draft: Draft): void {
  const members = allMembers(draft);
  const upToDate = members.every((one) => !canBeTold(draft, one) || !isStale(draft, one) || isHopeless(draft, one));
  for (const one of members) {
    const task = taskFor(draft, one, upToDate);
    const { member, role } = one;
    const pod = draft.observed.pods.get(member.pod);
    const report = draft.observed.guest.get(member.pod);
    if (task !== undefined && pod !== undefined) {
      if (task.type === 'notify') beginFirst(draft, member);
      if (report?.taskID !== taskID(task)) draft.actions.push({ type: 'guestTask', member, role: role.id, pod, task });
    } else if (report !== undefined) {
      draft.actions.push({ type: 'forgetGuest', pod: member.pod });
    }
  }
}

function taskFor(draft: Draft, one: MemberInRole, upToDate: boolean): GuestTaskPlan | undefined {
  const { member } = one;
  if (canBeTold(draft, one)) return nextTask(draft, one);
  if (member.state === 'creating') {
    const task = setupTask(draft, one);
    if (task === undefined || upToDate || member.stateDetail.lastSetupGeneration !== undefined) return task;
    return draft.observed.guest.get(member.pod)?.taskID === taskID(task) ? task : undefined;
  }
  const init =
    member.state === 'create pending' ? runningInitContainer(draft.observed.pods.get(member.pod)) : undefined;
  return init === undefined ? undefined : { type: 'progress', containerID: init };
}

/** By status, not by what was just observed: it names a task alike in the pass that began it and in later ones. */
const version = ({ status }: Draft): DataVersion => ({
  generation: status.specGenerationToProcess ?? 0,
  connectionHash: status.lastConnectionHash ?? '',
  ...(status.appGeneration === undefined ? {} : { app: status.appGeneration }),
});

function isStale({ status }: Draft, { member, resolved }: MemberInRole): boolean {
  if (resolved?.configPackage === undefined) return false;
  return member.stateDetail.lastConfigDataGeneration !== status.specGenerationToProcess;
}

/** What it is to do next is tried again and again, but nobody else waits for it. */
export function isHopeless(draft: Draft, one: MemberInRole): boolean {
  const report = draft.observed.guest.get(one.member.pod);
  const task = nextTask(draft, one);
  return task !== undefined && report?.taskID === taskID(task) && report.failures > 0;
}

/** Whether the first of its queue is what a member that can be told is to do next: its configmeta.json is up to date. */
export const isNotified = (draft: Draft, one: MemberInRole): boolean => nextTask(draft, one)?.type === 'notify';

/** For a member that has been set up and runs. */
function nextTask(draft: Draft, one: MemberInRole): GuestTaskPlan | undefined {
  const { member, resolved } = one;
  const containerID = containerOf(draft, member);
  if (containerID === undefined || resolved === undefined) return undefined;
  const data = version(draft);
  const [command] = member.stateDetail.pendingNotifyCmds ?? [];
  if (isHeld(member)) return undefined;
  // A refresh may be tried for long, and a member that is to go on after a backup must not wait for that.
  const isUrgent = command !== undefined && isAboutBackup(command);
  if (!isUrgent && isStale(draft, one)) return { type: 'refresh', containerID, layout: resolved.layout, data };
  if (command === undefined || (isSkipped(draft, member) && !isThaw(command))) return undefined;
  const { startedAt } = command;
  const args = argumentsOf(command, (pod) => fqdn(draft, pod));
  if (eventOfArguments(args) === 'addnodes' && startedAt === undefined && othersMayJoin(draft)) return undefined;
  const since = startedAt === undefined ? draft.now.getTime() : Date.parse(startedAt);
  const retried = isBestEffort(resolved, command) ? {} : { retriedSince: since };
  const limit = isFreeze(command) ? { limitMs: freezeLimit(draft, resolved) } : {};
  return { type: 'notify', containerID, id: notificationID(member, args), args, ...limit, ...retried };
}

/**
 * Members that join together are told of in one call: as long as one of them is being set up, and that is not known to
 * take long, its companions' news waits for it.
 */
function othersMayJoin(draft: Draft): boolean {
  return allMembers(draft).some(({ member }) => {
    const report = draft.observed.guest.get(member.pod);
    const isYoung = report === undefined || (report.failures === 0 && report.message === '');
    return member.state === 'creating' && isYoung;
  });
}

/** Equal commands given again later differ by how many were delivered before; one that is under way keeps its id. */
function notificationID(member: MemberStatus, args: readonly string[]): string {
  return digest([args, member.stateDetail.notifyCmdsDelivered ?? 0]).slice(0, 16);
}

function setupTask(draft: Draft, { member, role, resolved }: MemberInRole): SetupPlan | undefined {
  const containerID = containerOf(draft, member);
  if (containerID === undefined || resolved?.configPackage === undefined) return undefined;
  return {
    type: 'setup',
    containerID,
    layout: resolved.layout,
    injections: injectionsOf(resolved),
    systemd: draft.app.spec.systemdRequired === true,
    packageURL: resolved.configPackage.packageURL,
    configure: listensTo(resolved, 'configure'),
    ...(findsFiles(draft, role.id, member) ? { anew: true } : {}),
    tailBytes: tailBytes(resolved.app.maxLogSizeDump),
    version: versionOf(draft, resolved),
    upgrade: upgradeOf(draft, member, resolved),
    data: version(draft),
  };
}

function versionOf({ app, otherRoles, observed }: Draft, role: ResolvedRole): string {
  const isOther = otherRoles.get(role.id) === role;
  return appRevisionOf((isOther ? observed.otherApp : undefined) ?? app, role);
}

/** For a member whose pod has just come to the next app, or to the one before again. */
function upgradeOf({ status }: Draft, member: MemberStatus, role: ResolvedRole): SetupPlan['upgrade'] {
  const { upgradeInfo: info } = status;
  const { upgradeStatus, stateDetail } = member;
  if (info === undefined || upgradeStatus === undefined) return undefined;
  const isBack = info.isRollingBack === true;
  // One that joins meanwhile is set up as any other; on the way back its package is one of the next app as well.
  if (hasMoved(member) === isBack || (!isBack && stateDetail.lastSetupGeneration === undefined)) return undefined;
  const direction = isBack ? 'reverted' : 'upgraded';
  const id = digest([info.prevApp, info.startedAt]).slice(0, 16);
  return { direction, id, mustSucceed: listensTo(role, `pod_${direction}`) };
}

const injectionsOf = (role: ResolvedRole): readonly FileInjectionStep[] =>
  (role.spec.fileInjections ?? []).map(injectionStep);

function injectionStep({ srcURL, destDir, permissions = {} }: FileInjection): FileInjectionStep {
  const { fileMode, fileOwner = '', fileGroup = '' } = permissions;
  return {
    srcURL,
    destDir,
    mode: fileMode === undefined ? '' : fileMode.toString(8),
    owner: fileOwner,
    group: fileGroup,
  };
}
