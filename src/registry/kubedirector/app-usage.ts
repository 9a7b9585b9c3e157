import { usesApp } from '../../apis/kubedirector/app-lookups.ts';
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import type { KubeObject } from '../../meta/object.ts';

/** The clusters that are instances of this app, as "namespace/name", in that order. */
export function usersOfApp(lookup: Lookup, { metadata }: KubeObject): string[] {
  const { name = '', namespace = '' } = metadata;
  return lookup
    .clustersOfApp(name)
    .filter((cluster) => usesApp(cluster, { name, namespace }, lookup.systemNamespace))
    .map((cluster) => `${cluster.metadata.namespace ?? ''}/${cluster.metadata.name ?? ''}`)
    .sort();
}
