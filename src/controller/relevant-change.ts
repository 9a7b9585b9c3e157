/** Which changes of a cluster a reconcile could do anything about. */
import type { KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import { deepEqual } from '../meta/json.ts';
import type { ObjectChange } from '../clients/contract.ts';

/** What the labels and annotations that plans look at begin with. */
const ours = 'kubedirector.hpe.com/';

/**
 * Whether a plan could come out differently: the spec, the status, a deletion, finalizers, or a label or annotation of
 * KubeDirector's own changed. Anybody may annotate a cluster as often as they like; that costs no reconcile.
 */
export function concernsPlan({ object, old }: ObjectChange<KubeDirectorCluster>): boolean {
  if (object === undefined || old === undefined) return true;
  const now = object.metadata;
  const before = old.metadata;
  return !(
    now.uid === before.uid &&
    now.generation === before.generation &&
    now.deletionTimestamp === before.deletionTimestamp &&
    deepEqual(now.finalizers, before.finalizers) &&
    deepEqual(ownOnly(now.labels), ownOnly(before.labels)) &&
    deepEqual(ownOnly(now.annotations), ownOnly(before.annotations)) &&
    deepEqual(object.status, old.status) &&
    deepEqual(object.spec, old.spec)
  );
}

function ownOnly(values: Readonly<Record<string, string>> = {}): object {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name.startsWith(ours)));
}
