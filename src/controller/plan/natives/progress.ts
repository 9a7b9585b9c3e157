/**
 * How far the StatefulSet controller has come. It writes observedGeneration when it is done with what that generation
 * asks of it: until then it may be making pods and PVCs by an older one. Source:
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/#StatefulSetStatus
 */
import type { StatefulSet } from '../../../apis/kubernetes/types.ts';
import type { Stored } from '../../../meta/object.ts';

/** It makes pods and PVCs only of ordinals below this. */
export function endOfOrdinals({ metadata, spec, status }: Stored<StatefulSet>): number {
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return isSeen ? (spec.ordinals?.start ?? 0) + (spec.replicas ?? 1) : Number.POSITIVE_INFINITY;
}

/** Whether pods have still to be made. */
export function isGrowing(set: Stored<StatefulSet>): boolean {
  return endOfOrdinals(set) - (set.spec.ordinals?.start ?? 0) > (set.status?.replicas ?? 0);
}
