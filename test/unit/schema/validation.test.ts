import { describe, expect, it } from 'vitest';
import { createResourceSchema } from '../../../src/schema/index.ts';
import { schemas, thing, thingSchema } from './thing.ts';

const schema = thingSchema();
const said = (content: object): string[] =>
  schema.validate(thing(content)).map((error) => `${error.field}: ${error.message}`);
const mistyped = (field: string, wanted: string, got: string): string =>
  `${field}: Invalid value: "${got}": ${field} in body must be of type ${wanted}: "${got}"`;

describe('validation against a schema', () => {
  it('finds nothing wrong with an object that keeps every rule', () => {
    const content = {
      str: 'ab',
      en: 'aa',
      replicas: 5,
      i32: 1e3,
      num: 1.5,
      arr: [1],
      objects: [{ a: 'x' }],
      set: ['a', 'b'],
      map: [{ id: 'x' }, { id: 'y' }],
      dt: '2020-02-29T00:00:00.123456+01:00',
      dur: '1h5m',
      byte: 'aGVsbG8=',
      ios: '80',
      dict: { 'a.b/c': 'x' },
      free: { k: 1, other: [{}] },
      nul: null,
      nulref: null,
      part: { size: 1 },
      cpu: 2,
    };
    expect(said(content)).toEqual([]);
  });

  // Wording as a real kube-apiserver 1.37 answered for a CustomResourceDefinition with the same schema.
  it.each([
    ['a wrong type', { req: 1 }, mistyped('spec.req', 'string', 'integer')],
    ['an array for an object', { part: [1] }, mistyped('spec.part', 'object', 'array')],
    ['a wrong type in a list', { arr: [1, 'x'] }, mistyped('spec.arr[1]', 'integer', 'string')],
    ['a wrong type in a map', { dict: { a: 1 } }, mistyped('spec.dict.a', 'string', 'integer')],
    ['a wrong type behind a strange key', { 'a.b/c': 'x' }, mistyped('spec.a.b/c', 'integer', 'string')],
    ['null in a list', { objects: [null] }, mistyped('spec.objects[0]', 'object', 'null')],
    ['a wrong type where null is allowed', { nul: 3 }, mistyped('spec.nul', 'string', 'integer')],
    ['a wrong type of a reference that may be null', { nulref: 3 }, mistyped('spec.nulref', 'object', 'integer')],
    ['a boolean for int-or-string', { ios: true }, mistyped('spec.ios', 'integer,string', 'boolean')],
    ['a fraction for int-or-string', { ios: 1.5 }, mistyped('spec.ios', 'integer,string', 'number')],
    ['a fraction for int64', { i64: 1.5 }, mistyped('spec.i64', 'int64', 'float64')],
    ['text for int32', { i32: 'x' }, mistyped('spec.i32', 'integer', 'string')],
    ['a number for a time', { dt: 3 }, mistyped('spec.dt', 'date-time', 'int64')],
    ['a time that is none', { dt: 'x' }, 'spec.dt: Invalid value: "x": spec.dt in body must be of type date-time: "x"'],
    [
      'a duration that is none',
      { dur: 'x' },
      'spec.dur: Invalid value: "x": spec.dur in body must be of type duration: "x"',
    ],
    [
      'base64 that is none, without the secret it may be',
      { byte: 'hunter2!' },
      'spec.byte: Invalid value: spec.byte in body must be of type byte: it is not base64',
    ],
    ['a short text', { str: 'a' }, 'spec.str: Invalid value: "a": spec.str in body should be at least 2 chars long'],
    ['a long text', { str: 'abcde' }, 'spec.str: Too long: may not be more than 4 bytes'],
    ['a pattern', { str: 'ABC' }, `spec.str: Invalid value: "ABC": spec.str in body should match '^[a-z]*$'`],
    ['an enum', { en: 'x' }, 'spec.en: Unsupported value: "x": supported values: "aa", "bb"'],
    ['an enum of numbers', { enumint: 7 }, 'spec.enumint: Unsupported value: 7: supported values: "1", "2"'],
    [
      'a minimum',
      { replicas: -1 },
      'spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0',
    ],
    [
      'a maximum',
      { replicas: 6 },
      'spec.replicas: Invalid value: 6: spec.replicas in body should be less than or equal to 5',
    ],
    ['an empty list', { arr: [] }, 'spec.arr: Invalid value: 0: spec.arr in body should have at least 1 items'],
    ['a long list', { arr: [1, 2, 3] }, 'spec.arr: Too many: 3: must have at most 2 items'],
    ['a repeated set element', { set: ['a', 'a'] }, 'spec.set[1]: Duplicate value: "a"'],
    ['a repeated map key', { map: [{ id: 'x' }, { id: 'x' }] }, 'spec.map[1]: Duplicate value: {"id":"x"}'],
    ['a missing map key', { map: [{}] }, 'spec.map[0].id: Required value'],
    ['a wrong type among kept fields', { free: { k: 'x' } }, mistyped('spec.free.k', 'integer', 'string')],
    [
      'a number beyond int32',
      { i32: 3e9 },
      'spec.i32: Invalid value: 3000000000: Checked value must be of type integer with format int32 in spec.i32',
    ],
    [
      'a quantity that is none',
      { cpu: '2 cores' },
      `spec.cpu: Invalid value: "2 cores": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    ],
  ])('says of %s what a CRD says', (_, content, message) => {
    expect(said(content)).toEqual([message]);
  });

  it('names the type of every error', () => {
    const errors = schema.validate(
      thing({ req: undefined, en: 'x', bool: 1, str: 'abcde', arr: [1, 2, 3], set: ['a', 'a'] }),
    );
    expect(Object.fromEntries(errors.map(({ field, type }) => [field, type]))).toEqual({
      'spec.req': 'FieldValueRequired',
      'spec.en': 'FieldValueNotSupported',
      'spec.bool': 'FieldValueTypeInvalid',
      'spec.str': 'FieldValueTooLong',
      'spec.arr': 'FieldValueTooMany',
      'spec.set[1]': 'FieldValueDuplicate',
    });
  });

  it('reports all faults in one answer', () => {
    const content = { replicas: -1, en: 'x', bool: 'x', arr: [], dict: { a: 1 }, obj: 1, cpu: true };
    expect(said(content)).toHaveLength(6);
  });

  it('takes null at an optional field for absent, and at a required one for missing', () => {
    expect(said({ bool: null, part: null, dict: { a: null } })).toEqual([]);
    expect(schema.validate(thing({ req: null }))).toEqual([
      { type: 'FieldValueRequired', field: 'spec.req', message: 'Required value' },
    ]);
  });

  it.each(['x', 3, null, [], true])('says that %j is no object at all', (object) => {
    expect(schema.validate(object).map((error) => error.type)).toContain('FieldValueTypeInvalid');
  });

  it('reports a missing spec by its plain name', () => {
    expect(schema.validate({ apiVersion: 'a', kind: 'b' })).toEqual([
      { type: 'FieldValueRequired', field: 'spec', message: 'Required value' },
    ]);
  });

  it('checks metadata as ObjectMeta even where the schema says only "object"', () => {
    const object = { ...thing({}), metadata: { name: 1, labels: { a: 1 }, creationTimestamp: 'yesterday' } };
    expect(
      schema
        .validate(object)
        .map(({ field }) => field)
        .sort(),
    ).toEqual(['metadata.creationTimestamp', 'metadata.labels.a', 'metadata.name']);
  });

  it('insists on unique keys in a list of its own of Kubernetes elements, not in lists of Kubernetes types', () => {
    const twice = [{ name: 'A' }, { name: 'A' }];
    expect(said({ env: twice })).toEqual(['spec.env[1]: Duplicate value: {"name":"A"}']);
    expect(said({ pod: { containers: [{ name: 'c', env: twice }] } })).toEqual([]);
  });

  it('accepts and refuses what Kubernetes does in a pod', () => {
    const pod = createResourceSchema('io.k8s.api.core.v1.Pod', schemas);
    const container = { name: 'c', resources: { limits: { cpu: 2, memory: '1Gi' } }, ports: [{ containerPort: 80 }] };
    const probe = { httpGet: { port: 'http' }, periodSeconds: 3 };
    expect(pod.validate({ metadata: {}, spec: { containers: [{ ...container, livenessProbe: probe }] } })).toEqual([]);
    const wrong = { ...container, livenessProbe: { httpGet: { port: 1.5 } }, image: 3 };
    expect(
      pod
        .validate({ spec: { containers: [wrong, {}] } })
        .map(({ field }) => field)
        .sort(),
    ).toEqual(['spec.containers[0].image', 'spec.containers[0].livenessProbe.httpGet.port', 'spec.containers[1].name']);
  });

  describe("of the enums of Kubernetes' own types", () => {
    const pod = createResourceSchema('io.k8s.api.core.v1.Pod', schemas);
    const complaints = (spec: object): string[] =>
      pod
        .validate({ metadata: {}, spec: { containers: [{ name: 'c' }], ...spec } })
        .map(({ field, message }) => `${field}: ${message}`);
    const term = (requirement: object): object => ({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [requirement] }] },
        },
      },
    });
    const operators = '"DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"';

    it.each(['Equals', 'in', 'exists', ''])('refuses the operator %j', (operator) => {
      const field =
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator';
      const said = `${field}: Unsupported value: ${JSON.stringify(operator)}: supported values: ${operators}`;
      expect(complaints(term({ key: 'disk', operator }))).toEqual([said]);
    });

    it('takes an empty text for one that is absent, where Kubernetes does, and does not offer it', () => {
      expect(complaints({ restartPolicy: '', dnsPolicy: '', tolerations: [{ operator: '', effect: '' }] })).toEqual([]);
      expect(complaints({ restartPolicy: 'Sometimes' })).toEqual([
        'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"',
      ]);
    });

    it('refuses an empty text where it is a value like others', () => {
      const spread = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: '' };
      expect(complaints({ topologySpreadConstraints: [spread], preemptionPolicy: '' })).toEqual([
        'spec.preemptionPolicy: Unsupported value: "": supported values: "Never", "PreemptLowerPriority"',
        'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "": supported values: "DoNotSchedule", "ScheduleAnyway"',
      ]);
    });

    it('refuses operators of label selectors, whose values are not published', () => {
      const labelSelector = { matchExpressions: [{ key: 'a', operator: 'Equals' }] };
      const podAntiAffinity = {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector }],
      };
      expect(complaints({ affinity: { podAntiAffinity } })).toEqual([
        'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions[0].operator: ' +
          'Unsupported value: "Equals": supported values: "DoesNotExist", "Exists", "In", "NotIn"',
      ]);
    });

    it('takes what is reported as it comes', () => {
      expect(pod.validate({ metadata: {}, status: { phase: 'Sleeping' } })).toEqual([]);
    });
  });

  it('refuses content nested beyond what can be written out again', () => {
    let deep: object = {};
    for (let level = 0; level < 100_000; level += 1) deep = { a: deep };
    expect(said({ free: deep })[0]).toMatch(/^spec\.free: .* nested more than 500 levels/);
    expect(said({ unknown: deep })).toEqual([]);
  });

  it('is not led astray by the names of inherited members', () => {
    const object = JSON.parse(
      '{"spec":{"req":"x","__proto__":{"str":1},"constructor":1,"dict":{"toString":1}}}',
    ) as unknown;
    expect(schema.validate(object).map(({ field }) => field)).toEqual(['spec.dict.toString']);
  });

  it('keeps its answer short, and its memory small, for a flood of faults', () => {
    const before = process.memoryUsage().rss;
    const errors = schema.validate(thing({ set: new Array<number>(1_000_000).fill(1) }));
    expect(errors).toHaveLength(1000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  });

  it('finds the one fault at the end of a huge list', () => {
    const set = Array.from({ length: 100_000 }, (_, index) => `a${index}`);
    expect(said({ set })).toEqual([]);
    expect(said({ set: [...set, 1] })).toEqual([mistyped('spec.set[100000]', 'string', 'integer')]);
  });

  it('refuses, at once, a name there is no schema for', () => {
    expect(() => createResourceSchema('com.example.v1.Nothing', schemas)).toThrow(
      'there is no schema com.example.v1.Nothing',
    );
  });
});
