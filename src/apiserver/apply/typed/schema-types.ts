/**
 * Merge types of OpenAPI schemas: list types, list map keys and map types by Kubernetes' extensions.
 * Source: k8s.io/kube-openapi/pkg/schemaconv (openapi.go, smd.go)
 */
import type { OpenApiSchema, SchemaNode } from '../../../schema/contract.ts';
import { PathElement } from '../fieldpath/index.ts';
import {
  atomicType,
  deducedType,
  type FieldType,
  type ListType,
  type MapType,
  type MergeType,
  type ScalarType,
} from './merge-type.ts';

const quantityName = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const rawExtensionName = 'io.k8s.apimachinery.pkg.runtime.RawExtension';

/**
 * The merge type of a schema's node. To be made once per kind: the types of its parts are made on first use and kept in it.
 * @param node usually the root of a kind
 */
export function mergeTypeOf(node: SchemaNode): MergeType {
  return typeOf(node, false);
}

/** @param inherited whether a schema around this one keeps unknown fields; a schema with a name of its own stands alone */
function typeOf(node: SchemaNode, inherited: boolean): MergeType {
  const { schema, name } = node;
  if (name === rawExtensionName) return atomicType;
  if (name === quantityName) return { scalar: 'untyped', list: undefined, map: undefined };
  const open = (inherited && name === '') || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const any = schema.type === undefined;
  return {
    scalar: scalarOf(schema),
    list: any || schema.type === 'array' ? new NodeList(node, open) : undefined,
    map: any || schema.type === 'object' ? new NodeMap(node, open) : undefined,
  };
}

function scalarOf({ type, format = '' }: OpenApiSchema): ScalarType | undefined {
  switch (type) {
    case 'object':
    case 'array':
      return undefined;
    case 'integer':
    case 'number':
      return 'numeric';
    case 'boolean':
      return 'boolean';
    case 'string':
      return format === '' || format === 'byte' ? 'string' : 'untyped';
    default:
      return 'untyped';
  }
}

class NodeList implements ListType {
  readonly atomic: boolean;
  readonly keys: readonly string[];
  readonly #node: SchemaNode;
  readonly #open: boolean;
  #element: MergeType | undefined;

  constructor(node: SchemaNode, open: boolean) {
    this.#node = node;
    this.#open = open;
    const keys = associativeKeys(node.schema);
    this.atomic = keys === undefined;
    this.keys = keys ?? [];
  }

  element(): MergeType {
    if (this.#element === undefined) {
      const items = this.#node.items();
      this.#element = items === undefined ? atomicType : typeOf(items, this.#open);
    }
    return this.#element;
  }

  keyDefault(key: string): unknown {
    const items = this.#node.items();
    const declared = items !== undefined && isDeclared(items, key) ? items.property(key) : undefined;
    return declared?.schema.default ?? undefined;
  }
}

/** The keys of a list whose elements are owned one by one, none for a set; undefined for a list that is owned as a whole. */
function associativeKeys(schema: OpenApiSchema): readonly string[] | undefined {
  switch (schema['x-kubernetes-list-type']) {
    case 'atomic':
      return undefined;
    case 'set':
      return [];
    case 'map':
      return schema['x-kubernetes-list-map-keys'] ?? [];
    case undefined:
      break;
  }
  // Types older than list types say it in the words of strategic merge patch.
  const strategies = (schema['x-kubernetes-patch-strategy'] ?? '').split(',');
  const mergeKey = schema['x-kubernetes-patch-merge-key'];
  if (!strategies.includes('merge')) return undefined;
  return mergeKey === undefined ? [] : [mergeKey];
}

function isDeclared(node: SchemaNode, name: string): boolean {
  return node.schema.properties !== undefined && Object.hasOwn(node.schema.properties, name);
}

class NodeMap implements MapType {
  readonly atomic: boolean;
  readonly #node: SchemaNode;
  readonly #open: boolean;
  readonly #hasFields: boolean;
  readonly #fields = new Map<string, FieldType>();
  #rest: { readonly type: MergeType | undefined } | undefined;

  constructor(node: SchemaNode, open: boolean) {
    this.#node = node;
    this.#open = open;
    this.atomic = node.schema['x-kubernetes-map-type'] === 'atomic';
    this.#hasFields = Object.keys(node.schema.properties ?? {}).length > 0;
  }

  field(name: string): FieldType | undefined {
    const known = this.#fields.get(name);
    if (known !== undefined || !isDeclared(this.#node, name)) return known;
    const node = this.#node.property(name);
    if (node === undefined) return undefined;
    const field = { type: typeOf(node, this.#open), element: PathElement.field(name) };
    this.#fields.set(name, field);
    return field;
  }

  rest(): MergeType | undefined {
    return (this.#rest ??= { type: this.#typeOfRest() }).type;
  }

  #typeOfRest(): MergeType | undefined {
    const { additionalProperties } = this.#node.schema;
    if (additionalProperties === true) return deducedType;
    if (additionalProperties === false) return undefined;
    const additional = this.#node.additional();
    if (additional !== undefined) return typeOf(additional, this.#open);
    return this.#open || !this.#hasFields ? deducedType : undefined;
  }

  get free(): boolean {
    if (this.#hasFields) return false;
    const rest = this.rest();
    if (rest === undefined) return false;
    return rest === deducedType || (this.#node.additional()?.name === '' && rest.scalar === 'untyped');
  }
}
