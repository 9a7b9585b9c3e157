/** Pods of members whose StatefulSet is gone, or is not to have them. */
import type { RoleStatus } from '../../../apis/kubedirector/types.ts';
import type { Pod, StatefulSet } from '../../../apis/kubernetes/types.ts';
import type { Stored } from '../../../meta/object.ts';
import { mayStop, type Draft } from '../draft.ts';
import { podOrdinal } from '../names.ts';
import { isSplit } from './devices.ts';
import { covers, mergePatchTo } from './drift.ts';

/** Pods that have outlived their StatefulSet. It is made again also to take them away. */
export const hasOrphans = ({ observed: { pods } }: Pick<Draft, 'observed'>, { members }: RoleStatus): boolean =>
  members.some(({ pod }) => isOrphan(pods.get(pod)));

const isOrphan = (pod: Stored<Pod> | undefined): pod is Stored<Pod> =>
  pod !== undefined &&
  pod.metadata.deletionTimestamp === undefined &&
  !(pod.metadata.ownerReferences ?? []).some(({ controller }) => controller === true);

/**
 * A new StatefulSet adopts what its selector finds. Pods have the labels of the one before, of another app perhaps.
 * @param first its first ordinal: those below are not to be adopted
 */
export function relabelOrphans(
  { observed, actions }: Draft,
  { members }: RoleStatus,
  { spec }: StatefulSet,
  first: number,
): void {
  for (const { pod: name } of members) {
    const pod = observed.pods.get(name);
    const { matchLabels: labels = {} } = spec.selector;
    if (!isOrphan(pod) || podOrdinal(name) < first) continue;
    const drift = mergePatchTo({ metadata: { labels } }, pod);
    if (drift === undefined) continue;
    const desired = { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { ...pod.metadata.labels, ...labels } } };
    actions.push({ type: 'repair', kind: 'Pod', actual: pod, desired, drift });
  }
}

/** Pods that are to go, and that the role's StatefulSet will never own: nobody else has them go. */
export function dismissOrphans(draft: Draft, { id, members, statefulSet }: RoleStatus): void {
  const { pods, statefulSets } = draft.observed;
  const set = statefulSets.get(statefulSet);
  if (set === undefined || !isSplit(set)) return;
  for (const { pod: name, state } of members) {
    const pod = pods.get(name);
    if (!isOrphan(pod) || covers(set.spec.selector.matchLabels, pod.metadata.labels)) continue;
    if (state !== 'deleting' && !mayStop(draft)) continue;
    draft.actions.push({
      type: 'evict',
      pod,
      message: `ending pod{${name}} of role{${id}}, which is no longer to run`,
    });
  }
}
