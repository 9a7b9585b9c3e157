/** Members on their way out: the others are told, the StatefulSet shrinks, then what was theirs is deleted. */
import type { RoleStatus } from '../../../apis/kubedirector/types.ts';
import { keepsClaims } from '../../../apis/kubedirector/retention.ts';
import { retainedAnnotation } from '../../../apis/kubedirector/well-known.ts';
import type { StatefulSet } from '../../../apis/kubernetes/types.ts';
import type { Stored } from '../../../meta/object.ts';
import { allMembers, canBeTold, event, isLeaving, type Draft, type MemberInRole } from '../draft.ts';
import { noService, podOrdinal, statefulSetOf } from '../names.ts';
import { announce, isBestEffort, waitsToHear } from '../guest/notifications.ts';
import { deletion } from '../natives/deletion.ts';
import { claimsOf, isOwned, isOwnedClaim, podOfClaim } from '../natives/ownership.ts';
import { endOfOrdinals } from '../natives/progress.ts';
import { retention } from '../natives/retained.ts';

/** Tells the others of members that this plan has just marked. */
export function announceLeaving(draft: Draft, before: ReadonlySet<string>): void {
  for (const role of draft.status.roles) {
    const marked = role.members.filter(({ pod, state }) => state === 'delete pending' && !before.has(pod));
    const known = marked.filter(({ stateDetail }) => stateDetail.lastSetupGeneration !== undefined);
    announce(draft, 'delnodes', role.id, known);
  }
}

/**
 * `delete pending` ends when every member that can be told has been: by a run of its startscript that succeeded, or that
 * has failed once (it is tried again, but nobody waits for that).
 */
export function advanceLeaving(draft: Draft): void {
  const listeners = allMembers(draft).filter((one) => canBeTold(draft, one));
  for (const { member } of allMembers(draft)) {
    if (member.state !== 'delete pending') continue;
    const waiting = listeners.some((one) => !isSlowToHear(draft, one) && waitsToHear(one.member, member.pod));
    if (!waiting) member.state = 'deleting';
  }
  for (const role of draft.status.roles) {
    removeGone(draft, role);
    removeLateClaims(draft, role);
  }
  draft.status.roles = draft.status.roles.filter(
    (role) => role.members.length > 0 || ownedSet(draft, role) !== undefined,
  );
}

/** What it is told at the moment has failed, or takes long and need not succeed. */
function isSlowToHear(draft: Draft, { member, resolved }: MemberInRole): boolean {
  const { failures = 0, message = '' } = draft.observed.guest.get(member.pod) ?? {};
  const [first] = member.stateDetail.pendingNotifyCmds ?? [];
  return failures > 0 || (first !== undefined && isBestEffort(resolved, first) && message !== '');
}

/** The StatefulSet of that role, unless it is somebody else's. */
function ownedSet({ observed }: Draft, role: RoleStatus): Stored<StatefulSet> | undefined {
  const set = observed.statefulSets.get(role.statefulSet);
  return set !== undefined && isOwned(observed.cluster, set) ? set : undefined;
}

function removeGone(draft: Draft, role: RoleStatus): void {
  const { observed } = draft;
  const { cluster } = observed;
  const set = ownedSet(draft, role);
  const end = set === undefined ? 0 : endOfOrdinals(set);
  const stored = cluster.status?.roles?.find(({ id }) => id === role.id)?.members ?? [];
  // Before status says so, nobody has told the StatefulSet.
  const deleting = new Set(stored.filter(({ state }) => state === 'deleting').map(({ pod }) => pod));
  role.members = role.members.filter((member) => {
    if (member.state !== 'deleting' || !deleting.has(member.pod)) return true;
    if (observed.pods.has(member.pod) || podOrdinal(member.pod) < end) return true;
    const claims = claimsOf(observed, member.pod).filter((claim) => isOwnedClaim(cluster, claim, () => true));
    const found = member.service === noService ? undefined : observed.services.get(member.service);
    const service = found !== undefined && isOwned(cluster, found) ? found : undefined;
    if (service !== undefined) draft.actions.push(...deletion('Service', service));
    const isKept = keepsClaims(cluster.spec, 'whenScaled');
    const left = isKept ? claims.filter((claim) => retention(cluster, claim).length > 0) : claims;
    for (const claim of left) {
      draft.actions.push(...(isKept ? retention(cluster, claim) : deletion('PersistentVolumeClaim', claim)));
    }
    if (service !== undefined || left.length > 0) return true;
    draft.actions.push({ type: 'forgetGuest', pod: member.pod });
    event(draft, 'Member', `member{${member.pod}} of role{${role.id}} is gone`);
    return false;
  });
  // In the foreground: it is named here until no pod of it is left that nobody has seen yet.
  if (set !== undefined && role.members.length === 0) {
    draft.actions.push(...deletion('StatefulSet', set, { propagation: 'Foreground' }));
  }
}

/** PVCs that are seen only once their member has been called gone. */
function removeLateClaims(draft: Draft, role: RoleStatus): void {
  const { cluster, claims } = draft.observed;
  const set = ownedSet(draft, role);
  if (set === undefined || keepsClaims(cluster.spec, 'whenScaled')) return;
  const end = endOfOrdinals(set);
  const members = new Set(role.members.map(({ pod }) => pod));
  const isLate = (pod: string): boolean =>
    statefulSetOf(pod) === role.statefulSet && podOrdinal(pod) >= end && !members.has(pod);
  for (const claim of claims.values()) {
    const pod = podOfClaim(claim);
    if (pod === undefined || !isLate(pod) || !isOwnedClaim(cluster, claim, isLate)) continue;
    // By an earlier policy.
    if (claim.metadata.annotations?.[retainedAnnotation] !== undefined) continue;
    draft.actions.push(...deletion('PersistentVolumeClaim', claim));
  }
}

/** The pods of the members that leave. */
export const leavingPods = (draft: Draft): ReadonlySet<string> =>
  new Set(
    allMembers(draft)
      .filter(({ member }) => isLeaving(member))
      .map(({ member }) => member.pod),
  );
