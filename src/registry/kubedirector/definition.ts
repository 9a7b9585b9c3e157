/** What openapi/kubedirector says of a kind, as the API machinery takes it. */
import type { KubeObject } from '../../meta/object.ts';
import type { ResourceSchema } from '../../schema/contract.ts';
import type { ResourceNames } from '../../apis/kubedirector/resource-names.ts';
import { kubedirectorResources } from '../../apis/kubedirector/schemas.gen.ts';
import { group, version } from '../../apis/kubedirector/types.ts';
import type { ResourceDefinition, Verb } from '../../apiserver/resource.ts';
import { tableColumns } from './columns.ts';
import { fieldAt } from './fields.ts';

/** The verbs of resources that are stored. */
export const storedVerbs: readonly Verb[] = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
];
/** The verbs of views: computed from clusters, never written. */
export const computedVerbs: readonly Verb[] = ['get', 'list', 'watch'];

/** All of a definition but what the resource's own file adds. */
export type BaseDefinition<T extends KubeObject> = Omit<ResourceDefinition<T>, 'strategy' | 'subresources'>;

/** The part of a definition that comes from the schemas. */
export function baseDefinition<T extends KubeObject>(
  kind: keyof typeof kubedirectorResources,
  verbs: readonly Verb[],
  schema: ResourceSchema,
): BaseDefinition<T> {
  const names: ResourceNames = kubedirectorResources[kind];
  return {
    group,
    version,
    kind,
    listKind: `${kind}List`,
    plural: names.plural,
    singular: names.singular,
    shortNames: names.shortNames,
    categories: names.categories,
    namespaced: true,
    verbs,
    schema,
    readable: (object) => schema.readable(object),
    readableMetadata: (metadata) => schema.readableMetadata(metadata),
    columns: tableColumns(names.columns),
    selectableFields: Object.fromEntries(names.selectableFields.map((path) => [path, selector(path)])),
  };
}

/** A field that is not there selects as ''. */
function selector(path: string): (object: KubeObject) => string {
  return (object) => {
    const value = fieldAt(object, path);
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
  };
}
