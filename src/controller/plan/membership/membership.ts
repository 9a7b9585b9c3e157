/**
 * Who belongs to the cluster: takes a changed spec in, once that is safe, by adding members to status and marking those
 * that are to leave. Everything a member is known by (pod, node ID, token) is decided here, before any object exists.
 */
import type { MemberStatus, RoleStatus } from '../../../apis/kubedirector/types.ts';
import { hasRun } from '../../../apis/kubedirector/cluster-update.ts';
import { deepEqual } from '../../../meta/json.ts';
import { allMembers, doingOf, event, isLeaving, isToStop, listed, objectContext, type Draft } from '../draft.ts';
import { isMadeAs, isMadeOnlyAs } from '../natives/made-as.ts';
import { podName, podOrdinal } from '../names.ts';
import { drawClusterService, drawStatefulSet, memberNames } from './drawn-names.ts';
import { findOrphans } from './orphans.ts';
import { outdatedPods } from './outdated.ts';
import { findRetained, hasRetained, retainedService, tellRetained } from './retained.ts';
import { blockDevices, statefulSet } from '../objects/stateful-set.ts';
import type { ResolvedRole } from '../roles.ts';

/** How many members each role is to have; roles no longer in the spec at 0. */
function desired(draft: Draft): ReadonlyMap<string, number> {
  const wanted = new Map(draft.status.roles.map(({ id }) => [id, 0]));
  for (const role of draft.roles.values()) wanted.set(role.id, role.spec.members ?? 0);
  return wanted;
}

/** Members that stay. */
const staying = (role: RoleStatus | undefined): readonly MemberStatus[] =>
  (role?.members ?? []).filter((member) => !isLeaving(member));

/** True once the newest spec has been taken in. */
export function specTakenIn({ observed, status }: Draft): boolean {
  return status.specGenerationToProcess === observed.cluster.metadata.generation;
}

/**
 * Why the newest spec has to wait; undefined if it need not. Roles grow at any time but while members leave (their
 * names would be used again); they shrink when no member is in the middle of being set up, and further while shrinking.
 */
export function specWaitsFor(draft: Draft): string | undefined {
  const wanted = desired(draft);
  const deltas = [...wanted].map(
    ([id, count]) => count - staying(draft.status.roles.find((role) => role.id === id)).length,
  );
  const members = allMembers(draft);
  const leaving = members.filter(({ member }) => isLeaving(member)).map(({ member }) => member.pod);
  // Those of a role that the spec no longer has are set up no further, nor those of a cluster that is to stop.
  const creating = members
    .filter(({ member, resolved }) => member.state === 'creating' && resolved !== undefined && !isToStop(draft))
    .map(({ member }) => `${member.pod}${doingOf(draft, member.pod)}`);
  if (deltas.some((delta) => delta > 0) && leaving.length > 0) return `members to leave: ${listed(leaving)}`;
  if (deltas.some((delta) => delta < 0) && creating.length > 0) return `members to be set up: ${listed(creating)}`;
  return findOrphans(draft).obstacle;
}

/** Members that never ran and would be made in another way now leave first: the spec is taken in once they are gone. */
export function takeSpecIn(draft: Draft): void {
  if (dismissUnfit(draft)) return;
  const { status, observed } = draft;
  const { generation = 1 } = observed.cluster.metadata;
  const orphans = findOrphans(draft);
  if (status.clusterService === '') {
    status.clusterService = orphans.clusterService ?? retainedService(draft) ?? drawClusterService(draft);
  }
  for (const [id, count] of desired(draft)) {
    const role = status.roles.find((one) => one.id === id);
    const present = staying(role).length;
    if (count > present) grow(draft, id, count, orphans.fit.get(id)?.metadata.name);
    else if (count < present && role !== undefined) shrink(draft, role, count);
  }
  keepSecretKeys(draft);
  status.specGenerationToProcess = generation;
  status.generationUID = draft.ids.uuid();
}

/** True where there was one to leave. */
function dismissUnfit(draft: Draft): boolean {
  const unfit = draft.status.roles.filter((role) => {
    const resolved = draft.roles.get(role.id);
    return resolved !== undefined && !role.members.some(hasRun) && !isUpToDate(draft, role, resolved);
  });
  for (const role of unfit) {
    event(
      draft,
      'Role',
      `making the members of role{${role.id}} anew: none of them ever ran, and the spec has changed`,
    );
    for (const member of role.members) member.state = 'delete pending';
  }
  return unfit.length > 0;
}

