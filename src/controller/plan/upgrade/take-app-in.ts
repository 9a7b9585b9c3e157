/**
 * The app of a cluster that is another one than its members run, by its name or because it was changed: the beginning of an
 * upgrade, and its turns. Who has moved is in the members' upgradeStatus. See docs/adr/0047-upgrades.md.
 */
import { hasRun } from '../../../apis/kubedirector/cluster-update.ts';
import type { RoleStatus, UpgradeInfo } from '../../../apis/kubedirector/types.ts';
import { kubeTime } from '../../../meta/kube-time.ts';
import { allMembers, event, isLeaving, type Draft } from '../draft.ts';
import { memberServiceName, noService } from '../names.ts';
import { appRevisionOf } from '../revision.ts';

/** Compares what members run with what spec and app say now. Before all else: other phases ask whether an upgrade goes on. */
export function takeAppIn(draft: Draft): void {
  const { status } = draft;
  const { app: name } = draft.observed.cluster.spec;
  const isRefreshed = refreshDocuments(draft);
  giveServices(draft);
  const running = status.roles.filter(({ members }) => members.some(hasRun));
  for (const role of status.roles) if (!running.includes(role)) settleRole(draft, role);
  if (status.app === undefined || running.length === 0) {
    settleApp(draft);
    return;
  }
  const isAsBefore = running.every((role) => !isOther(draft, role));
  const info = status.upgradeInfo;
  if (info !== undefined) turn(draft, info, isAsBefore, isRefreshed);
  else if (name !== status.app || !isAsBefore) begin(draft, status.app);
  else for (const role of running) if (role.appRevision === undefined) settleRole(draft, role);
}

/** All members run what the spec and the app say: the upgrade, if there was one, is over. */
export function settleApp(draft: Draft): void {
  const { status } = draft;
  status.app = draft.observed.cluster.spec.app;
  delete status.upgradeInfo;
  for (const role of status.roles) {
    settleRole(draft, role);
    delete role.roleUpgradeStatus;
    for (const member of role.members) delete member.upgradeStatus;
  }
  clearErrors(draft);
}

/** Whether the members of the role get something else from the app than before the upgrade. */
export function isOther(draft: Draft, role: RoleStatus): boolean {
  const current = currentOf(draft, role);
  return current !== undefined && role.appRevision !== undefined && current !== role.appRevision;
}

function currentOf({ app, roles }: Draft, { id }: RoleStatus): string | undefined {
  const resolved = roles.get(id);
  return resolved && appRevisionOf(app, resolved);
}

function settleRole(draft: Draft, role: RoleStatus): void {
  const current = currentOf(draft, role);
  if (current !== undefined) role.appRevision = current;
}

function begin(draft: Draft, prevApp: string): void {
  const nextApp = draft.observed.cluster.spec.app;
  draft.status.upgradeInfo = { prevApp, nextApp, isRollingBack: false, startedAt: kubeTime(draft.now) };
  const what = prevApp === nextApp ? `app ${nextApp} has changed` : `from app ${prevApp} to app ${nextApp}`;
  event(draft, 'Cluster', `upgrading: ${what}`);
}

/** @param isAsBefore whether the roles get from the app what they had before the upgrade */
function turn(draft: Draft, info: UpgradeInfo, isAsBefore: boolean, isChanged: boolean): void {
  const { app: name } = draft.observed.cluster.spec;
  const isRollingBack = name === info.prevApp && isAsBefore;
  const isTurned = isRollingBack !== (info.isRollingBack === true);
  const isElsewhere = !isRollingBack && name !== info.nextApp;
  draft.status.upgradeInfo = { ...info, isRollingBack, ...(isElsewhere ? { nextApp: name } : {}) };
  // What failed, failed on another way.
  if (isTurned || isElsewhere || isChanged) clearErrors(draft);
  if (isTurned || isElsewhere) event(draft, 'Cluster', `${isRollingBack ? 'going back' : 'upgrading'} to app ${name}`);
}

function clearErrors(draft: Draft): void {
  for (const { member } of allMembers(draft)) delete member.stateDetail.upgradeErrorMessage;
}

/** configmeta.json tells of the app. A change of the app's name is one of the spec, which has it written as well. */
function refreshDocuments(draft: Draft): boolean {
  const { status, app } = draft;
  const { generation } = app.metadata;
  const isChanged = status.appGeneration !== undefined && status.appGeneration !== generation;
  if (generation !== undefined) status.appGeneration = generation;
  if (!isChanged) return false;
  for (const { member } of allMembers(draft)) {
    if (member.stateDetail.lastConfiguredContainer !== undefined) member.stateDetail.lastConfigDataGeneration = 0;
  }
  return true;
}

/** Members whose role offers a port, or asks for a token, for the first time. */
function giveServices(draft: Draft): void {
  for (const { member, role } of allMembers(draft)) {
    const { ports = [] } = draft.roles.get(role.id) ?? {};
    if (isLeaving(member) || ports.length === 0) continue;
    if (member.service === noService) member.service = memberServiceName(draft.observed.cluster, member.pod);
    const hasToken = ports.some(({ service }) => service.endpoint?.hasAuthToken === true);
    if (!hasToken || member.authToken !== undefined) continue;
    member.authToken = draft.ids.token();
    const { authTokensRenewedAt: asked } = draft.observed.cluster.spec;
    if (asked !== undefined) member.authTokenRenewedAt = asked;
  }
}
