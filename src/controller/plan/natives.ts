/** Makes the native objects that status names what they should be: absent ones are created, changed ones repaired. */
import type { RoleStatus } from '../../apis/kubedirector/types.ts';
import type { Pod, Service, StatefulSet } from '../../apis/kubernetes/types.ts';
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { KubeObject, OwnerReference, Stored } from '../../meta/object.ts';
import type { OwnedKind } from './actions.ts';
import { rememberAppliedKeys, withoutTakenBack } from './applied-metadata.ts';
import { allMembers, event, objectContext, type Draft } from './draft.ts';
import { mergePatchTo } from './drift.ts';
import { claimsOf, replicasOf } from './leaving.ts';
import { noService } from './names.ts';
import { isAdoptable, isOwnedClaim } from './ownership.ts';
import { ownedBy, podLabels, selectorLabels } from './objects/metadata.ts';
import { headlessService, memberService } from './objects/services.ts';
import { statefulSet } from './objects/stateful-set.ts';
import type { ResolvedRole } from './roles.ts';

export function planNatives(draft: Draft): void {
  if (draft.status.clusterService === '') return;
  ensureService(draft, headlessService(objectContext(draft)));
  for (const role of draft.status.roles) {
    const resolved = draft.roles.get(role.id);
    if (resolved === undefined) scaleOnly(draft, role);
    else ensureRole(draft, role, resolved);
  }
  adoptClaims(draft);
  rememberAppliedKeys(draft);
}

function ensureRole(draft: Draft, role: RoleStatus, resolved: ResolvedRole): void {
  if (role.members.length === 0) return;
  ensureStatefulSet(draft, role, resolved);
  for (const member of role.members) {
    if (member.state === 'deleting' || member.service === noService) continue;
    const { service: name, pod, authToken } = member;
    ensureService(draft, memberService(objectContext(draft), resolved, { name, pod, authToken }));
  }
}

function ensureStatefulSet(draft: Draft, role: RoleStatus, resolved: ResolvedRole): void {
  const { observed } = draft;
  const desired = statefulSet(objectContext(draft), resolved, { name: role.statefulSet, replicas: replicasOf(role) });
  const actual = observed.statefulSets.get(role.statefulSet);
  // Creating what exists and is somebody else's fails, which is how it comes to be told and to be tried again.
  if (actual === undefined || !isAdoptable(observed.cluster, actual)) {
    createStatefulSet(draft, role, desired);
    return;
  }
  const selected = actual.spec.selector.matchLabels ?? {};
  const { template, replicas } = desired.spec;
  const metadata = withoutDropped(
    { labels: { ...template.metadata?.labels, ...selected }, annotations: template.metadata?.annotations },
    actual.spec.template.metadata,
  );
  for (const member of role.members) rollOut(draft, observed.pods.get(member.pod), metadata);
  repair(draft, 'StatefulSet', actual, {
    metadata: { ...owned(draft, actual), labels: desired.metadata.labels, annotations: desired.metadata.annotations },
    spec: {
      replicas,
      updateStrategy: { type: 'OnDelete', rollingUpdate: null },
      template: { metadata, spec: template.spec },
    },
  });
}

function createStatefulSet(draft: Draft, role: RoleStatus, object: StatefulSet): void {
  if (replicasOf(role) === 0) return;
  draft.actions.push({ type: 'createStatefulSet', object });
  if (draft.observed.statefulSets.has(role.statefulSet)) return;
  if (role.members.some(({ stateDetail }) => stateDetail.lastSetupGeneration !== undefined)) {
    event(draft, 'Role', `statefulset{${role.statefulSet}} of role{${role.id}} is gone: making it again`, 'Warning');
  }
}

/** Labels and annotations that the template has but should not: users took them out of the spec. */
function withoutDropped(desired: JsonObject, actual: unknown): JsonObject {
  if (!isJsonObject(actual)) return desired;
  const result: JsonObject = {};
  for (const key of ['labels', 'annotations']) {
    const wanted = isJsonObject(desired[key]) ? desired[key] : {};
    const dropped = Object.keys(isJsonObject(actual[key]) ? actual[key] : {}).filter(
      (name) => !(name in wanted) && !name.startsWith('kubectl.kubernetes.io/'),
    );
    result[key] = { ...wanted, ...Object.fromEntries(dropped.map((name) => [name, null])) };
  }
  return result;
}

