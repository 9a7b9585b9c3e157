/**
 * Translates OpenAPI schemas to JSON Schema for the validator. Named schemas stay separate, so that a schema that many
 * fields and kinds use is compiled only once.
 */
import type { AnySchemaObject } from 'ajv';
import type { OpenApiSchema, OpenApiSchemas } from './contract.ts';
import { numberFormats, stringFormats } from './formats.ts';
import { importedEnum, isReported } from './imported-enums.ts';
import { importedPrefix, namedSchema, quantityName, references, withTypeMeta } from './resolve.ts';

/** The name of a keyword of our own (see keywords.ts): elements of a list must differ, as a whole or in these keys. */
export const uniqueKeyword = 'uniqueBy';
/** The value must be a Kubernetes quantity. */
export const quantityKeyword = 'quantity';
/** The value must not be nested deeper than `maxDepth`. */
export const shallowKeyword = 'shallow';
/** Of a field that takes integers: they must be integers to Go, and be kept exactly. Its value is what errors call the type. */
export const integerKeyword = 'goInteger';
/** Marks an enum that contains '' only because '' counts as absent: error messages do not list it. */
export const emptyKeyword = 'emptyIsAbsent';

const copied = ['pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems', 'required'] as const;

interface JsonSchemas {
  readonly root: AnySchemaObject;
  /** What the root refers to, directly and indirectly; each under the URI by which it is referred to. */
  readonly named: ReadonlyMap<string, AnySchemaObject>;
}

const uriOf = (name: string): string => `schema:${encodeURIComponent(name)}`;

/**
 * The JSON Schemas that validate one kind.
 * @param isKnown whether the validator has the schema of this URI, and all that it refers to, already
 * @param unchecked fields of the kind that may hold anything
 */
export function toJsonSchemas(
  schemas: OpenApiSchemas,
  name: string,
  isKnown: (uri: string) => boolean,
  unchecked: readonly string[] = [],
): JsonSchemas {
  const named = new Map<string, AnySchemaObject>();
  const pending: string[] = [];
  const emitter = new Emitter((reference) => {
    pending.push(reference);
    return { $ref: uriOf(reference) };
  });
  const kind = withTypeMeta(schemas, namedSchema(schemas, name));
  const anything = Object.fromEntries(unchecked.map((field) => [field, {}]));
  const root = emitter.emit({ ...kind, properties: { ...kind.properties, ...anything } }, name);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const uri = uriOf(next);
    if (named.has(uri) || isKnown(uri)) continue;
    const isQuantity = next === quantityName;
    named.set(
      uri,
      isQuantity
        ? { type: ['string', 'number'], [quantityKeyword]: true }
        : emitter.emit(namedSchema(schemas, next), next),
    );
  }
  return { root, named };
}

class Emitter {
  readonly #reference: (name: string) => AnySchemaObject;

  constructor(reference: (name: string) => AnySchemaObject) {
    this.#reference = reference;
  }

  /** @param owner the named schema whose text this is */
  emit(schema: OpenApiSchema, owner: string): AnySchemaObject {
    const refs = references(schema);
    const own = this.#emitOwn(schema, owner);
    if (refs.length === 0) return own;
    const inherited = refs.map((name) => this.#reference(name));
    const inline = (schema.allOf ?? []).filter((part) => part.$ref === undefined);
    const all = [...inherited, ...inline.map((part) => this.emit(part, owner))];
    if (schema.nullable === true) return { anyOf: [{ type: 'null' }, { allOf: [...all, own] }] };
    return Object.keys(own).length === 0 && all.length === 1 ? (all[0] ?? {}) : { ...own, allOf: all };
  }

  #emitOwn(schema: OpenApiSchema, owner: string): AnySchemaObject {
    const types = typesOf(schema);
    if (types.length > 0 && schema.nullable === true) types.push('null');
    const out: AnySchemaObject = types.length === 0 ? {} : { type: types.length === 1 ? types[0] : types };
    for (const keyword of copied) if (schema[keyword] !== undefined) out[keyword] = schema[keyword];
    if (schema.enum && (isChecked(owner) || !isReported(owner)))
      out['enum'] = schema.nullable === true ? [...schema.enum, null] : schema.enum;
    if (types.includes('integer')) {
      out[integerKeyword] = schema.format ?? types.filter((type) => type !== 'null').join(',');
    }
    if (schema.format !== undefined && knowsFormat(schema.format)) out['format'] = schema.format;
    if (schema.oneOf && types.length === 0) out['oneOf'] = schema.oneOf.map((option) => this.emit(option, owner));
    if (schema.items) out['items'] = this.emit(schema.items, owner);
    if (schema.properties) {
      const isRequired = (name: string): boolean => schema.required?.includes(name) ?? false;
      out['properties'] = mapValues(schema.properties, (property, name) =>
        this.#emitProperty(property, name, owner, isRequired(name)),
      );
    }
    if (typeof schema.additionalProperties === 'object') {
      out['additionalProperties'] = this.emit(schema.additionalProperties, owner);
    }
    const unique = uniqueKeys(schema, owner);
    if (unique) out[uniqueKeyword] = unique;
    if (isKept(schema)) out[shallowKeyword] = true;
    return out;
  }

  #emitProperty(schema: OpenApiSchema, name: string, owner: string, isRequired: boolean): AnySchemaObject {
    if (isChecked(owner)) return this.emit(schema, owner);
    const values = importedEnum(schema, name, owner, isRequired);
    const emitted = this.emit(schema.enum === undefined ? schema : withoutEnum(schema), owner);
    if (values === undefined) return emitted;
    return { ...emitted, enum: values.allowed, ...(values.emptyIsAbsent ? { [emptyKeyword]: true } : {}) };
  }
}

function withoutEnum(schema: OpenApiSchema): OpenApiSchema {
  const copy: { -readonly [K in keyof OpenApiSchema]: OpenApiSchema[K] } = { ...schema };
  delete copy.enum;
  return copy;
}

/** A list of allowed types; a oneOf that only lists types is one too, as int-or-string is. */
function typesOf(schema: OpenApiSchema): string[] {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string'];
  if (schema.type !== undefined) return [schema.type];
  const options = schema.oneOf ?? [];
  const types = options.flatMap((option) =>
    option.type !== undefined && Object.keys(option).length === 1 ? [option.type] : [],
  );
  return types.length === options.length ? types : [];
}

/**
 * Kubernetes does not enforce all that the schemas of its own types say: unique keys are only for merging (a pod may
 * name a variable twice). See importedEnum for the enums that it enforces.
 */
const isChecked = (owner: string): boolean => !owner.startsWith(importedPrefix);

/** The fields in which elements of the list must differ; [] means the whole element (sets). */
function uniqueKeys(schema: OpenApiSchema, owner: string): readonly string[] | undefined {
  if (!isChecked(owner)) return undefined;
  if (schema['x-kubernetes-list-type'] === 'set') return [];
  if (schema['x-kubernetes-list-type'] === 'map') return schema['x-kubernetes-list-map-keys'] ?? [];
  return undefined;
}

/** Whether fields that the schema does not declare are kept. */
function isKept(schema: OpenApiSchema): boolean {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true) return true;
  return schema.type === 'object' && schema.properties === undefined && schema.additionalProperties === undefined;
}

function knowsFormat(format: string): boolean {
  return Object.hasOwn(stringFormats, format) || Object.hasOwn(numberFormats, format);
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A, key: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
