/** The end of a cluster: what it made is deleted, then its finalizer goes. Needs neither app nor config. */
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Action } from './actions.ts';
import { deletion } from './leaving.ts';
import { cleanupFinalizer } from './names.ts';
import type { Observed } from './observed.ts';

const isTerminating = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;

/** Ours by ownerReference; a PVC that was not adopted yet has no controller at all. */
function isOurs(cluster: Stored<KubeDirectorCluster>, object: KubeObject): boolean {
  const controller = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  return controller === undefined || controller.uid === cluster.metadata.uid;
}

export function planCleanup(observed: Observed): readonly Action[] {
  const { cluster } = observed;
  const finalizers = cluster.metadata.finalizers ?? [];
  if (!finalizers.includes(cleanupFinalizer)) return [];
  const ours = <T extends Stored<KubeObject>>(objects: ReadonlyMap<string, T>): readonly T[] =>
    [...objects.values()].filter((object) => isOurs(cluster, object));
  const sets = ours(observed.statefulSets);
  const services = ours(observed.services);
  const claims = ours(observed.claims);
  const actions: Action[] = [...observed.guest.keys()].map((pod) => ({ type: 'forgetGuest', pod }));
  for (const set of sets) actions.push(...deletion('StatefulSet', set));
  for (const service of services) actions.push(...deletion('Service', service));
  for (const claim of claims) actions.push(...deletion('PersistentVolumeClaim', claim));
  // A pod on its way out holds its PVC, but makes no new one: only pods that nobody has asked to go are waited for.
  const waits =
    sets.length > 0 || services.length > 0 || !claims.every(isTerminating) || !members(observed).every(isTerminating);
  if (!waits) {
    const rest = finalizers.filter((finalizer) => finalizer !== cleanupFinalizer);
    actions.push({ type: 'setFinalizers', finalizers: rest });
  }
  return actions;
}

function members({ cluster, pods }: Observed): readonly KubeObject[] {
  const names = new Set(cluster.status?.roles?.flatMap((role) => role.members.map(({ pod }) => pod)) ?? []);
  return [...pods.values()].filter(({ metadata }) => names.has(metadata.name));
}
