/**
 * Telling configured members about others: the queue in stateDetail.pendingNotifyCmds, one command at a time. A command
 * whose event the role names is repeated until it succeeds, or has failed for so long that it is given up; any other is
 * run once. No command holds up anything for ever: not the spec, not members that leave, not the commands after it.
 */
import type { MemberStatus, NotifyCommand } from '../../../apis/kubedirector/types.ts';
import { skipNotifyAnnotation } from '../../../apis/kubedirector/well-known.ts';

import { allMembers, canBeTold, event, isLeaving, type Draft, type MemberInRole } from '../draft.ts';
import { memberDomain } from '../names.ts';
import type { MembershipEvent } from '../../../guest/startscript.ts';
import {
  countDropped,
  eventOf,
  isOfUpgrade,
  newsOf,
  withNews,
  withReconnect,
  type MembershipNews,
} from './notify-queue.ts';
import { listensTo, type ResolvedRole } from '../roles.ts';
import { isAboutBackup, isFreeze, isThaw, takeBackupNews, takeBackupRefusal } from './freeze.ts';
import { memberMessage } from '../messages/status-budget.ts';
import { kubeTime } from '../../../meta/kube-time.ts';

/** So many failures in a row are a problem of the member's, and no longer something that passes by itself. */
export const severalFailures = 3;

/** The name under which other members reach the pod. */
export function fqdn(draft: Draft, pod: string): string {
  const { cluster, config } = draft.observed;
  return `${pod}.${memberDomain(draft.status.clusterService, cluster.metadata.namespace ?? '', config.clusterSvcDomainBase)}`;
}

/**
 * Whether the command is run once, and whether it succeeds matters to nobody: the role does not name its event, or the
 * member stops afterwards.
 */
export function isBestEffort(role: ResolvedRole | undefined, command: NotifyCommand): boolean {
  const named = eventOf(command);
  return role === undefined || named === 'suspend' || isFreeze(command) || !listensTo(role, named);
}

/** Whether a member has still to take something that it is expected to take. Not while its set-up has failed. */
export function isToBeNotified({ member, resolved }: MemberInRole): boolean {
  const { state, stateDetail } = member;
  if (state === 'config error' || state === 'suspended') return false;
  const isWaitedFor = (command: NotifyCommand): boolean => !isBestEffort(resolved, command) && !isAboutBackup(command);
  return (stateDetail.pendingNotifyCmds ?? []).some(isWaitedFor);
}

/** Queues news of members of `role` with every member set up before that stays and whose role listens to it. */
export function announce(draft: Draft, kind: MembershipEvent, role: string, subjects: readonly MemberStatus[]): void {
  if (subjects.length === 0) return;
  const news = { kind, role, pods: subjects.map(({ pod }) => pod) };
  for (const { member, resolved } of allMembers(draft)) {
    if (isLeaving(member) || subjects.includes(member)) continue;
    if (member.stateDetail.lastConfiguredContainer === undefined) continue;
    enqueue(draft, member, resolved, news);
  }
}

/** Tells a member that was being set up all the while of those that joined after its configmeta.json was written. */
export function catchUp(draft: Draft, { member, resolved }: MemberInRole, since: number): void {
  for (const role of draft.status.roles) {
    const joined = role.members.filter(
      (other) => other !== member && !isLeaving(other) && (other.stateDetail.lastSetupGeneration ?? 0) > since,
    );
    const pods = joined.map(({ pod }) => pod);
    if (pods.length > 0) enqueue(draft, member, resolved, { kind: 'addnodes', role: role.id, pods });
  }
}

function enqueue(draft: Draft, member: MemberStatus, role: ResolvedRole | undefined, news: MembershipNews): void {
  if (role === undefined || !listensTo(role, news.kind)) return;
  const queue = withNews(member.stateDetail.pendingNotifyCmds ?? [], news, {
    hasBegun: hasBegun(draft, member),
    isBestEffort: (command) => isBestEffort(role, command),
    fqdn: (pod) => fqdn(draft, pod),
  });
  setQueue(member, queue);
}

/** Also where a server of an earlier version has begun it, which did not write that down. */
function hasBegun({ observed }: Draft, { pod }: MemberStatus): boolean {
  return observed.guest.get(pod)?.taskID.startsWith('notify:') === true;
}

/** Has the member told that connected objects have changed, where it has a setup package. */
export function enqueueReconnect(draft: Draft, { member, resolved }: MemberInRole): void {
  if (resolved?.configPackage === undefined) return;
  const { stateDetail: detail } = member;
  detail.lastConnectionVersion = (detail.lastConnectionVersion ?? 0) + 1;
  const context = { hasBegun: hasBegun(draft, member) };
  setQueue(member, withReconnect(detail.pendingNotifyCmds ?? [], context));
}

/** True while `listener` is still to hear that `pod` leaves. */
export function waitsToHear(listener: MemberStatus, pod: string): boolean {
  return (listener.stateDetail.pendingNotifyCmds ?? []).some((command) => {
    const news = newsOf(command);
    return news?.kind === 'delnodes' && news.pods.includes(pod);
  });
}

/** Writes down when the command that is to run now was tried first: its time begins to run. */
export function beginFirst({ now }: Pick<Draft, 'now'>, member: MemberStatus): void {
  const [first, ...rest] = member.stateDetail.pendingNotifyCmds ?? [];
  if (first === undefined || first.startedAt !== undefined) return;
  member.stateDetail.pendingNotifyCmds = [{ ...first, startedAt: kubeTime(now) }, ...rest];
}

