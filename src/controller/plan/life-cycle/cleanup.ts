/** The end of a cluster: what it made is deleted, then its finalizer goes. Needs neither app nor config. */
import type { Pod, StatefulSet } from '../../../apis/kubernetes/types.ts';
import { cleanupFinalizer } from '../../../apis/kubedirector/well-known.ts';
import type { KubeObject, Stored } from '../../../meta/object.ts';
import type { Action } from '../actions.ts';
import { keepsClaims } from '../../../apis/kubedirector/retention.ts';
import { deletion } from '../natives/deletion.ts';
import { release } from '../natives/retained.ts';
import { statefulSetOf } from '../names.ts';
import type { Observed } from '../observed.ts';
import { isOwned, isOwnedClaim } from '../natives/ownership.ts';
import { isGrowing } from '../natives/progress.ts';

/**
 * What Kubernetes' garbage collector has to do before a cluster goes, by how it was deleted. Source:
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
const orphan = 'orphan';
const foreground = 'foregroundDeletion';

const isTerminating = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;

/** The actions for a cluster that is being deleted. No action once its finalizer is gone. */
export function planCleanup(observed: Observed): readonly Action[] {
  const { cluster } = observed;
  const finalizers = cluster.metadata.finalizers ?? [];
  if (!finalizers.includes(cleanupFinalizer)) return [];
  const actions: Action[] = [...observed.guest.keys()].map((pod) => ({ type: 'forgetGuest', pod }));
  for (const pod of observed.health?.keys() ?? []) actions.push({ type: 'forgetHealth', pod });
  const rest = finalizers.filter((finalizer) => finalizer !== cleanupFinalizer);
  // What is to outlive the cluster is left to the collector, which takes the cluster's name off it.
  if (finalizers.includes(orphan)) return [...actions, { type: 'setFinalizers', finalizers: rest }];
  const ours = <T extends Stored<KubeObject>>(objects: ReadonlyMap<string, T>): readonly T[] =>
    [...objects.values()].filter((object) => isOwned(cluster, object));
  const isOurPod = ofOurSets(observed);
  const sets = ours(observed.statefulSets);
  const services = ours(observed.services);
  const budgets = ours(observed.budgets);
  const claims = [...observed.claims.values()].filter((claim) => isOwnedClaim(cluster, claim, isOurPod));
  // One that was deleted while its controller makes pods would leave the PVCs behind that come after it.
  const how = (set: Stored<StatefulSet>) =>
    finalizers.includes(foreground) || isGrowing(set) ? ({ propagation: 'Foreground' } as const) : {};
  for (const set of sets) actions.push(...deletion('StatefulSet', set, how(set)));
  for (const service of services) actions.push(...deletion('Service', service));
  for (const budget of budgets) actions.push(...deletion('PodDisruptionBudget', budget));
  const isKept = keepsClaims(cluster.spec, 'whenDeleted');
  const farewells = claims.flatMap((claim) =>
    isKept ? release(cluster, claim) : deletion('PersistentVolumeClaim', claim),
  );
  actions.push(...farewells);
  // Between two StatefulSets of one name (see natives/growth.ts) pods are nobody's: nobody else has them go.
  for (const pod of podsToGo(observed, isOurPod)) {
    const isLeft = sets.length === 0 && !isTerminating(pod) && (pod.metadata.ownerReferences ?? []).length === 0;
    if (isLeft) actions.push({ type: 'evict', pod, message: `deleting pod{${pod.metadata.name}}` });
  }
  // A pod on its way out holds its PVC, but makes no new one: only pods that nobody has asked to go are waited for.
  const waits =
    sets.length > 0 ||
    services.length > 0 ||
    budgets.length > 0 ||
    // Those that stay are no longer the cluster's before it goes: else the collector would delete them after it.
    (isKept ? farewells.length > 0 : !claims.every(isTerminating)) ||
    !podsToGo(observed, isOurPod).every(isTerminating);
  if (!waits) actions.push({ type: 'setFinalizers', finalizers: rest });
  return actions;
}

/** Whether a name is of a pod that a StatefulSet of this cluster made, be it a member or one that came too late. */
function ofOurSets({ cluster, statefulSets }: Observed): (pod: string) => boolean {
  const { roles = [] } = cluster.status ?? {};
  const members = new Set(roles.flatMap((role) => role.members.map(({ pod }) => pod)));
  const isForeign = (name: string): boolean => {
    const set = statefulSets.get(name);
    return set !== undefined && !isOwned(cluster, set);
  };
  const names = new Set<string | undefined>(
    roles.map(({ statefulSet }) => statefulSet).filter((name) => !isForeign(name)),
  );
  return (pod) => members.has(pod) || names.has(statefulSetOf(pod));
}

/** But for pods that a StatefulSet of somebody else keeps. */
function podsToGo(observed: Observed, isOurPod: (pod: string) => boolean): readonly Stored<Pod>[] {
  const { cluster, pods, statefulSets } = observed;
  const foreign = [...statefulSets.values()]
    .filter((set) => !isOwned(cluster, set))
    .map(({ metadata }) => metadata.uid);
  const isKept = ({ metadata }: Stored<Pod>): boolean =>
    metadata.ownerReferences?.some(({ uid }) => foreign.includes(uid)) === true;
  return [...pods.values()].filter((pod) => isOurPod(pod.metadata.name) && !isKept(pod));
}
