/**
 * Turns schemas that refer to each other into a tree that can be walked. `$ref` and `allOf` are merged into the schema
 * that carries them; each node is made once, on first use.
 */
import { isJsonObject } from '../meta/json.ts';
import type { OpenApiSchema, OpenApiSchemas, SchemaNode } from './contract.ts';
import { getOwn } from './own-keys.ts';

const prefix = '#/components/schemas/';

/** The prefix of Kubernetes' own types. Fields declared in them follow their rules rather than those of CRDs. */
export const importedPrefix = 'io.k8s.';
const objectMetaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
/** The schema of quantities, which the validator knows as a keyword of its own. */
export const quantityName = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

/** A node that remembers where it was declared. */
export interface ResolvedNode extends SchemaNode {
  /** The named schema that declares this node's field. */
  readonly owner: string;
  property(name: string): ResolvedNode | undefined;
  /** Only where the schema names it, not by additionalProperties. */
  declared(name: string): ResolvedNode | undefined;
  additional(): ResolvedNode | undefined;
  items(): ResolvedNode | undefined;
  /** Fields that the schema does not know are kept. */
  readonly open: boolean;
  /** The JSON types that the schema names, those of its oneOf included; none where it says nothing about the type. */
  readonly types: readonly string[];
  /** Says nothing about the value's type, so that null is as good as any. */
  readonly untyped: boolean;
  /** Part of one of Kubernetes' own kinds, which kube-apiserver decodes into Go types, and not of a custom kind. */
  readonly builtIn: boolean;
  /** The declared properties that have a default of the API. */
  defaults(): readonly (readonly [name: string, node: ResolvedNode])[];
}

/** The name behind a reference. @throws Error for one that leaves components.schemas: the schemas are ours, so a bug */
export function referenceName(ref: string): string {
  if (!ref.startsWith(prefix)) throw new Error(`schema reference ${ref} is not below ${prefix}`);
  return ref.slice(prefix.length);
}

/** The named schema. @throws Error where there is none */
export function namedSchema(schemas: OpenApiSchemas, name: string): OpenApiSchema {
  const schema = getOwn(schemas, name);
  if (!schema) throw new Error(`there is no schema ${name}`);
  return schema;
}

/** The references a schema is made of: its own, and those of its allOf. */
export function references(schema: OpenApiSchema): string[] {
  const refs = [schema.$ref, ...(schema.allOf ?? []).map((part) => part.$ref)];
  return refs.flatMap((ref) => (ref === undefined ? [] : [referenceName(ref)]));
}

function fold(schemas: OpenApiSchemas, schema: OpenApiSchema, seen: readonly string[]): OpenApiSchema {
  const { $ref, allOf, ...own } = schema;
  if ($ref === undefined && allOf === undefined) return schema;
  const parts = [...(allOf ?? [])];
  if ($ref !== undefined) {
    const name = referenceName($ref);
    if (seen.includes(name)) throw new Error(`schema ${name} refers to itself`);
    parts.unshift(fold(schemas, namedSchema(schemas, name), [...seen, name]));
  }
  let merged: OpenApiSchema = {};
  for (const part of parts) merged = merge(merged, fold(schemas, part, seen));
  return merge(merged, own);
}