/** The time of what has begun begins to run again. */
export function beginAgain({ now }: Pick<Draft, 'now'>, { stateDetail }: MemberStatus): void {
  const [first, ...rest] = stateDetail.pendingNotifyCmds ?? [];
  if (first?.startedAt === undefined) return;
  stateDetail.pendingNotifyCmds = [{ ...first, startedAt: kubeTime(now) }, ...rest];
}

/** The first of the queue has been delivered. */
export function takeDelivered({ member, resolved }: MemberInRole): void {
  const [first] = member.stateDetail.pendingNotifyCmds ?? [];
  if (first !== undefined && !isBestEffort(resolved, first)) delete member.stateDetail.notifyGivenUp;
  dropFirst(member);
  if (first === undefined) return;
  stopAfter(member, first);
  takeBackupNews(member, first);
}

/** A member that has been told of the stop, or that was not to be told of it, has nothing more to do. */
function stopAfter(member: MemberStatus, command: NotifyCommand): void {
  if (eventOf(command) === 'suspend') member.state = 'suspended';
}

/**
 * The first of the queue has failed, and is not tried again.
 * @param detail which command, and what it said last
 */
export function takeRefused(draft: Draft, one: MemberInRole, detail: string): void {
  const { member, role, resolved } = one;
  const [first] = member.stateDetail.pendingNotifyCmds ?? [];
  if (first === undefined) return;
  dropFirst(member);
  stopAfter(member, first);
  takeBackupRefusal(draft, one, first, detail);
  const who = `member{${member.pod}} in role{${role.id}}`;
  if (isBestEffort(resolved, first)) {
    const named = eventOf(first);
    const why = `it is not tried again, because ${whyOnce(resolved, named)}`;
    event(draft, 'Member', `${who} did not take a notification: ${detail}; ${why}`, 'Warning');
    return;
  }
  if (draft.status.upgradeInfo !== undefined && isOfUpgrade(first)) {
    member.stateDetail.upgradeErrorMessage = memberMessage(draft, detail);
  } else member.stateDetail.notifyGivenUp = memberMessage(draft, detail);
  event(draft, 'Member', `${who} did not take a notification, which is given up: ${detail}`, 'Warning');
}

function whyOnce(role: ResolvedRole | undefined, named: string): string {
  if (named === 'suspend') return 'the cluster is to stop';
  const isNamed = role !== undefined && listensTo(role, named);
  return isNamed ? 'a backup does not wait for it' : `the app's eventList does not name ${named}`;
}

function dropFirst(member: MemberStatus): void {
  const { stateDetail: detail } = member;
  detail.notifyCmdsDelivered = (detail.notifyCmdsDelivered ?? 0) + 1;
  delete detail.notifyErrorMessage;
  setQueue(member, (detail.pendingNotifyCmds ?? []).slice(1));
}

function setQueue({ stateDetail }: MemberStatus, queue: NotifyCommand[]): void {
  if (queue.length === 0) delete stateDetail.pendingNotifyCmds;
  else stateDetail.pendingNotifyCmds = queue;
}

/** Keeps why a command has failed so far that is to be tried again. */
export function keepNotificationError(draft: Draft, one: MemberInRole): void {
  const { member, resolved } = one;
  const { stateDetail: detail } = member;
  const [first, ...rest] = detail.pendingNotifyCmds ?? [];
  if (first === undefined || isBestEffort(resolved, first)) {
    delete detail.notifyErrorMessage;
    return;
  }
  const report = draft.observed.guest.get(member.pod);
  const isOwn = report?.taskID.startsWith('notify:') === true && canBeTold(draft, one);
  if (!isOwn || report.failures === 0 || report.message === '') return;
  detail.notifyErrorMessage = memberMessage(draft, report.message);
  const failures = Math.max(first.failures ?? 0, report.failures);
  detail.pendingNotifyCmds = [{ ...first, failures }, ...rest];
}

/** Whether the member is told nothing, because the user says so in an annotation of the cluster. */
export function isSkipped({ observed }: Pick<Draft, 'observed'>, { pod }: MemberStatus): boolean {
  const text = observed.cluster.metadata.annotations?.[skipNotifyAnnotation];
  const names = (text ?? '').split(',').map((name) => name.trim());
  return names.includes('*') || names.includes(pod);
}

/** Drops what members are not to be told, because the user says so in an annotation of the cluster; but for the end of a backup: nobody stays frozen. */
export function skipNotifications(draft: Draft): void {
  for (const { member, role } of allMembers(draft)) {
    if (!isSkipped(draft, member)) continue;
    const { stateDetail: detail } = member;
    const { pendingNotifyCmds: queue = [] } = detail;
    const dropped = queue.filter((command) => !isThaw(command));
    const isNews = dropped.length > 0 || detail.notifyGivenUp !== undefined;
    countDropped(detail, dropped);
    setQueue(member, queue.filter(isThaw));
    delete detail.notifyErrorMessage;
    delete detail.notifyGivenUp;
    delete detail.upgradeErrorMessage;
    if (!isNews) continue;
    event(
      draft,
      'Member',
      `notifications of member{${member.pod}} in role{${role.id}} are skipped (${skipNotifyAnnotation})`,
    );
  }
}
