/** openapi/kubedirector's kinds as CustomResourceDefinitions: the same shape, without what only this program does. */
import { kubedirectorResources, kubedirectorSchemas } from '../src/apis/kubedirector/schemas.gen.ts';
import type { ResourceNames } from '../src/apis/kubedirector/resource-names.ts';
import kubernetes from '../openapi/kubernetes/schemas.json' with { type: 'json' };

type Schema = Record<string, unknown>;

/** A kind that is served. */
export type Kind = keyof typeof kubedirectorResources;

/** As much of one as is changed before it is applied. */
export interface CustomResourceDefinition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: { readonly properties: Readonly<Record<string, Schema>> } };
      readonly subresources?: Readonly<Record<string, object>>;
    }[];
  };
}

const all = { ...kubernetes.components.schemas, ...kubedirectorSchemas } as Record<string, Schema>;

const keptExtensions = [
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
];

/** Structural: references resolved, no defaults (they are ours to apply), no extensions a CRD refuses. */
function structural(schema: Schema, all: Record<string, Schema>): Schema {
  const reference = schema['$ref'];
  if (typeof reference === 'string') return structural(all[reference.split('/').at(-1) ?? ''] ?? {}, all);
  const parts = schema['allOf'];
  if (Array.isArray(parts) && parts.length === 1) {
    const rest = Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'allOf'));
    return { ...structural(parts[0] as Schema, all), ...structural(rest, all) };
  }
  const result: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'default' || key === 'oneOf' || key === 'format') continue;
    if (key.startsWith('x-') && !keptExtensions.includes(key)) continue;
    result[key] = value;
  }
  if (schema['oneOf'] !== undefined) return { 'x-kubernetes-int-or-string': true };
  const properties = schema['properties'];
  if (typeof properties === 'object' && properties !== null) {
    result['properties'] = Object.fromEntries(
      Object.entries(properties as Record<string, Schema>).map(([name, inner]) => [name, structural(inner, all)]),
    );
  }
  // A CRD may not have both.
  if (schema['additionalProperties'] !== undefined) delete result['properties'];
  for (const key of ['items', 'additionalProperties']) {
    if (typeof schema[key] === 'object') result[key] = structural(schema[key] as Schema, all);
  }
  return result;
}

/** A computed column has the name there: a CustomResourceDefinition can show fields only. */
function printerColumns({ columns }: ResourceNames): object[] {
  return columns.map(({ name, description, path = '.metadata.name', type = 'string', priority = 0 }) => ({
    ...{ name, description, type, jsonPath: path },
    ...(priority === 0 ? {} : { priority }),
  }));
}

/** @param group another than ours where the cluster has an APIService for it */
export function customResourceDefinition(group: string, kind: Kind): CustomResourceDefinition {
  const names: ResourceNames = kubedirectorResources[kind];
  const { plural, singular, shortNames, categories } = names;
  const { properties, ...root } = structural(all[`com.hpe.kubedirector.v1beta1.${kind}`] ?? {}, all) as {
    properties: Record<string, Schema>;
  };
  const selectableFields = names.selectableFields.map((path) => ({ jsonPath: `.${path}` }));
  const version = {
    ...{ name: 'v1beta1', served: true, storage: true },
    ...('status' in properties ? { subresources: { status: {} } } : {}),
    additionalPrinterColumns: printerColumns(names),
    ...(selectableFields.length === 0 ? {} : { selectableFields }),
    schema: { openAPIV3Schema: { ...root, properties: { ...properties, metadata: { type: 'object' } } } },
  };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular, shortNames, categories, listKind: `${kind}List` },
      versions: [version],
    },
  };
  return definition;
}
