/** Makes the native objects that status names what they should be: absent ones are created, changed ones repaired. */
import type { MemberStatus, RoleStatus } from '../../../apis/kubedirector/types.ts';
import type { Pod, PodDisruptionBudget, Service, StatefulSet } from '../../../apis/kubernetes/types.ts';
import { keepsClaims } from '../../../apis/kubedirector/retention.ts';
import { retainedAnnotation } from '../../../apis/kubedirector/well-known.ts';
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import type { KubeObject, ObjectMeta, OwnerReference, Stored } from '../../../meta/object.ts';
import type { OwnedKind } from '../actions.ts';
import { rememberAppliedKeys, takenBack } from './applied-metadata.ts';
import { allMembers, event, isToStop, mayStop, objectContext, type Draft } from '../draft.ts';
import { planBudgets } from './budgets.ts';
import { mergePatchTo, overlaid } from './drift.ts';
import { renewal, withoutRevision, withRevision } from './renewal.ts';
import { authTokenAnnotation, noService, podOrdinal } from '../names.ts';
import { deletion } from './deletion.ts';
import { makesSmallerClaims, storageRequest } from './growth.ts';
import { hasOrphans, relabelOrphans } from './orphaned-pods.ts';
import { claimsOf, isAdoptable, isOwned, isOwnedClaim, podOfClaim } from './ownership.ts';
import { ensureRestoredClaims } from './restored-claims.ts';
import { ownersWithout, release } from './retained.ts';
import { withdrawServices } from './withdrawn-services.ts';
import { ownedBy, podLabels, selectorLabels } from '../objects/metadata.ts';
import { headlessService, memberService } from '../objects/services.ts';
import { statefulSet } from '../objects/stateful-set.ts';
import type { ResolvedRole } from '../roles.ts';

type Strings = Readonly<Record<string, string>>;

/** Adds what makes Services and StatefulSets as status wants them; nothing before the cluster has its names. */
export function planNatives(draft: Draft): void {
  if (draft.status.clusterService === '') return;
  ensureService(draft, headlessService(objectContext(draft)));
  for (const role of draft.status.roles) {
    const resolved = draft.roles.get(role.id);
    if (resolved === undefined) scaleOnly(draft, role);
    else ensureRole(draft, role, resolved);
  }
  for (const budget of planBudgets(draft)) ensureBudget(draft, budget);
  adoptClaims(draft);
  rememberAppliedKeys(draft);
}

function ensureRole(draft: Draft, role: RoleStatus, resolved: ResolvedRole): void {
  if (role.members.length === 0) return;
  if (!ensureRestoredClaims(draft, role, resolved)) ensureStatefulSet(draft, role, resolved);
  if (resolved.ports.length === 0) {
    withdrawServices(draft, role);
    return;
  }
  for (const member of role.members) {
    if (member.state === 'deleting' || member.service === noService) continue;
    const { service: name, pod } = member;
    const authToken = showsAuthTokens(draft) ? member.authToken : undefined;
    ensureService(draft, memberService(objectContext(draft), resolved, { name, pod, authToken }));
  }
}

/**
 * As many pods as it takes to keep everyone who is not `deleting`. In a cluster that is to stop no more come, and all go
 * together; in one that starts again members may have to wait.
 */
function replicasOf(draft: Draft, role: RoleStatus): number {
  if (mayStop(draft)) return 0;
  const mayRun = ({ state }: MemberStatus): boolean =>
    state !== 'deleting' && (state !== 'suspended' || isToStop(draft));
  const wanted = 1 + Math.max(-1, ...role.members.filter(mayRun).map(({ pod }) => podOrdinal(pod)));
  const { replicas = 0 } = draft.observed.statefulSets.get(role.statefulSet)?.spec ?? {};
  return isToStop(draft) ? Math.min(wanted, replicas) : wanted;
}

const showsAuthTokens = ({ observed }: Draft): boolean => observed.serviceAuthTokenAnnotation !== false;

function ensureStatefulSet(draft: Draft, role: RoleStatus, resolved: ResolvedRole): void {
  const { observed } = draft;
  const input = { name: role.statefulSet, replicas: replicasOf(draft, role) };
  const revision = draft.revisions.get(role.id) ?? '';
  const desired = withRevision(statefulSet(objectContext(draft), resolved, input), revision);
  const actual = observed.statefulSets.get(role.statefulSet);
  // Creating what exists and is somebody else's fails, which is how it comes to be told and to be tried again.
  if (actual === undefined || !isAdoptable(observed.cluster, actual)) {
    if (actual === undefined) relabelOrphans(draft, role, desired);
    createStatefulSet(draft, role, desired);
    return;
  }
  if (isOwned(observed.cluster, actual) && makesSmallerClaims(desired, actual)) {
    renewClaims(draft, role, actual);
    return;
  }
  const { selector, serviceName, podManagementPolicy, volumeClaimTemplates } = actual.spec;
  const { template, replicas, updateStrategy } = desired.spec;
  const labels = { ...template.metadata?.labels, ...selector.matchLabels };
  const annotations = template.metadata?.annotations ?? {};
  const inPlace = withoutRevision(annotations);
  for (const member of role.members) rollOut(draft, observed.pods.get(member.pod), { labels, annotations: inPlace });
  const spec = {
    ...{ replicas, updateStrategy, template: { ...template, metadata: { labels, annotations } } },
    // These can't change any more.
    ...{ selector, serviceName, podManagementPolicy, volumeClaimTemplates },
  };
  const metadata = takenBack(draft, { labels, annotations }, actual.spec.template.metadata);
  const rollingUpdate = actual.spec.updateStrategy?.rollingUpdate === undefined ? {} : { rollingUpdate: null };
  const { removed, known } = renewal(desired, actual, isTakenOver(role, actual));
  repair(draft, 'StatefulSet', actual, {
    ...{ desired: { ...desired, spec }, known },
    removed: { spec: { updateStrategy: rollingUpdate, template: { metadata, spec: removed } } },
  });
}

