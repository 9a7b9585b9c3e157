import { usesApp } from '../../apis/kubedirector/app-lookups.ts';
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import type { KubeObject } from '../../meta/object.ts';

/** For the middle of a sentence: the first five, and how many more. */
export const listed = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');

/** The clusters that are instances of this app, as "namespace/name", in that order. */
export function usersOfApp(lookup: Lookup, { metadata }: KubeObject): string[] {
  const { name = '', namespace = '' } = metadata;
  return lookup
    .clustersOfApp(name)
    .filter((cluster) => usesApp(cluster, { name, namespace }, lookup.systemNamespace))
    .map((cluster) => `${cluster.metadata.namespace ?? ''}/${cluster.metadata.name ?? ''}`)
    .sort();
}
