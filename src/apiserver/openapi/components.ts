/** The schemas of a document: all that its paths refer to. */
import type { Steps } from '../../runtime/steps.ts';
import type { OpenApiSchema, OpenApiSchemas } from '../../schema/contract.ts';
import { getOwn } from '../../schema/own-keys.ts';
import { importedPrefix, referenceName, references, withPatchStrategy, withTypeMeta } from '../../schema/resolve.ts';
import type { ResourceDefinition } from '../resource.ts';
import { listSchemaName } from './names.ts';

const gvkExtension = 'x-kubernetes-group-version-kind';
const listMeta = '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';
const conventions = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';

const apiVersion: OpenApiSchema = {
  description: `The versioned schema of this representation of an object. More info: ${conventions}#resources`,
  type: 'string',
};
const kindProperty: OpenApiSchema = {
  description: `The REST resource this object represents, in CamelCase. Cannot be updated. More info: ${conventions}#types-kinds`,
  type: 'string',
};

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The served kinds by the names of their schemas. */
function servedKinds(definitions: readonly ResourceDefinition[]): Map<string, readonly Kind[]> {
  const kinds = new Map<string, readonly Kind[]>();
  const add = (name: string, { group, version, kind }: Kind): void => {
    const known = kinds.get(name) ?? [];
    const isNew = !known.some((one) => one.group === group && one.version === version && one.kind === kind);
    if (isNew) kinds.set(name, [...known, { group, version, kind }]);
  };
  for (const definition of definitions) {
    add(definition.schema.name, definition);
    for (const subresource of Object.values(definition.subresources)) {
      if (subresource.type === 'object' || subresource.type === 'action') add(subresource.schema.name, subresource);
    }
  }
  return kinds;
}

/**
 * The schemas reachable from the roots, sorted by name. Kinds get their group, version and kind; missing list schemas
 * are made. An unknown name becomes an object of any content.
 */
export function* componentsFor(
  schemas: OpenApiSchemas,
  definitions: readonly ResourceDefinition[],
  roots: Iterable<string>,
): Steps<Record<string, OpenApiSchema>> {
  const kinds = servedKinds(definitions);
  const lists = new Map(definitions.map((definition) => [listSchemaName(definition), definition]));
  const found = new Map<string, OpenApiSchema>();
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    const list = lists.get(name);
    const source = getOwn(schemas, name) ?? (list ? listSchema(list) : { type: 'object' as const });
    const served = kinds.get(name);
    const schema = publicSchema(served ? kindSchema(schemas, source, served) : source, { owner: name, schemas });
    found.set(name, schema);
    pending.push(...referencesIn(schema));
    yield;
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function listSchema({ group, version, kind, listKind, plural, schema }: ResourceDefinition): OpenApiSchema {
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion,
      items: {
        description: `List of ${plural}. More info: ${conventions}`,
        type: 'array',
        items: { $ref: `#/components/schemas/${schema.name}` },
      },
      kind: kindProperty,
      metadata: {
        description: `Standard list metadata. More info: ${conventions}#types-kinds`,
        allOf: [{ $ref: listMeta }],
      },
    },
    [gvkExtension]: [{ group, kind: listKind, version }],
  };
}

function kindSchema(schemas: OpenApiSchemas, schema: OpenApiSchema, served: readonly Kind[]): OpenApiSchema {
  const complete = withTypeMeta(schemas, {
    ...schema,
    properties: { ...schema.properties, apiVersion: { ...apiVersion, ...schema.properties?.['apiVersion'] } },
  });
  const properties = { ...complete.properties, kind: { ...kindProperty, ...complete.properties?.['kind'] } };
  return { ...complete, properties, [gvkExtension]: served };
}

/** Where a schema is written. */
interface Place {
  /** The named schema that holds it. */
  readonly owner: string;
  readonly schemas: OpenApiSchemas;
}

/** A schema as it is published: only with Kubernetes' own extensions. */
function publicSchema(schema: OpenApiSchema, place: Place): OpenApiSchema {
  const { properties, items, additionalProperties, allOf, oneOf, ...rest } = withPatchStrategy(
    withScalar(schema, place.schemas),
    place.owner,
  );
  const kept = Object.entries(rest).filter(([key]) => !key.startsWith('x-') || key.startsWith('x-kubernetes-'));
  const inner = (one: OpenApiSchema): OpenApiSchema => publicSchema(one, place);
  return {
    ...Object.fromEntries(kept),
    ...(allOf ? { allOf: allOf.map(inner) } : {}),
    ...(oneOf ? { oneOf: oneOf.map(inner) } : {}),
    ...(items ? { items: inner(items) } : {}),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, inner(one)])) }
      : {}),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'object' ? inner(additionalProperties) : additionalProperties,
        }),
  };
}

/**
 * Strings, numbers and booleans of a named type are published where they are used, as in Kubernetes' own documents and
 * those of CRDs. kubectl explain shows the values of an enum only there.
 */
function withScalar(schema: OpenApiSchema, schemas: OpenApiSchemas): OpenApiSchema {
  const [name] = references(schema);
  if (name === undefined || name.startsWith(importedPrefix) || (schema.allOf?.length ?? 1) > 1) return schema;
  const target = getOwn(schemas, name);
  if (target?.type === undefined || target.type === 'object' || target.type === 'array') return schema;
  const own = Object.entries(schema).filter(([key]) => key !== '$ref' && key !== 'allOf');
  return { ...target, ...Object.fromEntries(own) };
}

/** The names of all schemas that some part of a document refers to. */
export function referencesIn(part: unknown, found: string[] = []): string[] {
  if (Array.isArray(part)) {
    for (const one of part) referencesIn(one, found);
  } else if (typeof part === 'object' && part !== null) {
    for (const [key, value] of Object.entries(part)) {
      if (key === '$ref' && typeof value === 'string') found.push(referenceName(value));
      else referencesIn(value, found);
    }
  }
  return found;
}
