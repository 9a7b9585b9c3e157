/** Makes the native objects that status names what they should be: absent ones are created, changed ones repaired. */
import type { MemberStatus, RoleStatus } from '../../../apis/kubedirector/types.ts';
import type { PodDisruptionBudget, Service } from '../../../apis/kubernetes/types.ts';
import { keepsClaims } from '../../../apis/kubedirector/retention.ts';
import { retainedAnnotation } from '../../../apis/kubedirector/well-known.ts';
import type { JsonObject } from '../../../meta/json.ts';
import type { KubeObject, Stored } from '../../../meta/object.ts';
import { rememberAppliedKeys, takenBack } from './applied-metadata.ts';
import { allMembers, objectContext, runsOtherApp, type Draft } from '../draft.ts';
import { planBudgets } from './budgets.ts';
import { authTokenAnnotation, noService } from '../names.ts';
import { storageRequest } from './growth.ts';
import { dismissOrphans } from './orphaned-pods.ts';
import { claimsOf, isAdoptable, isOwnedClaim, podOfClaim } from './ownership.ts';
import { repair } from './repair.ts';
import { ensureRestoredClaims } from './restored-claims.ts';
import { ownersWithout, release } from './retained.ts';
import { dropSpareClaims } from './spare-claims.ts';
import { ensureStatefulSet, scaleOnly } from './stateful-sets.ts';
import { withdrawService } from './withdrawn-services.ts';
import { ownedBy, podLabels } from '../objects/metadata.ts';
import { headlessService, memberService, portOfService, type MemberPort } from '../objects/services.ts';
import type { ResolvedRole } from '../roles.ts';

type Strings = Readonly<Record<string, string>>;

/** Adds what makes Services and StatefulSets as status wants them; nothing before the cluster has its names. */
export function planNatives(draft: Draft): void {
  if (draft.status.clusterService === '') return;
  ensureService(draft, headlessService(objectContext(draft)));
  for (const role of draft.status.roles) {
    const resolved = draft.roles.get(role.id);
    // Where it has left the spec, its members are to go.
    if (resolved === undefined) scaleOnly(draft, role);
    else ensureRole(draft, role, resolved);
    dismissOrphans(draft, role);
  }
  for (const budget of planBudgets(draft)) ensureBudget(draft, budget);
  adoptClaims(draft);
  rememberAppliedKeys(draft);
}

function ensureRole(draft: Draft, role: RoleStatus, resolved: ResolvedRole): void {
  if (role.members.length === 0) return;
  if (!ensureRestoredClaims(draft, role, resolved)) ensureStatefulSet(draft, role, resolved);
  dropSpareClaims(draft, role, resolved);
  for (const member of role.members) ensureMemberService(draft, role, resolved, member);
}

/** With the ports of what the member runs: in an upgrade they change when its own pod does. */
function ensureMemberService(draft: Draft, { id }: RoleStatus, resolved: ResolvedRole, member: MemberStatus): void {
  if (member.state === 'deleting') return;
  const ports = portsOf(draft, id, resolved, member);
  if (ports.length === 0) {
    withdrawService(draft, member);
    return;
  }
  if (member.service === noService) return;
  const { service: name, pod } = member;
  const authToken = showsAuthTokens(draft) ? member.authToken : undefined;
  ensureService(draft, memberService(objectContext(draft), resolved, { name, pod, authToken, ports }));
}

/** Where an app was edited in place, nobody but the member's Service knows what its ports were. */
function portsOf(draft: Draft, id: string, resolved: ResolvedRole, member: MemberStatus): readonly MemberPort[] {
  if (!runsOtherApp(draft, id, member)) return resolved.ports.map(portOfService);
  const other = draft.otherRoles.get(id);
  if (other !== undefined) return other.ports.map(portOfService);
  const known = draft.observed.services.get(member.service)?.spec?.ports;
  return known?.map(({ name = '', port }) => ({ name, port })) ?? resolved.ports.map(portOfService);
}

const showsAuthTokens = ({ observed }: Draft): boolean => observed.serviceAuthTokenAnnotation !== false;

