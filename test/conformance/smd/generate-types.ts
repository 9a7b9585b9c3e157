/** Random schemas: as OpenAPI, and in the form of structured-merge-diff, which has types that OpenAPI does not have. */
import type { OpenApiSchema, OpenApiSchemas } from '../../../src/schema/contract.ts';
import type { Types } from './cases.ts';
import type { Random } from './random.ts';
import { commonTypes, type SmdAtom, type SmdRef, type SmdSchema } from './smd-schema.ts';

/** The names of fields in every schema. They are few, so that many values share fields. The last ones are list keys. */
export const fieldNames = ['a', 'b', 'c', 'd', 'name', 'port'] as const;
const keyNames = ['name', 'port'];

/** The names of the types of a generated schema. The first one is the root. */
export const typeNames = ['T0', 'T1', 'T2', 'T3'] as const;

export function generateTypes(random: Random): Types {
  return random.chance(0.5) ? { openapi: generateOpenApi(random) } : { smd: generateSmd(random) };
}

const reference = (name: string) => `#/components/schemas/${name}`;
const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const rawExtension = 'io.k8s.apimachinery.pkg.runtime.RawExtension';

function generateOpenApi(random: Random): OpenApiSchemas {
  const types = typeNames.map((name, index) => [name, index === 0 ? root(random) : openApiObject(random, 3)] as const);
  return {
    ...Object.fromEntries(types),
    [quantity]: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    [rawExtension]: { type: 'object' },
  };
}

/** The root is never atomic and never without a schema, because then there would be nothing to merge. */
function root(random: Random): OpenApiSchema {
  const schema = openApiObject(random, 3);
  return {
    ...schema,
    'x-kubernetes-map-type': 'granular',
    properties: { ...schema.properties, apiVersion: { type: 'string' }, kind: { type: 'string' } },
  };
}

function openApiObject(random: Random, depth: number): OpenApiSchema {
  const names = random.some(fieldNames, 0.6);
  const properties = Object.fromEntries(names.map((name) => [name, openApi(random, depth - 1)]));
  return {
    type: 'object',
    ...(random.chance(0.85) ? { properties } : {}),
    ...(random.chance(0.15)
      ? { additionalProperties: random.chance(0.7) ? openApi(random, depth - 1) : random.chance(0.5) }
      : {}),
    ...(random.chance(0.12) ? { 'x-kubernetes-map-type': random.pick(['atomic', 'granular'] as const) } : {}),
    ...(random.chance(0.1) ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
  };
}

function openApi(random: Random, depth: number): OpenApiSchema {
  if (depth <= 0 || random.chance(0.3)) return openApiScalar(random);
  switch (random.below(6)) {
    case 0:
      return openApiObject(random, depth);
    case 1:
      return { type: 'object', additionalProperties: openApi(random, depth - 1) };
    case 2:
      return openApiReference(random);
    case 3:
      return random.chance(0.3) ? openApiAny(random, depth) : openApiObject(random, depth);
    default:
      return openApiList(random, depth);
  }
}

function openApiReference(random: Random): OpenApiSchema {
  const name = random.pick([...typeNames, quantity, rawExtension]);
  const override = random.chance(0.15) && name.startsWith('T');
  return {
    ...(random.chance(0.5) ? { $ref: reference(name) } : { allOf: [{ $ref: reference(name) }] }),
    ...(override ? { 'x-kubernetes-map-type': random.pick(['atomic', 'granular'] as const) } : {}),
  };
}

function openApiAny(random: Random, depth: number): OpenApiSchema {
  const part = random.chance(0.5) ? {} : openApiObject(random, depth);
  const keywords = Object.entries(part).filter(([keyword]) => keyword !== 'type');
  return { ...Object.fromEntries(keywords), ...(random.chance(0.5) ? { 'x-kubernetes-int-or-string': true } : {}) };
}

function openApiScalar(random: Random): OpenApiSchema {
  return random.pick<OpenApiSchema>([
    { type: 'string' },
    { type: 'string', format: 'date-time' },
    { type: 'string', format: 'byte' },
    { type: 'integer' },
    { type: 'number' },
    { type: 'boolean' },
    { 'x-kubernetes-int-or-string': true },
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  ]);
}

function openApiList(random: Random, depth: number): OpenApiSchema {
  switch (random.below(4)) {
    case 0:
      return { type: 'array', items: openApi(random, depth - 1), 'x-kubernetes-list-type': 'atomic' };
    case 1:
      return { type: 'array', items: openApiScalar(random), ...setExtension(random) };
    default:
      return openApiMapList(random, depth);
  }
}

function setExtension(random: Random): Partial<OpenApiSchema> {
  return random.chance(0.8) ? { 'x-kubernetes-list-type': 'set' } : { 'x-kubernetes-patch-strategy': 'merge' };
}

function openApiMapList(random: Random, depth: number): OpenApiSchema {
  const keys = random.chance(0.6) ? [random.pick(keyNames)] : random.shuffled(keyNames);
  const key = (name: string): OpenApiSchema => ({
    type: name === 'port' ? 'integer' : 'string',
    ...(random.chance(0.3) ? { default: name === 'port' ? random.below(3) : random.pick(['', 'x']) } : {}),
  });
  const object = openApiObject(random, depth - 1);
  const properties = { ...object.properties, ...Object.fromEntries(keys.map((name) => [name, key(name)])) };
  const byPatch = keys.length === 1 && random.chance(0.15);
  return {
    type: 'array',
    items: { ...object, properties },
    ...(byPatch
      ? {
          'x-kubernetes-patch-strategy': random.pick(['merge', 'merge,retainKeys']),
          'x-kubernetes-patch-merge-key': keys[0]!,
        }
      : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }),
  };
}

