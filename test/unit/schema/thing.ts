/** A kind with one field for every rule. */
import kubernetes from '../../../openapi/kubernetes/schemas.json' with { type: 'json' };
import type { OpenApiSchema, OpenApiSchemas, ResourceSchema } from '../../../src/schema/contract.ts';
import { createResourceSchema } from '../../../src/schema/index.ts';

const ref = (name: string): OpenApiSchema => ({ $ref: `#/components/schemas/${name}` });

const spec: OpenApiSchema = {
  type: 'object',
  required: ['req'],
  properties: {
    req: { type: 'string' },
    str: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]*$' },
    en: { type: 'string', enum: ['aa', 'bb'] },
    enumint: { type: 'integer', enum: [1, 2] },
    replicas: { type: 'integer', minimum: 0, maximum: 5 },
    i32: { type: 'integer', format: 'int32' },
    i64: { type: 'integer', format: 'int64' },
    num: { type: 'number', minimum: 1.5 },
    bool: { type: 'boolean' },
    arr: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'integer' } },
    objects: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    map: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['id'],
      items: {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'string' }, v: { type: 'integer', default: 7 } },
      },
    },
    dt: { type: 'string', format: 'date-time' },
    dur: { type: 'string', format: 'duration' },
    byte: { type: 'string', format: 'byte' },
    ios: { 'x-kubernetes-int-or-string': true },
    dict: { type: 'object', additionalProperties: { type: 'string' } },
    closed: { type: 'object', properties: {} },
    nul: { type: 'string', nullable: true },
    nulref: { allOf: [ref('com.example.v1.Part')], nullable: true },
    free: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: { k: { type: 'integer' } },
    },
    def: { type: 'string', default: 'hello' },
    part: { allOf: [ref('com.example.v1.Part')], default: {}, description: 'a part' },
    cpu: ref('io.k8s.apimachinery.pkg.api.resource.Quantity'),
    env: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: ref('io.k8s.api.core.v1.EnvVar'),
    },
    pod: ref('io.k8s.api.core.v1.PodSpec'),
    'a.b/c': { type: 'integer' },
  },
};

export const schemas: OpenApiSchemas = {
  ...(kubernetes.components.schemas as unknown as OpenApiSchemas),
  'com.example.v1.Part': {
    type: 'object',
    properties: { size: { type: 'integer', default: 0 }, name: { type: 'string' } },
  },
  'com.example.v1.Thing': {
    type: 'object',
    description: 'A thing.',
    required: ['spec'],
    properties: { metadata: { type: 'object' }, spec },
  },
};

export const thingSchema = (): ResourceSchema => createResourceSchema('com.example.v1.Thing', schemas);

export function thing(content: object): object {
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a' }, spec: { req: 'x', ...content } };
}
