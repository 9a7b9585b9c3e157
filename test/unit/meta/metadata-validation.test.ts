import { describe, expect, test } from 'vitest';
import type { FieldError } from '../../../src/meta/field-error.ts';
import {
  validateAnnotations,
  validateLabels,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../src/meta/metadata-validation.ts';
import { dns1123LabelErrors } from '../../../src/meta/names.ts';
import type { ObjectMeta, OwnerReference } from '../../../src/meta/object.ts';

const lines = (errors: readonly FieldError[]): string[] => errors.map(({ field, message }) => `${field}: ${message}`);
const created = (meta: ObjectMeta): string[] =>
  lines(validateObjectMeta({ name: 'x', namespace: 'default', ...meta }, { namespaced: true }));

const stored: ObjectMeta = {
  name: 'x',
  namespace: 'default',
  uid: 'u1',
  resourceVersion: '7',
  generation: 3,
  creationTimestamp: '2026-01-02T03:04:05Z',
};
const updated = (change: ObjectMeta, old: ObjectMeta = {}): string[] =>
  lines(validateObjectMetaUpdate({ ...stored, ...old, ...change }, { ...stored, ...old }));

const keyRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const longKeyRule = `a valid label key ${keyRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;

describe('names', () => {
  test('a good object has no errors', () => {
    expect(
      created({
        labels: { 'kubedirector.hpe.com/role': 'worker', empty: '' },
        annotations: { 'Example.com/Any': 'anything: é {}' },
        finalizers: ['kubedirector.hpe.com/cleanup', 'orphan'],
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }],
      }),
    ).toEqual([]);
  });

  test('a name is required, and must be a subdomain', () => {
    expect(created({ name: '' })).toEqual(['metadata.name: Required value: name or generateName is required']);
    expect(created({ name: 'A_b' })[0]).toMatch(
      /^metadata\.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of/,
    );
    expect(created({ name: 'a.b' })).toEqual([]);
  });

  test('a resource may have a rule of its own for names', () => {
    const rules = { namespaced: true, validateName: dns1123LabelErrors };
    expect(lines(validateObjectMeta({ name: 'a.b', namespace: 'default' }, rules))).toEqual([
      'metadata.name: Invalid value: "a.b": must not contain dots',
    ]);
  });

  test('a bad generateName shows, also where it was not needed, and again in the name made of it', () => {
    expect(created({ name: 'fine', generateName: 'BAD_' })[0]).toMatch(
      /^metadata\.generateName: Invalid value: "BAD_": a lowercase RFC 1123 subdomain must consist of/,
    );
    expect(created({ name: 'A-bcdfg', generateName: 'A-' }).map((line) => line.split(':')[0])).toEqual([
      'metadata.name',
    ]);
    const both = created({ name: 'BAD_bcdfg', generateName: 'BAD_' });
    expect(both.map((line) => line.split(':')[0])).toEqual(['metadata.generateName', 'metadata.name']);
    expect(created({ name: 'fine', generateName: '-' })).toHaveLength(1);
  });

  test('a generateName may end in a dash', () => {
    expect(created({ name: 'a-bcdfg', generateName: 'a-' })).toEqual([]);
    expect(created({ name: 'a-b-bcdfg', generateName: 'a-b-' })).toEqual([]);
  });

  test('a namespace is required on namespaced resources and forbidden on others', () => {
    expect(created({ namespace: '' })).toEqual(['metadata.namespace: Required value']);
    expect(created({ namespace: 'a.b' })).toEqual(['metadata.namespace: Invalid value: "a.b": must not contain dots']);
    expect(lines(validateObjectMeta({ name: 'x', namespace: 'y' }, { namespaced: false }))).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
    expect(lines(validateObjectMeta({ name: 'x' }, { namespaced: false }))).toEqual([]);
  });

  test('a negative generation is refused', () => {
    expect(created({ generation: -1 })).toEqual([
      'metadata.generation: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });
});

describe('labels and annotations', () => {
  test('every bad key and value of the labels is named', () => {
    expect(
      lines(validateLabels({ 'a b': 'c d', ['k'.repeat(64)]: 'v'.repeat(64), '/x': '' }, 'metadata.labels')),
    ).toEqual([
      `metadata.labels: Invalid value: "a b": name part ${keyRule}`,
      expect.stringMatching(/^metadata\.labels: Invalid value: "c d": a valid label must be an empty string or/),
      `metadata.labels: Invalid value: "${'k'.repeat(64)}": name part must be no more than 63 bytes`,
      `metadata.labels: Invalid value: "${'v'.repeat(64)}": must be no more than 63 bytes`,
      'metadata.labels: Invalid value: "/x": prefix part must be non-empty',
    ]);
  });

  test('the names of JavaScript’s own properties are keys like any other', () => {
    const hostile = JSON.parse('{"__proto__": "1", "constructor": "-", "toString": "ok"}') as Record<string, string>;
    const errors = lines(validateLabels(hostile, 'metadata.labels'));
    expect(errors).toHaveLength(2);
    expect(errors[0]).toBe(`metadata.labels: Invalid value: "__proto__": name part ${keyRule}`);
    expect(errors[1]).toMatch(/"-": a valid label must be/);
    expect(lines(validateAnnotations(hostile, 'metadata.annotations'))).toEqual([
      `metadata.annotations: Invalid value: "__proto__": name part ${keyRule}`,
    ]);
  });

  test('annotation keys may be in upper case and values may be anything', () => {
    expect(validateAnnotations({ 'A/B': 'any thing\n' }, 'metadata.annotations')).toEqual([]);
    expect(lines(validateAnnotations({ 'A/b c': 'd' }, 'metadata.annotations'))).toEqual([
      `metadata.annotations: Invalid value: "A/b c": name part ${keyRule}`,
    ]);
  });

  test('annotations may hold 256 KiB together, counted in bytes, and no more', () => {
    const full = { a: 'x'.repeat(131_071), b: 'x'.repeat(131_071) };
    expect(validateAnnotations(full, 'metadata.annotations')).toEqual([]);
    const over = { ...full, c: '' };
    expect(validateAnnotations(over, 'metadata.annotations')).toEqual([
      {
        type: 'FieldValueTooLong',
        field: 'metadata.annotations',
        message: 'Too long: may not be more than 262144 bytes',
      },
    ]);
    expect(validateAnnotations({ a: 'é'.repeat(131_072) }, 'metadata.annotations')).toHaveLength(1);
  });
});

describe('finalizers', () => {
  test('must be qualified names', () => {
    expect(created({ finalizers: ['bad', 'a/b/c'] })).toEqual([
      `metadata.finalizers: Invalid value: "a/b/c": ${longKeyRule}`,
    ]);
  });

  test('orphan and foregroundDeletion exclude each other', () => {
    expect(created({ finalizers: ['orphan', 'foregroundDeletion'] })).toEqual([
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ]);
  });
});

describe('owner references', () => {
  const pod: OwnerReference = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' };

  test('need all of apiVersion, kind, name and uid', () => {
    const nothing = {} as OwnerReference;
    expect(created({ ownerReferences: [pod, nothing] })).toEqual([
      'metadata.ownerReferences[1].apiVersion: Required value: must not be empty',
      'metadata.ownerReferences[1].kind: Required value: must not be empty',
      'metadata.ownerReferences[1].name: Required value: must not be empty',
      'metadata.ownerReferences[1].uid: Required value: must not be empty',
    ]);
  });

  test.each(['a/b/c', 'a/', '/'])('refuses the apiVersion %j', (apiVersion) => {
    expect(created({ ownerReferences: [{ ...pod, apiVersion }] })).toEqual([
      `metadata.ownerReferences[0].apiVersion: Invalid value: "${apiVersion}": must be <group>/<version> or <version>`,
    ]);
  });

  test('refuses an Event as owner', () => {
    expect(created({ ownerReferences: [{ uid: 'u', name: 'e', kind: 'Event', apiVersion: 'v1' }] })).toEqual([
      'metadata.ownerReferences[0]: Invalid value: {"apiVersion":"v1","kind":"Event","name":"e","uid":"u"}: /v1, Kind=Event is disallowed from being an owner',
    ]);
  });

  test('refuses a second controller owner', () => {
    const other: OwnerReference = { apiVersion: 'a/v1', kind: 'Q', name: 'q', uid: 'w' };
    const references = [
      { ...pod, controller: true },
      { ...other, blockOwnerDeletion: true, controller: true },
    ];
    expect(created({ ownerReferences: references })).toEqual([
      'metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"Pod","name":"p","uid":"u","controller":true},{"apiVersion":"a/v1","kind":"Q","name":"q","uid":"w","controller":true,"blockOwnerDeletion":true}]: Only one reference can have Controller set to true. Found "true" in references for Pod/p and Q/q',
    ]);
    expect(
      created({
        ownerReferences: [
          { ...pod, controller: true },
          { ...other, controller: false },
        ],
      }),
    ).toEqual([]);
  });
});

describe('an update', () => {
  test('may change labels, annotations, finalizers and owners', () => {
    expect(updated({ generation: 4, labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['a/b'] })).toEqual([]);
  });

  test('keeps name, namespace, uid and times', () => {
    expect(
      updated({
        name: 'y',
        namespace: 'other',
        uid: '5',
        creationTimestamp: '2020-01-01T00:00:00Z',
        deletionTimestamp: '2020-01-01T00:00:00Z',
        deletionGracePeriodSeconds: 5,
      }),
    ).toEqual([
      'metadata.name: Invalid value: "y": field is immutable',
      'metadata.namespace: Invalid value: "other": field is immutable',
      'metadata.uid: Invalid value: "5": field is immutable',
      'metadata.creationTimestamp: Invalid value: "2020-01-01T00:00:00Z": field is immutable',
      'metadata.deletionTimestamp: Invalid value: "2020-01-01T00:00:00Z": field is immutable',
      'metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable',
    ]);
  });

  test('takes another spelling of the same time as the same', () => {
    expect(updated({ creationTimestamp: '2026-01-02T04:04:05+01:00' })).toEqual([]);
  });

  test('may not leave out what it must keep', () => {
    const { uid, creationTimestamp, ...rest } = stored;
    expect([uid, creationTimestamp]).not.toContain(undefined);
    expect(lines(validateObjectMetaUpdate(rest, stored))).toEqual([
      'metadata.uid: Invalid value: "": field is immutable',
      'metadata.creationTimestamp: Invalid value: null: field is immutable',
    ]);
  });

  test('needs a resourceVersion and a generation that does not fall', () => {
    expect(updated({ resourceVersion: '', generation: 2 })).toEqual([
      'metadata.resourceVersion: Invalid value: "": must be specified for an update',
      'metadata.generation: Invalid value: 2: must not be decremented',
    ]);
  });

  test('of an object being deleted may remove finalizers but not add any', () => {
    const deleted = { deletionTimestamp: '2026-01-03T00:00:00Z', finalizers: ['a/b'] };
    expect(updated({ finalizers: [] }, deleted)).toEqual([]);
    expect(updated({ finalizers: ['a/b', 'c/d', 'b/c'] }, deleted)).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"b/c", "c/d"}',
    ]);
  });

  test('is held to the rules of creation for labels, finalizers and owners', () => {
    expect(updated({ labels: { a: '-' } })).toHaveLength(1);
    expect(updated({ finalizers: ['c/d/e'] })).toEqual([`metadata.finalizers: Invalid value: "c/d/e": ${longKeyRule}`]);
  });
});