function generateSmd(random: Random): SmdSchema {
  return {
    types: [
      ...typeNames.map((name, index) => ({ name, ...(index === 0 ? smdRoot(random) : smdAtom(random, 3)) })),
      ...commonTypes,
    ],
  };
}

function smdRoot(random: Random): SmdAtom {
  return { map: { ...smdMap(random, 3), elementRelationship: 'separable' } };
}

const scalars = ['numeric', 'string', 'boolean', 'untyped'] as const;

function smdAtom(random: Random, depth: number): SmdAtom {
  if (depth <= 0) return { scalar: random.pick(scalars) };
  // OpenAPI has no types of several kinds.
  const several = random.chance(0.15);
  const first = random.below(5);
  return {
    ...(first === 0 || (several && random.chance(0.5)) ? { scalar: random.pick(scalars) } : {}),
    ...(first === 1 || first === 2 || (several && random.chance(0.5)) ? { list: smdList(random, depth) } : {}),
    ...(first > 2 || (several && random.chance(0.5)) ? { map: smdMap(random, depth) } : {}),
  };
}

function smdRef(random: Random, depth: number): SmdRef {
  if (random.chance(0.65)) return smdAtom(random, depth);
  return { namedType: random.pick([...typeNames, '__untyped_atomic_', '__untyped_deduced_', '__untyped_deduced_']) };
}

function smdMap(random: Random, depth: number): NonNullable<SmdAtom['map']> {
  const fields = random.some(fieldNames, 0.6).map((name) => ({
    name,
    type: smdRef(random, depth - 1),
    ...(random.chance(0.2) ? smdDefault(random, name) : {}),
  }));
  const hasElements = fields.length === 0 || random.chance(0.2);
  return {
    ...(fields.length > 0 ? { fields } : {}),
    ...(hasElements ? { elementType: smdRef(random, depth - 1) } : {}),
    ...(random.chance(0.15) ? { elementRelationship: random.pick(['atomic', 'separable'] as const) } : {}),
  };
}

const smdDefault = (random: Random, name: string) => ({
  default: name === 'port' ? random.below(3) : random.pick(['x', '']),
});

function smdList(random: Random, depth: number): NonNullable<SmdAtom['list']> {
  switch (random.below(4)) {
    case 0:
      return { elementType: smdRef(random, depth - 1), elementRelationship: 'atomic' };
    case 1:
      return { elementType: { scalar: random.pick(scalars) }, elementRelationship: 'associative' };
    default: {
      const keys = random.chance(0.6) ? [random.pick(keyNames)] : random.shuffled(keyNames);
      const map = smdMap(random, depth - 1);
      const others = (map.fields ?? []).filter(({ name }) => !keys.includes(name));
      const own = keys.map((name) => ({
        name,
        type: { scalar: name === 'port' ? ('numeric' as const) : ('string' as const) },
        ...(random.chance(0.3) ? smdDefault(random, name) : {}),
      }));
      return {
        elementType: { map: { ...map, fields: [...others, ...own] } },
        elementRelationship: 'associative',
        keys,
      };
    }
  }
}

/** The same types with one change: some atomic types become granular, or some granular types become atomic. */
export function changedTypes(random: Random, types: Types): Types {
  const text = JSON.stringify(types);
  const swaps: readonly (readonly [RegExp, string])[] = [
    [/"elementRelationship":"separable"/g, '"elementRelationship":"atomic"'],
    [/"x-kubernetes-map-type":"granular"/g, '"x-kubernetes-map-type":"atomic"'],
    [/"x-kubernetes-map-type":"atomic"/g, '"x-kubernetes-map-type":"granular"'],
    [/"x-kubernetes-list-type":"(set|map)"/g, '"x-kubernetes-list-type":"atomic"'],
    [/"type":"object"/g, '"type":"object","x-kubernetes-map-type":"atomic"'],
    [/"elementRelationship":"associative"/g, '"elementRelationship":"atomic"'],
    [/"map":\{"fields"/g, '"map":{"elementRelationship":"atomic","fields"'],
  ];
  const [pattern, replacement] = random.pick(swaps);
  const changed = text.replace(pattern, (found) => (random.chance(0.4) ? replacement : found));
  const { smd, ...others } = JSON.parse(changed) as Types;
  if (smd === undefined) return others;
  const own = smd.types.filter(({ name }) => commonTypes.every((common) => common.name !== name));
  return { smd: { types: [...own, ...commonTypes] } };
}