/**
 * Left behind by an earlier cluster, and not yet owned by this one. What its pods were made of is nobody's any more: what
 * users or webhooks have added to the template goes with it.
 */
function isTakenOver(role: RoleStatus, { metadata }: Stored<StatefulSet>): boolean {
  const isOwned = metadata.ownerReferences?.some(({ controller }) => controller === true) === true;
  return (
    !isOwned &&
    role.members.every(
      ({ stateDetail }) => stateDetail.lastSetupGeneration === undefined || stateDetail.outdatedPod !== undefined,
    )
  );
}

/** The next plan makes it anew. Its pods run on meanwhile: nobody owns them, and the new one adopts them. */
function renewClaims(draft: Draft, { id }: RoleStatus, actual: Stored<StatefulSet>): void {
  const actions = deletion('StatefulSet', actual, { propagation: 'Orphan' });
  draft.actions.push(...actions);
  if (actions.length === 0) return;
  const { name } = actual.metadata;
  event(draft, 'Role', `making statefulset{${name}} of role{${id}} again, for larger volumes; its pods run on`);
}

function createStatefulSet(draft: Draft, role: RoleStatus, object: StatefulSet): void {
  const isLeft = hasOrphans(draft, role);
  if (role.members.every(({ state }) => state === 'deleting') && !isLeft) return;
  draft.actions.push({ type: 'createStatefulSet', object });
  if (draft.observed.statefulSets.has(role.statefulSet) || isLeft) return;
  if (role.members.some(({ stateDetail }) => stateDetail.lastSetupGeneration !== undefined)) {
    event(draft, 'Role', `statefulset{${role.statefulSet}} of role{${role.id}} is gone: making it again`, 'Warning');
  }
}

/** Running pods get changed labels and annotations in place: no member restarts for them. */
function rollOut(
  draft: Draft,
  pod: Stored<Pod> | undefined,
  metadata: Pick<ObjectMeta, 'labels' | 'annotations'>,
): void {
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
  repair(draft, 'Pod', pod, {
    desired: { apiVersion: 'v1', kind: 'Pod', metadata },
    removed: { metadata: takenBack(draft, metadata, pod.metadata) },
  });
}

/** A role that has left the spec: all stays as it was, but for its replicas, which go down. */
function scaleOnly(draft: Draft, role: RoleStatus): void {
  const { cluster, statefulSets } = draft.observed;
  const actual = statefulSets.get(role.statefulSet);
  if (actual === undefined || !isAdoptable(cluster, actual)) return;
  const { apiVersion, kind, metadata, spec } = actual;
  const labels = { ...metadata.labels, ...selectorLabels(cluster, role.id) };
  const annotations = metadata.annotations ?? {};
  const desired = {
    ...{ apiVersion, kind },
    metadata: { labels, annotations, ownerReferences: [ownedBy(cluster)] },
    spec: { ...spec, replicas: replicasOf(draft, role) },
  };
  repair(draft, 'StatefulSet', actual, { desired });
}

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

interface Repair {
  /** All that is ours to say about the object. */
  readonly desired: KubeObject & { readonly spec?: object | undefined };
  /** Nulls for what must not be there, whoever put it there. */
  readonly removed?: JsonObject;
  /** What of the object may stay where it is as desired; absent: all of it. */
  readonly known?: object;
}

function repair(
  draft: Draft,
  kind: OwnedKind,
  actual: Stored<KubeObject>,
  { desired, removed = {}, known = actual }: Repair,
): void {
  if (actual.metadata.deletionTimestamp !== undefined) return;
  const { metadata, ...rest } = desired;
  const { ownerReferences: own, ...others } = metadata;
  const references = own === undefined ? undefined : ownerReferences(draft, actual);
  const mine = references === undefined ? others : { ...others, ownerReferences: [ownedBy(draft.observed.cluster)] };
  const target = overlaid({ ...rest, metadata: { ...others, ownerReferences: references } }, removed);
  const drift = mergePatchTo(target, known);
  if (drift === undefined) return;
  // How many members there are, and which are in service, is told elsewhere.
  const isNews = (field: string): boolean =>
    field !== 'replicas' && !(kind === 'PodDisruptionBudget' && field === 'selector');
  const fields = Object.keys(isJsonObject(drift['spec']) ? drift['spec'] : {}).filter(isNews);
  const message = `changed ${fields.join(', ')} of ${kind.toLowerCase()}{${actual.metadata.name}}`;
  draft.actions.push({
    ...{ type: 'repair', kind, actual, drift, desired: { ...rest, metadata: mine } },
    ...(fields.length > 0 ? { message } : {}),
  });
}

/**
 * Ours beside those that others have added; never two controllers: undefined where there is another. One that names the
 * cluster by another uid is from before it was restored.
 */
function ownerReferences({ observed }: Draft, object: KubeObject): OwnerReference[] | undefined {
  const ours = ownedBy(observed.cluster);
  const others = (object.metadata.ownerReferences ?? []).filter(
    ({ uid, kind, name }) => uid !== ours.uid && !(kind === ours.kind && name === ours.name),
  );
  return others.some(({ controller }) => controller === true) ? undefined : [...others, ours];
}
