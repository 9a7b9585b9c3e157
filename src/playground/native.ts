/**
 * What the definitions of Kubernetes' own resources share: how they are made, and how they look up other objects.
 */
import type { JsonObject } from '../meta/json.ts';
import { apiVersionString, type KubeObject } from '../meta/object.ts';
import type { ResourceSchema } from '../schema/contract.ts';
import { readableStrategy } from './readable.ts';
import type { ResourceRegistry } from '../apiserver/registry/contract.ts';
import type { ResourceDefinition, Strategy, Subresource, TableColumn, Verb } from '../apiserver/resource.ts';
import type { Stored } from '../meta/object.ts';

/** Finds the registry of a served resource. Use it during requests only: while definitions are made it has none yet. */
export interface RegistryLookup {
  /** @throws Error if the server does not serve this resource */
  readonly registry: <T extends KubeObject>(group: string, plural: string) => ResourceRegistry<T>;
}

/** What every definition of a native resource needs from its surroundings. */
export interface DefinitionDeps {
  /** Finds the schema of a kind by its name in openapi/kubernetes, for example "io.k8s.api.core.v1.Pod". */
  readonly schema: (name: string) => ResourceSchema;
  readonly lookup: RegistryLookup;
  readonly now: () => Date;
  /** Returns a random number in [0, 1). */
  readonly random: () => number;
}

interface NativeResource<T extends KubeObject> {
  readonly group?: string;
  readonly version?: string;
  readonly plural: string;
  readonly kind: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Default: true. */
  readonly namespaced?: boolean;
  readonly verbs?: readonly Verb[];
  /** The name of the schema, or what follows "io.k8s.api." in it, for example "core.v1.Pod". */
  readonly schema: string;
  readonly columns: readonly TableColumn<T>[];
  readonly selectableFields?: Readonly<Record<string, (object: Stored<T>) => string>>;
  readonly strategy?: Strategy<T>;
  readonly defaults?: (object: T) => T;
  /** Without metadata, which all kinds have. */
  readonly zeroValue?: JsonObject;
  readonly subresources?: Readonly<Record<string, Subresource>>;
}

/** Every verb of a stored resource: reads, watches, single writes and deletecollection. */
export const allVerbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** Makes a definition. Where the resource gives no value, Kubernetes' usual default applies. */
export function nativeDefinition<T extends KubeObject>(
  deps: Pick<DefinitionDeps, 'schema'>,
  resource: NativeResource<T>,
): ResourceDefinition {
  const { schema: name } = resource;
  const schema = deps.schema(name.startsWith('io.k8s.') ? name : `io.k8s.api.${name}`);
  const definition: ResourceDefinition<T> = {
    group: resource.group ?? '',
    version: resource.version ?? 'v1',
    plural: resource.plural,
    singular: resource.kind.toLowerCase(),
    kind: resource.kind,
    listKind: `${resource.kind}List`,
    shortNames: resource.shortNames ?? [],
    categories: resource.categories ?? [],
    namespaced: resource.namespaced ?? true,
    verbs: resource.verbs ?? allVerbs,
    schema,
    readable: (object) => schema.readable(object),
    readableMetadata: (metadata) => schema.readableMetadata(metadata),
    columns: resource.columns,
    selectableFields: resource.selectableFields ?? {},
    strategy: readableStrategy(schema, resource.strategy ?? {}),
    ...(resource.defaults === undefined ? {} : { defaults: resource.defaults }),
    zeroValue: { metadata: {}, ...resource.zeroValue },
    subresources: resource.subresources ?? {},
  };
  // Each registry calls its definition's functions only with objects of that kind.
  return definition as unknown as ResourceDefinition;
}

/** The Age column, which almost every kind has. */
export function ageColumn<T extends KubeObject>(): TableColumn<T> {
  return {
    name: 'Age',
    type: 'date',
    description:
      'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
    priority: 0,
    value: (object) => object.metadata.creationTimestamp,
  };
}

/** A column of text. `wide` columns are shown only with `kubectl get -o wide`. */
export function textColumn<T extends KubeObject>(
  name: string,
  description: string,
  value: TableColumn<T>['value'],
  visibility: 'always' | 'wide' = 'always',
): TableColumn<T> {
  return { name, type: 'string', description, priority: visibility === 'wide' ? 1 : 0, value };
}

/** Labels as kubectl prints selectors: "a=b,c=d" in sorted order, or "<none>". */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',');
}

/** The keys of a kind in maps of registries, for example "apps/v1/StatefulSet": one for each version of it. */
export function kindKeys({
  group,
  version,
  kind,
  versions = [],
}: Pick<ResourceDefinition, 'group' | 'version' | 'kind' | 'versions'>): string[] {
  const all = [version, ...versions.map((other) => other.version)];
  return all.map((one) => `${apiVersionString({ group, version: one })}/${kind}`);
}
