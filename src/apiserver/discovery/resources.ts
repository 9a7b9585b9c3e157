/** Resources and subresources as discovery lists them. */
import { createHash } from 'node:crypto';
import { apiVersionString, type GroupVersionKind } from '../../meta/object.ts';
import { proxyVerbs } from '../proxy-subresource.ts';
import type { RefusedSubresource, ResourceDefinition, Subresource } from '../resource.ts';
import { objectVerbs } from '../subresource-verbs.ts';
import type { ApiResource, ApiResourceList } from './contract.ts';

/** A subresource in the terms of both forms of discovery. */
interface DiscoveredSubresource {
  readonly name: string;
  readonly kind: GroupVersionKind;
  readonly verbs: readonly string[];
}

type Served = Exclude<Subresource, RefusedSubresource>;

function kindOf(definition: ResourceDefinition, subresource: Served): GroupVersionKind {
  const { group, version, kind } =
    subresource.type === 'status' || subresource.type === 'text' || subresource.type === 'proxy'
      ? definition
      : subresource;
  return { group, version, kind };
}

function verbsOf(subresource: Served): readonly string[] {
  switch (subresource.type) {
    case 'status':
      return ['get', 'patch', 'update'];
    case 'object':
      return objectVerbs(subresource);
    case 'text':
      return ['get'];
    case 'action':
      return ['create'];
    case 'proxy':
      return proxyVerbs;
  }
}

function subresourcesOf(definition: ResourceDefinition): DiscoveredSubresource[] {
  return Object.entries(definition.subresources)
    .flatMap(([name, subresource]) =>
      subresource.type === 'refused'
        ? []
        : [{ name, kind: kindOf(definition, subresource), verbs: verbsOf(subresource) }],
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Source: k8s.io/apiserver/pkg/endpoints/discovery StorageVersionHash. Only what is created and can be read is stored. */
function storageVersionHash(definition: ResourceDefinition): { storageVersionHash?: string } {
  const { group, version, kind, verbs, storageVersion = version } = definition;
  if (!verbs.includes('create') || !verbs.includes('get')) return {};
  const hash = createHash('sha256').update(`${group}/${storageVersion}/${kind}`).digest();
  return { storageVersionHash: hash.subarray(0, 8).toString('base64') };
}

const names = ({ shortNames, categories }: ResourceDefinition): Pick<ApiResource, 'shortNames' | 'categories'> => ({
  ...(shortNames.length > 0 ? { shortNames } : {}),
  ...(categories.length > 0 ? { categories } : {}),
});

/** A group version's resources, as /apis/GROUP/VERSION lists them. */
export function resourceList(definitions: readonly ResourceDefinition[], groupVersion: string): ApiResourceList {
  const resources = definitions
    .filter((definition) => apiVersionString(definition) === groupVersion)
    .flatMap((definition): ApiResource[] => [
      {
        name: definition.plural,
        singularName: definition.singular,
        namespaced: definition.namespaced,
        kind: definition.kind,
        verbs: [...definition.verbs].sort(),
        ...names(definition),
        ...storageVersionHash(definition),
      },
      ...subresourcesOf(definition).map(({ name, kind, verbs }) => ({
        name: `${definition.plural}/${name}`,
        singularName: '',
        namespaced: definition.namespaced,
        ...(apiVersionString(kind) === groupVersion ? {} : { group: kind.group, version: kind.version }),
        kind: kind.kind,
        verbs,
      })),
    ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

/** A resource as an APIGroupDiscoveryList holds it. */
export function discoveredResource(definition: ResourceDefinition): object {
  const subresources = subresourcesOf(definition).map(({ name, kind, verbs }) => {
    return { subresource: name, responseKind: kind, verbs };
  });
  const { group, version, kind } = definition;
  return {
    resource: definition.plural,
    responseKind: { group, version, kind },
    scope: definition.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: definition.singular,
    verbs: [...definition.verbs].sort(),
    ...names(definition),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}