/** Whether the members' volumes, and their pods where there is a StatefulSet, are what the role asks for. */
function isUpToDate(draft: Draft, { statefulSet: name, members }: RoleStatus, role: ResolvedRole): boolean {
  const devices = blockDevices(role).map(({ devicePath }) => devicePath);
  const hasVolumes = ({ pvc, blockDevicePaths = [] }: MemberStatus): boolean =>
    (pvc !== undefined) === (role.spec.storage !== undefined) && deepEqual(blockDevicePaths, devices);
  if (!members.every(hasVolumes)) return false;
  const actual = draft.observed.statefulSets.get(name)?.spec;
  return actual === undefined || isMadeAs(statefulSet(objectContext(draft), role, { name, replicas: 0 }).spec, actual);
}

/** @param orphan the StatefulSet that a role without one takes over */
function grow(draft: Draft, id: string, count: number, orphan: string | undefined): void {
  const resolved = draft.roles.get(id);
  if (resolved === undefined) return;
  let role = draft.status.roles.find((one) => one.id === id);
  if (role === undefined) {
    const retained = orphan === undefined ? findRetained(draft, resolved) : undefined;
    role = { id, statefulSet: orphan ?? retained?.set ?? drawStatefulSet(draft, id), members: [] };
    draft.status.roles.push(role);
    const how =
      orphan === undefined ? '' : `: taking over statefulset{${orphan}}, which an earlier cluster left behind`;
    event(draft, 'Role', `creating role{${id}}${how}`);
    if (retained !== undefined) tellRetained(draft, id, retained);
  }
  event(draft, 'Role', `changing replicas count for role{${id}}: ${role.members.length} -> ${count}`);
  for (let ordinal = role.members.length; ordinal < count; ordinal++) {
    const member = newMember(draft, resolved, podName(role.statefulSet, ordinal));
    // What its container, or its volume, knows of an earlier time is out of date: node IDs and tokens are new.
    if (orphan !== undefined || hasRetained(draft, member.pod)) member.stateDetail.lastConfigDataGeneration = 0;
    role.members.push(member);
  }
  if (orphan !== undefined) markOutdated(draft, role, resolved);
}

/** The pods of a StatefulSet that is taken over run on, whatever they were made of. */
function markOutdated(draft: Draft, role: RoleStatus, resolved: ResolvedRole): void {
  const { statefulSet: name, members } = role;
  const actual = draft.observed.statefulSets.get(name)?.spec;
  const desired = statefulSet(objectContext(draft), resolved, { name, replicas: 0 }).spec;
  if (actual === undefined || isMadeOnlyAs(desired, actual)) return;
  const outdated = members.flatMap(({ pod, stateDetail }) => {
    const uid = draft.observed.pods.get(pod)?.metadata.uid;
    if (uid === undefined) return [];
    stateDetail.outdatedPod = uid;
    return [pod];
  });
  if (outdated.length === 0) return;
  event(draft, 'Role', `pods of role{${role.id}}: ${outdatedPods(outdated)}`, 'Warning');
}

function newMember(draft: Draft, role: ResolvedRole, pod: string): MemberStatus {
  draft.status.lastNodeID += 1;
  const devices = blockDevices(role).map(({ devicePath }) => devicePath);
  const hasToken = role.ports.some(({ service }) => service.endpoint?.hasAuthToken === true);
  const { authTokensRenewedAt: asked } = draft.observed.cluster.spec;
  return {
    ...memberNames(draft, { pod, hasService: role.ports.length > 0, hasVolume: role.spec.storage !== undefined }),
    ...(devices.length === 0 ? {} : { blockDevicePaths: devices }),
    ...(hasToken
      ? { authToken: draft.ids.token(), ...(asked === undefined ? {} : { authTokenRenewedAt: asked }) }
      : {}),
    nodeID: draft.status.lastNodeID,
    state: 'create pending',
    stateDetail: { lastKnownContainerState: 'absent' },
  };
}

/** The highest ordinals leave. */
function shrink(draft: Draft, role: RoleStatus, count: number): void {
  const leaving = staying(role).filter(({ pod }) => podOrdinal(pod) >= count);
  event(draft, 'Role', `changing replicas count for role{${role.id}}: ${staying(role).length} -> ${count}`);
  if (count === 0) event(draft, 'Role', `removing role{${role.id}}`);
  for (const member of leaving) member.state = 'delete pending';
}

/** What a user may send back unchanged is compared with this. */
function keepSecretKeys({ status, roles }: Draft): void {
  for (const role of status.roles) {
    const keys = roles.get(role.id)?.spec.secretKeys ?? [];
    const pairs = keys.flatMap(({ name, encryptedValue }) =>
      encryptedValue === undefined ? [] : [[name, encryptedValue] as const],
    );
    if (pairs.length > 0) role.encryptedSecretKeys = Object.fromEntries(pairs);
    else if (roles.has(role.id)) delete role.encryptedSecretKeys;
  }
}