/** Running pods get changed labels and annotations in place: no member restarts for them. */
function rollOut(draft: Draft, pod: Stored<Pod> | undefined, metadata: JsonObject): void {
  if (pod !== undefined && pod.metadata.deletionTimestamp === undefined) repair(draft, 'Pod', pod, { metadata });
}

/** A role that has left the spec: its template is as it was, its replicas go down. */
function scaleOnly(draft: Draft, role: RoleStatus): void {
  const actual = draft.observed.statefulSets.get(role.statefulSet);
  if (actual === undefined || !isAdoptable(draft.observed.cluster, actual)) return;
  repair(draft, 'StatefulSet', actual, {
    metadata: { ...owned(draft, actual), labels: selectorLabels(draft.observed.cluster, role.id) },
    spec: { replicas: replicasOf(role) },
  });
}

function ensureService(draft: Draft, desired: Service): void {
  const actual = draft.observed.services.get(desired.metadata.name ?? '');
  if (actual === undefined || !isAdoptable(draft.observed.cluster, actual)) {
    draft.actions.push({ type: 'createService', object: desired });
    return;
  }
  const labels = withoutTakenBack(draft, desired.metadata.labels, actual.metadata.labels);
  const annotations = withoutTakenBack(draft, desired.metadata.annotations, actual.metadata.annotations);
  const selector = { ...without(actual.spec?.selector), ...desired.spec?.selector };
  repair(draft, 'Service', actual, {
    metadata: { ...owned(draft, actual), labels, annotations },
    spec: { ...desired.spec, selector },
  });
}

/** Every key null: the selector is ours as a whole, as one more key in it means no endpoint at all. */
const without = (selector: Record<string, string> | undefined): Record<string, null> =>
  Object.fromEntries(Object.keys(selector ?? {}).map((key) => [key, null]));

/** A StatefulSet's PVCs outlive it: the cluster owns them, so that they go with it. */
function adoptClaims(draft: Draft): void {
  const context = objectContext(draft);
  for (const { member, resolved } of allMembers(draft)) {
    if (resolved === undefined) continue;
    for (const claim of claimsOf(draft, member.pod)) {
      const isOurs = isOwnedClaim(draft.observed.cluster, claim, [member.pod]);
      if (!isOurs && !isAdoptable(draft.observed.cluster, claim)) continue;
      const labels = withoutTakenBack(draft, podLabels(context, resolved), claim.metadata.labels);
      const metadata = { ...owned(draft, claim), labels };
      repair(draft, 'PersistentVolumeClaim', claim, { metadata });
    }
  }
}

/**
 * Our ownerReference beside those that others have added; never two controllers. One that names the cluster by another
 * uid is from before it was restored.
 */
function owned({ observed }: Draft, object: KubeObject): { ownerReferences?: OwnerReference[] } {
  const ours = ownedBy(observed.cluster);
  const others = (object.metadata.ownerReferences ?? []).filter(
    ({ uid, kind, name }) => uid !== ours.uid && !(kind === ours.kind && name === ours.name),
  );
  if (others.some(({ controller }) => controller === true)) return {};
  return { ownerReferences: [...others, ours] };
}

function repair(draft: Draft, kind: OwnedKind, actual: Stored<KubeObject>, desired: JsonObject): void {
  const patch = mergePatchTo(desired, actual);
  if (patch === undefined || actual.metadata.deletionTimestamp !== undefined) return;
  const { name, uid, resourceVersion } = actual.metadata;
  draft.actions.push({ type: 'repair', kind, name, uid, resourceVersion, patch });
  const fields = Object.keys(isJsonObject(patch['spec']) ? patch['spec'] : {}).filter((field) => field !== 'replicas');
  if (fields.length > 0) event(draft, 'Cluster', `changing ${fields.join(', ')} of ${kind.toLowerCase()}{${name}}`);
}
