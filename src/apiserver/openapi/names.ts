/** Names from which generated clients are built. */
import type { ResourceDefinition } from '../resource.ts';

/** "kubedirector.hpe.com" as "kubedirectorHpeCom"; "storage.k8s.io" as "storage"; the core group as "core". */
function groupWords(group: string): string {
  const words = (group === '' ? 'core' : group.replace(/\.k8s\.io$/, '')).split(/[.-]/);
  return words.map((word, index) => (index === 0 ? word : capitalized(word))).join('');
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** "kubedirectorHpeCom_v1beta1" */
export function tagOf({ group, version }: { group: string; version: string }): string {
  return `${groupWords(group)}_${version}`;
}

/**
 * "listKubedirectorHpeComV1beta1NamespacedKubeDirectorApp".
 * @param rest what follows the kind: "Scale", "ForAllNamespaces"
 */
export function operationIdOf(verb: string, definition: ResourceDefinition, infix: string, rest = ''): string {
  const { group, version, kind } = definition;
  return `${verb}${capitalized(groupWords(group))}${capitalized(version)}${infix}${kind}${rest}`;
}

/** "status" as "Status", "ephemeral-containers" as "EphemeralContainers". */
export function subresourceSuffix(name: string): string {
  return name.split('-').map(capitalized).join('');
}

/** The schema name of a resource's list: "io.k8s.api.core.v1.Pod" gives "io.k8s.api.core.v1.PodList". */
export function listSchemaName({ schema, listKind }: ResourceDefinition): string {
  return schema.name.slice(0, schema.name.lastIndexOf('.') + 1) + listKind;
}
