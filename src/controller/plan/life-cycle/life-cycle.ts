/**
 * The states of members that stay (domain: "Status", member life): each pass takes what pods and guest work say and
 * moves a member on. What is then to be done inside containers is guest-work.ts.
 */
import type { MemberStatus } from '../../../apis/kubedirector/types.ts';
import type { MovedRun } from '../../../guest/answers.ts';
import { taskID, type GuestResult } from '../guest-task.ts';
import { containerState, runningInitContainer } from '../pods/container.ts';
import { allMembers, containerOf, event, isLeaving, type Draft, type MemberInRole } from '../draft.ts';
import { forgetOutdated } from '../membership/outdated.ts';
import { tellGuestNews } from '../guest/guest-news.ts';
import { tellProblem } from './member-problem.ts';
import { waitsForOthers } from './ordered.ts';
import { announce, catchUp, enqueueReconnect } from '../guest/notifications.ts';
import { loseFrost } from '../guest/freeze.ts';
import { enqueueRestore } from '../guest/restore-news.ts';
import { dropKnown } from '../guest/stop-news.ts';
import { memberMessage } from '../messages/status-budget.ts';

/** Takes in what pods and set-ups have come to, and moves each member to its next state. */
export function advanceMembers(draft: Draft): void {
  const configured = new Map<string, MemberStatus[]>();
  for (const one of allMembers(draft)) {
    observeContainer(draft, one.member);
    forgetOutdated(draft, one.member);
    const isConfigured = !isLeaving(one.member) && advance(draft, one);
    tellProblem(draft, one);
    tellGuestNews(draft, one);
    if (isConfigured) configured.set(one.role.id, [...(configured.get(one.role.id) ?? []), one.member]);
  }
  for (const [role, members] of configured) announce(draft, 'addnodes', role, members);
}

function observeContainer(draft: Draft, { pod: name, stateDetail }: MemberStatus): void {
  const { observed } = draft;
  const pod = observed.pods.get(name);
  stateDetail.lastKnownContainerState = containerState(pod);
  const init = runningInitContainer(pod);
  const report = observed.guest.get(name);
  const message =
    init !== undefined && report?.taskID === taskID({ type: 'progress', containerID: init }) && report.message;
  if (typeof message === 'string' && message !== '') stateDetail.storageInitProgress = memberMessage(draft, message);
  else if (init === undefined) delete stateDetail.storageInitProgress;
}

/** True where the member has just been set up for the first time. */
function advance(draft: Draft, one: MemberInRole): boolean {
  const { member, role } = one;
  const container = containerOf(draft, member);
  leaveOldContainer(member, container);
  if (container === undefined) return false;
  if (member.state === 'create pending' && begin(draft, one, container)) return true;
  if (member.state !== 'creating') return false;
  const result = setupResult(draft, member, container);
  if (result === undefined) return false;
  const first = member.stateDetail.lastSetupGeneration === undefined;
  if (!result.ok) {
    fail(draft, one, result);
    return false;
  }
  succeed(draft, one, container, result);
  if (first) enqueueRestore(draft, one);
  event(draft, 'Member', `initial config done for member{${member.pod}} in role{${role.id}}`);
  return first;
}

/** A container that is no longer the one being set up, or that was set up, takes a member back to its beginning. */
function leaveOldContainer(member: MemberStatus, container: string | undefined): void {
  const { stateDetail: detail, state } = member;
  const replaced = (known: string | undefined) => container !== undefined && container !== known;
  if (state === 'creating' && container !== detail.configuringContainer) toBeginning(member);
  else if (state === 'config error' && replaced(detail.configuringContainer)) toBeginning(member);
  else if (state === 'configured' && replaced(detail.lastConfiguredContainer)) toBeginning(member);
}

/** The member has to be set up, or set up again, in whatever container its pod will have. */
export function toBeginning(member: MemberStatus): void {
  const { stateDetail: detail } = member;
  member.state = 'create pending';
  loseFrost(member);
  delete detail.configuringContainer;
  delete detail.configErrorDetail;
  delete detail.notifyErrorMessage;
  delete detail.notifyGivenUp;
  delete detail.upgradeErrorMessage;
  delete detail.startScriptStdoutMessage;
  delete detail.startScriptStderrMessage;
}

