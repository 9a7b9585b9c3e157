/** The StatefulSets of roles: made, repaired, and made again where what can't change has to. */
import type { MemberStatus, RoleStatus } from '../../../apis/kubedirector/types.ts';
import type { Pod, StatefulSet } from '../../../apis/kubernetes/types.ts';
import type { ObjectMeta, Stored } from '../../../meta/object.ts';
import { event, isToStop, mayStop, objectContext, type Draft } from '../draft.ts';
import { podOrdinal } from '../names.ts';
import { ownedBy, selectorLabels } from '../objects/metadata.ts';
import { statefulSet } from '../objects/stateful-set.ts';
import type { ResolvedRole } from '../roles.ts';
import { takenBack } from './applied-metadata.ts';
import { asSplit, firstOrdinal, isSplit, isWithoutOthers, labelsFor, makesOthers } from './devices.ts';
import { makesSmallerClaims } from './growth.ts';
import { hasOrphans, relabelOrphans } from './orphaned-pods.ts';
import { isAdoptable, isOwned } from './ownership.ts';
import { renew } from './renew.ts';
import { renewal, withoutRevision, withRevision } from './renewal.ts';
import { repair } from './repair.ts';

/**
 * The end of the ordinals: as many pods as it takes to keep everyone who is not `deleting`. In a cluster that is to stop no more come, and all go
 * together; in one that starts again members may have to wait.
 */
function endOf(draft: Draft, role: RoleStatus): number {
  if (mayStop(draft)) return 0;
  const mayRun = ({ state }: MemberStatus): boolean =>
    state !== 'deleting' && (state !== 'suspended' || isToStop(draft));
  const wanted = 1 + Math.max(-1, ...role.members.filter(mayRun).map(({ pod }) => podOrdinal(pod)));
  const { replicas = 0, ordinals } = draft.observed.statefulSets.get(role.statefulSet)?.spec ?? {};
  return isToStop(draft) ? Math.min(wanted, (ordinals?.start ?? 0) + replicas) : wanted;
}

const replicasFrom = (start = 0, end: number): number => Math.max(0, end - start);

/** Makes the StatefulSet of a role what the role asks for now. */
export function ensureStatefulSet(draft: Draft, role: RoleStatus, resolved: ResolvedRole): void {
  const { observed } = draft;
  const end = endOf(draft, role);
  const input = { name: role.statefulSet, replicas: end };
  const revision = draft.revisions.get(role.id) ?? '';
  const desired = withRevision(statefulSet(objectContext(draft), resolved, input), revision);
  const actual = observed.statefulSets.get(role.statefulSet);
  const first = firstOrdinal(draft, role, resolved);
  // Creating what exists and is somebody else's fails, which is how it comes to be told and to be tried again.
  if (actual === undefined || !isAdoptable(observed.cluster, actual)) {
    const object = first === 0 ? desired : asSplit(draft, role, desired, { first, end });
    if (actual === undefined) relabelOrphans(draft, role, object, first);
    createStatefulSet(draft, role, object);
    return;
  }
  if (isOwned(observed.cluster, actual) && makesSmallerClaims(desired, actual)) {
    renew(draft, role, actual, 'larger volumes');
    return;
  }
  if (isOwned(observed.cluster, actual) && makesOthers(actual, resolved)) {
    // Members that run get the devices one by one: see rolling/plan-rolling.ts.
    if (isWithoutOthers(draft, role, resolved)) renew(draft, role, actual, 'other devices');
    else scaleOnly(draft, role);
    return;
  }
  bringUpToDate(draft, role, { desired, actual, first, end });
}

interface Repairing {
  readonly desired: StatefulSet;
  readonly actual: Stored<StatefulSet>;
  /** The first ordinal that may have a pod of this set, see devices.ts. */
  readonly first: number;
  readonly end: number;
}

function bringUpToDate(draft: Draft, role: RoleStatus, { desired, actual, first, end }: Repairing): void {
  const { selector, serviceName, podManagementPolicy, volumeClaimTemplates, ordinals } = actual.spec;
  const { template, updateStrategy } = desired.spec;
  const labels = { ...template.metadata?.labels, ...selector.matchLabels };
  const annotations = template.metadata?.annotations ?? {};
  const inPlace = withoutRevision(annotations);
  for (const { pod } of role.members) {
    rollOut(draft, draft.observed.pods.get(pod), { labels: labelsFor(labels, actual, pod), annotations: inPlace });
  }
  // It never goes up: pods below it are no longer the set's.
  const start = isSplit(actual) ? Math.min(ordinals?.start ?? 0, first) : undefined;
  const spec = {
    ...{ replicas: replicasFrom(start, end), updateStrategy },
    ...{ template: { ...template, metadata: { labels, annotations } } },
    ...(start === undefined ? {} : { ordinals: { start } }),
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

function createStatefulSet(draft: Draft, role: RoleStatus, object: StatefulSet): void {
  const isLeft = hasOrphans(draft, role);
  if (role.members.every(({ state }) => state === 'deleting') && !isLeft) return;
  draft.actions.push({ type: 'createStatefulSet', object });
  if (draft.observed.statefulSets.has(role.statefulSet) || isLeft) return;
  if (role.members.some(({ stateDetail }) => stateDetail.lastSetupGeneration !== undefined)) {
    event(draft, 'Role', `statefulset{${role.statefulSet}} of role{${role.id}} is gone: making it again`, 'Warning');
  }
}

/** All stays as it was, but for its replicas. */
export function scaleOnly(draft: Draft, role: RoleStatus): void {
  const { cluster, statefulSets } = draft.observed;
  const actual = statefulSets.get(role.statefulSet);
  if (actual === undefined || !isAdoptable(cluster, actual)) return;
  const { apiVersion, kind, metadata, spec } = actual;
  const labels = { ...metadata.labels, ...selectorLabels(cluster, role.id) };
  const annotations = metadata.annotations ?? {};
  const desired = {
    ...{ apiVersion, kind },
    metadata: { labels, annotations, ownerReferences: [ownedBy(cluster)] },
    spec: { ...spec, replicas: replicasFrom(spec.ordinals?.start, endOf(draft, role)) },
  };
  repair(draft, 'StatefulSet', actual, { desired });
}
