/**
 * What the StatefulSet controller does next. Pure functions.
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/ (deployment, scaling, updates)
 */
import type { Pod, StatefulSet } from '../../apis/kubernetes/types.ts';
import type { Stored } from '../../meta/object.ts';
import { isOver, isReady } from '../pods/status.ts';
import { specOf } from './defaults.ts';
import { revisionLabel, splitPodName } from './pods-of.ts';

/** The names of the two ControllerRevisions that matter in a rolling update. */
export interface Revisions {
  /** The revision that pods had before the update. */
  readonly current: string;
  /** The revision of the template that the spec has now. */
  readonly update: string;
}

interface StatefulSetPlan {
  readonly create: readonly { readonly ordinal: number; readonly revision: string }[];
  readonly remove: readonly Stored<Pod>[];
  readonly status: NonNullable<StatefulSet['status']>;
}

const ordinalOf = (pod: Stored<Pod>): number => splitPodName(pod.metadata.name)?.ordinal ?? -1;
const revisionOf = (pod: Pod): string => pod.metadata.labels?.[revisionLabel] ?? '';
const isGoing = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;
const isHealthy = (pod: Pod | undefined): boolean =>
  pod !== undefined && pod.status?.phase === 'Running' && isReady(pod) && !isGoing(pod);

/** Pods below the partition get the template of the current revision, the others that of the update revision. */
function revisionFor(set: StatefulSet, ordinal: number, revisions: Revisions): string {
  const { updateStrategy, ordinals } = specOf(set);
  if (updateStrategy?.type === 'OnDelete') return revisions.update;
  const partition = (updateStrategy?.rollingUpdate?.partition ?? 0) + (ordinals?.start ?? 0);
  return ordinal < partition ? revisions.current : revisions.update;
}

function statusOf(
  set: Stored<StatefulSet>,
  pods: readonly Stored<Pod>[],
  revisions: Revisions,
): StatefulSetPlan['status'] {
  const wanted = specOf(set).replicas ?? 1;
  const ready = pods.filter(isReady).length;
  const staying = pods.filter((pod) => !isGoing(pod));
  const updated = staying.filter((pod) => revisionOf(pod) === revisions.update).length;
  const done = updated === wanted && pods.length === wanted && ready === wanted;
  const current = done ? revisions.update : revisions.current;
  return {
    availableReplicas: ready,
    collisionCount: set.status?.collisionCount ?? 0,
    currentReplicas: staying.filter((pod) => revisionOf(pod) === current).length,
    currentRevision: current,
    observedGeneration: set.metadata.generation ?? 1,
    readyReplicas: ready,
    replicas: pods.length,
    updateRevision: revisions.update,
    updatedReplicas: updated,
  };
}

/** The pods that an update replaces next, from the highest ordinal down. At most maxUnavailable are unhealthy. */
function outdated(
  set: StatefulSet,
  members: ReadonlyMap<number, Stored<Pod>>,
  ordinals: readonly number[],
  revisions: Revisions,
): Stored<Pod>[] {
  const { updateStrategy, ordinals: from } = specOf(set);
  if (updateStrategy?.type === 'OnDelete') return [];
  const partition = (updateStrategy?.rollingUpdate?.partition ?? 0) + (from?.start ?? 0);
  const given = updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  const share = typeof given === 'string' ? Math.ceil((parseInt(given, 10) * ordinals.length) / 100) : given;
  let allowed = Math.max(1, share) - ordinals.filter((ordinal) => !isHealthy(members.get(ordinal))).length;
  const doomed: Stored<Pod>[] = [];
  for (const ordinal of [...ordinals].reverse()) {
    if (ordinal < partition) break;
    const pod = members.get(ordinal);
    if (!pod || isGoing(pod) || revisionOf(pod) === revisions.update) continue;
    // An unhealthy pod of the old revision is replaced at once: the update does not wait for it.
    if (isHealthy(pod)) allowed -= 1;
    if (allowed < 0) break;
    doomed.push(pod);
  }
  return doomed;
}

/** Those that are to have pods. */
export function ordinalsOf(set: StatefulSet): readonly number[] {
  const { ordinals, replicas = 1 } = specOf(set);
  return Array.from({ length: replicas }, (_, index) => (ordinals?.start ?? 0) + index);
}

/** The pods to create and delete now, and the new status. @param pods of the set, in any order */
export function planStatefulSet(
  set: Stored<StatefulSet>,
  pods: readonly Stored<Pod>[],
  revisions: Revisions,
): StatefulSetPlan {
  const spec = specOf(set);
  const ordinals = ordinalsOf(set);
  const inOrder = spec.podManagementPolicy !== 'Parallel';
  const members = new Map(pods.map((pod) => [ordinalOf(pod), pod]));
  const status = statusOf(set, pods, revisions);
  const create: { ordinal: number; revision: string }[] = [];
  const remove: Stored<Pod>[] = [];
  let blocked = false;

  for (const ordinal of ordinals) {
    const pod = members.get(ordinal);
    if (!pod) create.push({ ordinal, revision: revisionFor(set, ordinal, revisions) });
    else if (isOver(pod) && !isGoing(pod)) remove.push(pod);
    if (isHealthy(pod)) continue;
    blocked = true;
    if (inOrder) break;
  }
  const condemned = pods
    .filter((pod) => !ordinals.includes(ordinalOf(pod)))
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  if (!inOrder) remove.push(...condemned.filter((pod) => !isGoing(pod)));
  else if (!blocked) {
    const [highest] = condemned;
    if (highest && !isGoing(highest)) remove.push(highest);
  }
  const settled = create.length === 0 && remove.length === 0 && condemned.length === 0;
  if (settled && revisions.current !== revisions.update) remove.push(...outdated(set, members, ordinals, revisions));
  return { create, remove, status };
}