function ensureBudget(draft: Draft, desired: PodDisruptionBudget): void {
  const actual = draft.observed.budgets.get(desired.metadata.name ?? '');
  if (actual === undefined || !isAdoptable(draft.observed.cluster, actual)) {
    draft.actions.push({ type: 'createBudget', object: desired });
    return;
  }
  const other = desired.spec?.minAvailable === undefined ? 'minAvailable' : 'maxUnavailable';
  const matchLabels = foreignKeys(actual.spec?.selector?.matchLabels, desired.spec?.selector?.matchLabels);
  repair(draft, 'PodDisruptionBudget', actual, {
    desired,
    removed: { spec: { [other]: null, selector: { matchLabels } } },
  });
}

function ensureService(draft: Draft, desired: Service): void {
  const actual = draft.observed.services.get(desired.metadata.name ?? '');
  if (actual === undefined || !isAdoptable(draft.observed.cluster, actual)) {
    draft.actions.push({ type: 'createService', object: desired });
    return;
  }
  const selector = foreignKeys(actual.spec?.selector, desired.spec?.selector);
  const { labels, annotations } = takenBack(draft, desired.metadata, actual.metadata);
  const metadata = { labels, annotations: { ...annotations, ...withdrawnToken(draft, desired) } };
  repair(draft, 'Service', actual, { desired, removed: { metadata, spec: { selector } } });
}

/** From when it was shown; a user's own annotation of that name stays. */
function withdrawnToken(draft: Draft, { metadata }: Service): Record<string, null> {
  const isWanted = showsAuthTokens(draft) || Object.hasOwn(metadata.annotations ?? {}, authTokenAnnotation);
  return isWanted ? {} : { [authTokenAnnotation]: null };
}

/** The selector is ours as a whole: one more key in it means no endpoint at all. */
function foreignKeys(actual: Strings = {}, desired: Strings = {}): Record<string, null> {
  const foreign = Object.keys(actual).filter((key) => !Object.hasOwn(desired, key));
  return Object.fromEntries(foreign.map((key) => [key, null]));
}

/** A StatefulSet's PVCs outlive it: the cluster owns them, so that they go with it; but for those that are to stay. */
function adoptClaims(draft: Draft): void {
  const context = objectContext(draft);
  const isKept = keepsClaims(draft.observed.cluster.spec, 'whenDeleted');
  if (isKept) releaseOthers(draft);
  for (const { member, resolved } of allMembers(draft)) {
    if (resolved === undefined) continue;
    for (const claim of claimsOf(draft.observed, member.pod)) {
      const isOurs = isOwnedClaim(draft.observed.cluster, claim, (pod) => pod === member.pod);
      if (!isOurs && !isAdoptable(draft.observed.cluster, claim)) continue;
      const labels = podLabels(context, resolved);
      const { cluster } = draft.observed;
      const others = isKept ? ownersWithout(cluster, claim) : undefined;
      repair(draft, 'PersistentVolumeClaim', claim, {
        desired: {
          ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec: storageRequest(resolved, claim) },
          metadata: { labels, ...(isKept ? {} : { ownerReferences: [ownedBy(cluster)] }) },
        },
        removed: { metadata: { ...inUse(draft, labels, claim), ...(others && { ownerReferences: others }) } },
      });
    }
  }
}

/** What a claim has that a member has, and that it is not to have then. */
function inUse(draft: Draft, labels: Strings, { metadata }: Stored<KubeObject>): JsonObject {
  const { labels: gone, annotations } = takenBack(draft, { labels }, metadata);
  const isMarked = metadata.annotations?.[retainedAnnotation] !== undefined;
  return { labels: gone, annotations: { ...annotations, ...(isMarked ? { [retainedAnnotation]: null } : {}) } };
}

/** Also those of members that are gone: nothing that is to stay may be the cluster's when it is deleted. */
function releaseOthers(draft: Draft): void {
  const { cluster, claims } = draft.observed;
  const members = new Set(allMembers(draft).map(({ member }) => member.pod));
  for (const claim of claims.values()) {
    const isOthers = !members.has(podOfClaim(claim) ?? '') && ownersWithout(cluster, claim) !== undefined;
    if (isOthers) draft.actions.push(...release(cluster, claim));
  }
}
