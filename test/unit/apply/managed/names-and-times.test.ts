import { describe, expect, it } from 'vitest';
import {
  defaultManager,
  managedFieldsErrors,
  managerErrors,
  ownershipOptionErrors,
  withOldTimes,
} from '../../../../src/apiserver/apply/index.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../../src/meta/object.ts';

describe('the manager of a write that names none', () => {
  it.each([
    ['kubectl/v1.37 (linux/amd64) kubernetes/abc', 'kubectl'],
    ['curl', 'curl'],
    ['', ''],
    ['/1.0', ''],
    ['my client 2/1', 'my client 2'],
    ['a\tb\u0007c\u00a0d\u200be/1', 'abcde'],
    ['Ωμέγα/1', 'Ωμέγα'],
    ['u'.repeat(200), 'u'.repeat(128)],
    ['é'.repeat(100), 'é'.repeat(64)],
    [`${'a'.repeat(127)}é${'b'.repeat(9)}`, 'a'.repeat(127)],
  ])('of the User-Agent %j is %j', (userAgent, manager) => {
    expect(defaultManager(userAgent)).toBe(manager);
  });
});

describe('options about ownership', () => {
  const messages = (errors: { field: string; message: string }[]): string[] =>
    errors.map(({ field, message }) => `${field}: ${message}`);

  it('must have a manager in an apply, and only there', () => {
    expect(messages(ownershipOptionErrors(true, {}))).toEqual([
      'fieldManager: Required value: is required for apply patch',
    ]);
    expect(messages(ownershipOptionErrors(true, { fieldManager: '' }))).toHaveLength(1);
    expect(ownershipOptionErrors(true, { fieldManager: 'a', force: 'true' })).toEqual([]);
    expect(ownershipOptionErrors(false, {})).toEqual([]);
  });

  it('may have force in an apply only', () => {
    expect(messages(ownershipOptionErrors(false, { force: 'false' }))).toEqual([
      'force: Forbidden: may not be specified for non-apply patch',
    ]);
  });

  it('name what is wrong with a manager, character by character', () => {
    expect(messages(managerErrors('m'.repeat(129), 'fieldManager'))).toEqual([
      'fieldManager: Too long: may not be more than 128 bytes',
    ]);
    expect(messages(managerErrors('é\u0007\u00a0', 'f'))).toEqual([
      String.raw`f: Invalid value: "é\a\u00a0": invalid character U+0007 (at position 2)`,
      String.raw`f: Invalid value: "é\a\u00a0": invalid character U+00A0 (at position 3)`,
    ]);
    expect(managerErrors('Łukasz "the" <admin>', 'f')).toEqual([]);
  });

  it('hold for managedFields too', () => {
    const entries = [{ manager: 'a' }, { manager: 'm'.repeat(129), subresource: 's'.repeat(257) }];
    expect(messages(managedFieldsErrors(entries, 'metadata.managedFields'))).toEqual([
      'metadata.managedFields[1].manager: Too long: may not be more than 128 bytes',
      'metadata.managedFields[1].subresource: Too long: may not be more than 256 bytes',
    ]);
    expect(managedFieldsErrors(undefined, 'x')).toEqual([]);
  });
});

describe('times that are all that a write changes', () => {
  const entry = (time: string, manager = 'a'): ManagedFieldsEntry => ({ manager, operation: 'Apply', time });
  const object = (managedFields: ManagedFieldsEntry[], extra: object = {}): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap' },
    metadata: { name: 'm', labels: { env: 'dev' }, managedFields, ...extra },
  });

  it('become the old ones', () => {
    const old = object([entry('1')], { resourceVersion: '7' });
    expect(withOldTimes(object([entry('2')]), old)).toEqual(object([entry('1')]));
  });

  it.each([
    ['a label', object([entry('2')], { labels: { env: 'prod' } })],
    ['another field', { ...object([entry('2')]), data: { a: '1' } }],
    ['a manager', object([entry('2', 'b')])],
    ['the number of managers', object([entry('2'), entry('2', 'b')])],
    ['no time', object([entry('1')])],
    ['the owners altogether', object([])],
  ])('stay where the write changes %s', (_name, next) => {
    expect(withOldTimes(next, object([entry('1')]))).toBe(next);
  });
});