/** True where that was all, and the first time: there is no package. */
function begin(draft: Draft, one: MemberInRole, container: string): boolean {
  const { member, role, resolved } = one;
  if (resolved === undefined || waitsForOthers(draft, one)) return false;
  if (resolved.configPackage === undefined) {
    const first = member.stateDetail.lastSetupGeneration === undefined;
    settle(draft, member, container);
    if (first) event(draft, 'Member', `initial config skipped for member{${member.pod}} in role{${role.id}}`);
    return first;
  }
  member.state = 'creating';
  member.stateDetail.configuringContainer = container;
  event(draft, 'Member', `initial config ongoing for member{${member.pod}} in role{${role.id}}`);
  return false;
}

function setupResult({ observed }: Draft, member: MemberStatus, containerID: string): GuestResult | undefined {
  const report = observed.guest.get(member.pod);
  return report?.taskID === taskID({ type: 'setup', containerID }) ? report.result : undefined;
}

function settle({ status }: Draft, member: MemberStatus, container: string): void {
  const { stateDetail: detail } = member;
  const generation = status.specGenerationToProcess ?? 0;
  member.state = 'configured';
  detail.lastConfiguredContainer = container;
  detail.lastConfigDataGeneration = generation;
  detail.lastSetupGeneration ??= generation;
  detail.lastConnectionVersion ??= 0;
  delete detail.configuringContainer;
}

function succeed(
  draft: Draft,
  one: MemberInRole,
  container: string,
  { data, configcliMissing, configured, moved }: GuestResult & { ok: true },
): void {
  const { member } = one;
  const first = member.stateDetail.lastSetupGeneration === undefined;
  const isTakenOver = first && member.stateDetail.lastConfigDataGeneration === 0;
  settle(draft, member, container);
  if (data !== undefined) {
    const { stateDetail: detail } = member;
    detail.lastConfigDataGeneration = data.generation;
    if (first) detail.lastSetupGeneration = data.generation;
    const isCurrent = data.generation === draft.status.specGenerationToProcess;
    if (configured === true && isCurrent) dropKnown(member);
    if (first && !isCurrent) catchUp(draft, one, data.generation);
    // The app has changed since its configmeta.json was made.
    if (data.app !== undefined && data.app !== draft.status.appGeneration) detail.lastConfigDataGeneration = 0;
    if (isTakenOver || data.connectionHash !== draft.status.lastConnectionHash) {
      detail.lastConfigDataGeneration = 0;
      enqueueReconnect(draft, one);
    }
  }
  if (moved?.exitCode !== undefined && moved.exitCode !== 0) tellPassedOver(draft, one, moved);
  if (configcliMissing === true) {
    event(
      draft,
      'Config',
      `configcli is not available in member{${member.pod}}: its image has none, and this server was given no package to inject`,
      'Warning',
    );
  }
}

/** An app that does not name the event need not know of upgrades. */
function tellPassedOver(draft: Draft, { member, role }: MemberInRole, { option, exitCode }: MovedRun): void {
  const why = `it is passed over, because the app's eventList does not name ${option.replace(/^--/, '')}`;
  const what = `startscript ${option} failed with exit status ${exitCode ?? ''}`;
  event(draft, 'Member', `member{${member.pod}} in role{${role.id}}: ${what}; ${why}`, 'Warning');
}

function fail(draft: Draft, { member, role }: MemberInRole, result: GuestResult & { ok: false }): void {
  const { stateDetail: detail } = member;
  member.state = 'config error';
  detail.configErrorDetail = memberMessage(draft, result.detail);
  if (result.stdout !== '') detail.startScriptStdoutMessage = result.stdout;
  if (result.stderr !== '') detail.startScriptStderrMessage = result.stderr;
  const message = `failed to run initial config for member{${member.pod}} in role{${role.id}}: ${result.detail}`;
  event(draft, 'Member', message, 'Warning');
}
