import { usesApp } from '../../apis/kubedirector/app-lookups.ts';
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { ResourceCache } from '../../apiserver/watchcache/contract.ts';
import type { KubeObject } from '../../meta/object.ts';

const mostNames = 5;

/** For the middle of a sentence: the first five, and how many more. @param more names that are left out already */
export function listed(names: readonly string[], more = 0): string {
  const rest = more + Math.max(0, names.length - mostNames);
  const told = names.slice(0, mostNames).join(', ');
  return rest === 0 ? told : `${told} and ${rest} more`;
}

/** All clusters there are, as `listed` names them. */
export function anyClusters(clusters: ResourceCache<KubeDirectorCluster>): string {
  const { objects, remaining = 0 } = clusters.list({ limit: mostNames });
  return listed(
    objects.map(({ key }) => key),
    remaining,
  );
}

/** The clusters that use this app, as "namespace/name", in that order. */
export function usersOfApp(lookup: Lookup, app: KubeObject): string[] {
  return clustersUsing(lookup, app).map(keyOf);
}

/** The clusters that use this app, in the order of their namespaces and names. */
export function clustersUsing(lookup: Lookup, { metadata }: KubeObject): KubeDirectorCluster[] {
  const { name = '', namespace = '' } = metadata;
  return lookup
    .clustersOfApp(name)
    .filter((cluster) => usesApp(cluster, { name, namespace }, lookup.systemNamespace))
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

const keyOf = ({ metadata }: KubeDirectorCluster): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
