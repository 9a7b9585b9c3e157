/** Pods of members whose StatefulSet is gone. */
import type { RoleStatus } from '../../../apis/kubedirector/types.ts';
import type { StatefulSet } from '../../../apis/kubernetes/types.ts';
import type { ObjectMeta } from '../../../meta/object.ts';
import type { Draft } from '../draft.ts';
import { mergePatchTo } from './drift.ts';

/** Pods that have outlived their StatefulSet. It is made again also to take them away. */
export const hasOrphans = ({ observed: { pods } }: Draft, { members }: RoleStatus): boolean =>
  members.some(({ pod }) => {
    const { metadata } = pods.get(pod) ?? {};
    return metadata?.deletionTimestamp === undefined && metadata !== undefined && !hasController(metadata);
  });

const hasController = ({ ownerReferences = [] }: ObjectMeta): boolean =>
  ownerReferences.some(({ controller }) => controller === true);

/** A new StatefulSet adopts what its selector finds. Pods have the labels of the one before, of another app perhaps. */
export function relabelOrphans({ observed, actions }: Draft, { members }: RoleStatus, { spec }: StatefulSet): void {
  for (const { pod: name } of members) {
    const pod = observed.pods.get(name);
    const { matchLabels: labels = {} } = spec.selector;
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || hasController(pod.metadata)) continue;
    const drift = mergePatchTo({ metadata: { labels } }, pod);
    if (drift === undefined) continue;
    const desired = { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { ...pod.metadata.labels, ...labels } } };
    actions.push({ type: 'repair', kind: 'Pod', actual: pod, desired, drift });
  }
}