function merge(base: OpenApiSchema, over: OpenApiSchema): OpenApiSchema {
  const properties = { ...base.properties, ...over.properties };
  const required = [...new Set([...(base.required ?? []), ...(over.required ?? [])])];
  return {
    ...base,
    ...over,
    ...(base.properties || over.properties ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** An object about which nothing is said may hold anything; `properties: {}` closes it. */
function isOpen(schema: OpenApiSchema): boolean {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true) return true;
  if (schema.properties !== undefined || schema.additionalProperties !== undefined) return false;
  if (schema.oneOf !== undefined || schema['x-kubernetes-int-or-string'] === true) return false;
  return schema.type === undefined || schema.type === 'object';
}

/**
 * Says in the words of strategic merge patch what the list type says: a map merges by its first key. Clients compute
 * their patches by these words, so documents must carry them too. A set is replaced as a whole: for a merged one kubectl
 * sends the order of its elements, and calls an unchanged file "configured". Kubernetes' own types say it themselves
 * where they mean it.
 * @param owner the named schema in which this one is written
 */
export function withPatchStrategy(schema: OpenApiSchema, owner: string): OpenApiSchema {
  if (owner.startsWith(importedPrefix) || schema['x-kubernetes-patch-strategy'] !== undefined) return schema;
  const [mergeKey] = schema['x-kubernetes-list-map-keys'] ?? [];
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'map' || mergeKey === undefined) return schema;
  return { ...schema, 'x-kubernetes-patch-strategy': 'merge', 'x-kubernetes-patch-merge-key': mergeKey };
}

function typesOf(schema: OpenApiSchema): readonly string[] {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string'];
  if (schema.type !== undefined) return [schema.type];
  return (schema.oneOf ?? []).map((option) => option.type ?? '');
}

function isUntyped(schema: OpenApiSchema): boolean {
  const { type, oneOf } = schema;
  return type === undefined && oneOf === undefined && schema['x-kubernetes-int-or-string'] !== true;
}

/**
 * Kubernetes' published schemas carry `default: ""`, `{}`, `0` and `false` wherever a Go struct has no pointer. Those
 * are the zero values of the Go type, not defaults of the API, and would fill objects with noise.
 */
function hasDefault(node: ResolvedNode): boolean {
  const value = node.schema.default;
  if (value === undefined) return false;
  return !node.owner.startsWith(importedPrefix) || !isZero(value);
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false || (isJsonObject(value) && Object.keys(value).length === 0);
}

class Node implements ResolvedNode {
  readonly schema: OpenApiSchema;
  readonly owner: string;
  readonly name: string;
  readonly open: boolean;
  readonly types: readonly string[];
  readonly untyped: boolean;
  readonly builtIn: boolean;
  #defaults: readonly (readonly [string, ResolvedNode])[] | undefined;
  readonly #schemas: OpenApiSchemas;
  readonly #children = new Map<string, Node>();
  #element: Node | undefined;

  constructor(schemas: OpenApiSchemas, schema: OpenApiSchema, owner: string, name: string, builtIn: boolean) {
    this.#schemas = schemas;
    this.schema = withPatchStrategy(fold(schemas, schema, []), owner);
    this.owner = owner;
    this.name = name;
    this.open = isOpen(this.schema);
    this.types = typesOf(this.schema);
    this.untyped = isUntyped(this.schema);
    this.builtIn = builtIn;
  }

  defaults(): readonly (readonly [string, ResolvedNode])[] {
    return (this.#defaults ??= Object.keys(this.schema.properties ?? {}).flatMap((name) => {
      const child = this.declared(name);
      return child !== undefined && hasDefault(child) ? [[name, child] as const] : [];
    }));
  }

  declared(name: string): ResolvedNode | undefined {
    const known = this.#children.get(name);
    if (known) return known;
    const schema = this.schema.properties && getOwn(this.schema.properties, name);
    if (schema === undefined) return undefined;
    const child = this.#child(schema);
    this.#children.set(name, child);
    return child;
  }

  property(name: string): ResolvedNode | undefined {
    return this.declared(name) ?? this.additional();
  }

  additional(): ResolvedNode | undefined {
    const { additionalProperties } = this.schema;
    if (typeof additionalProperties !== 'object') return undefined;
    return (this.#element ??= this.#child(additionalProperties));
  }

  items(): ResolvedNode | undefined {
    if (this.schema.items === undefined) return undefined;
    return (this.#element ??= this.#child(this.schema.items));
  }

  #child(schema: OpenApiSchema): Node {
    const [name = ''] = references(schema);
    return new Node(this.#schemas, schema, this.name === '' ? this.owner : this.name, name, this.builtIn);
  }
}

/**
 * The tree of one kind. What every object has (apiVersion, kind, ObjectMeta) is there even where a schema written in a
 * CRD's manner leaves it out.
 */
export function resolveKind(schemas: OpenApiSchemas, name: string): ResolvedNode {
  const schema = namedSchema(schemas, name);
  return new Node(schemas, withTypeMeta(schemas, schema), name, name, name.startsWith(importedPrefix));
}

/** The schema of an object's root, completed with apiVersion, kind and, where known, ObjectMeta. */
export function withTypeMeta(schemas: OpenApiSchemas, schema: OpenApiSchema): OpenApiSchema {
  const { apiVersion, kind, metadata, ...rest } = schema.properties ?? {};
  const bare = metadata !== undefined && references(metadata).length === 0 && metadata.properties === undefined;
  const objectMeta = bare && Object.hasOwn(schemas, objectMetaName);
  return {
    ...schema,
    properties: {
      apiVersion: apiVersion ?? { type: 'string' },
      kind: kind ?? { type: 'string' },
      ...(objectMeta ? { metadata: { $ref: prefix + objectMetaName } } : metadata ? { metadata } : {}),
      ...rest,
    },
  };
}
