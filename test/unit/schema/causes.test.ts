/** Which causes a wrong object has: recorded from a kube-apiserver 1.37 that had a CustomResourceDefinition of such a schema. */
import { expect, it } from 'vitest';
import { createResourceSchema } from '../../../src/schema/index.ts';
import type { OpenApiSchema } from '../../../src/schema/contract.ts';
import { schemas } from './thing.ts';

const text: OpenApiSchema = { type: 'string' };
const spec: OpenApiSchema = {
  type: 'object',
  properties: {
    color: text,
    size: { type: 'integer', minimum: 0 },
    i32: { type: 'integer', format: 'int32' },
    i64: { type: 'integer', format: 'int64' },
    num: { type: 'number' },
    ios: { 'x-kubernetes-int-or-string': true },
    map: { type: 'object', additionalProperties: text },
    en: { type: 'string', enum: ['b', 'a'] },
    pat: { type: 'string', pattern: '^x', minLength: 3, maxLength: 5 },
    obj: { type: 'object', required: ['a', 'b'], properties: { a: text, b: { type: 'integer' } } },
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
    parts: {
      ...{ type: 'array', maxItems: 3, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'] },
      items: {
        ...{ type: 'object', required: ['id'] },
        properties: { id: { type: 'string', minLength: 1 }, n: { type: 'integer' }, text },
      },
    },
  },
};
const widget: OpenApiSchema = { type: 'object', properties: { metadata: { type: 'object' }, spec } };
const schema = createResourceSchema('example.Widget', { ...schemas, 'example.Widget': widget });

const causes = (json: string): string[] => {
  const content: unknown = JSON.parse(json);
  return schema
    .validate({ apiVersion: 'v1', kind: 'Widget', metadata: { name: 'a' }, spec: content })
    .map(({ field, type }) => `${field} ${type.replace('FieldValue', '')}`)
    .sort();
};

it.each([
  ['{"color":7,"size":"x"}', 'spec.color TypeInvalid', 'spec.size TypeInvalid'],
  ['"x"', 'spec TypeInvalid'],
  ['{"parts":{}}', 'spec.parts TypeInvalid'],
  ['{"parts":[null]}', 'spec.parts[0] TypeInvalid'],
  ['{"parts":[7]}', 'spec.parts[0] Invalid', 'spec.parts[0] TypeInvalid'],
  ['{"parts":[{}]}', 'spec.parts[0].id Required'],
  ['{"parts":[{"id":7}]}', 'spec.parts[0].id TypeInvalid'],
  ['{"parts":[{"id":"a"},{"id":"a"},{"id":7}]}', 'spec.parts[1] Duplicate', 'spec.parts[2].id TypeInvalid'],
  [
    '{"parts":[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d","n":"x"}]}',
    'spec.parts TooMany',
    'spec.parts[3].n TypeInvalid',
  ],
  ['{"obj":{"a":7}}', 'spec.obj.a TypeInvalid', 'spec.obj.b Required'],
  ['{"map":{"a":7,"b":{}}}', 'spec.map.a TypeInvalid', 'spec.map.b TypeInvalid'],
  ['{"en":"c"}', 'spec.en NotSupported'],
  ['{"en":7}', 'spec.en NotSupported', 'spec.en TypeInvalid'],
  ['{"pat":"y"}', 'spec.pat Invalid'],
  ['{"pat":7}', 'spec.pat TypeInvalid'],
  ['{"pat":"yyyyyyyyyy"}', 'spec.pat TooLong'],
  ['{"set":["a","a",7]}', 'spec.set[1] Duplicate', 'spec.set[2] TypeInvalid'],
  ['{"size":-1}', 'spec.size Invalid'],
  ['{"size":"1"}', 'spec.size TypeInvalid'],
  ['{"ios":1.5}', 'spec.ios TypeInvalid'],
])('%s', (json, ...expected) => {
  expect(causes(json)).toEqual(expected);
});

it('says one thing only of a text of the wrong length', () => {
  expect(causes('{"pat":"y"}')).toHaveLength(1);
});

it.each([
  '1',
  '1.0',
  '1e0',
  '1E+2',
  '-0',
  '-0.0',
  '0.1e1',
  '2147483647',
  '1.0000000000000000000001',
  '9007199254740991',
])('takes %s as an integer', (number) => {
  expect(causes(`{"size":${number},"ios":${number},"i64":${number},"num":${number}}`)).toEqual([]);
});

it.each(['9223372036854775808', '123456789012345678901234567890', '1e21', '1.5', '0.1', '1e-7'])(
  'takes %s for no integer, but for a number',
  (number) => {
    expect(causes(`{"size":${number}}`)).toEqual(['spec.size TypeInvalid']);
    expect(causes(`{"ios":${number}}`)).toEqual(['spec.ios TypeInvalid']);
    expect(causes(`{"i32":${number}}`)).toContain('spec.i32 TypeInvalid');
    expect(causes(`{"num":${number}}`)).toEqual([]);
  },
);

it('refuses an integer that would not be kept exactly, which kube-apiserver keeps', () => {
  expect(causes('{"size":9007199254740993}')).toEqual(['spec.size Invalid']);
});
