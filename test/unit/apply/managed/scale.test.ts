import { describe, expect, it } from 'vitest';
import {
  fieldPath,
  fromScaleEntries,
  ManagedFieldsError,
  toScaleEntries,
} from '../../../../src/apiserver/apply/index.ts';
import type { ManagedFieldsEntry } from '../../../../src/meta/object.ts';
import { tracked } from './tracked.ts';

const statefulSet = { apiVersion: 'apps/v1', path: fieldPath('spec', 'replicas') };
const role = { apiVersion: 'g/v1', path: fieldPath('spec', 'roles', { id: 'worker' }, 'members') };

const entry = (
  manager: string,
  operation: string,
  fields: readonly string[],
  extra: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry => ({
  ...{ manager, operation, apiVersion: 'apps/v1', fieldsType: 'FieldsV1' },
  fieldsV1: { 'f:spec': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
  ...extra,
});
const scale = (manager: string, operation: string, extra: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry =>
  entry(manager, operation, ['replicas'], { apiVersion: 'autoscaling/v1', subresource: 'scale', ...extra });
const scaled = (manager: string, operation: string): ManagedFieldsEntry =>
  entry(manager, operation, ['replicas'], { subresource: 'scale' });

describe('the entries of a scale', () => {
  it('are those of its object that own the scaled field, with nothing but the replicas, and their times', () => {
    const time = '2026-01-01T00:00:00Z';
    const entries = [entry('a', 'Apply', ['selector']), entry('b', 'Apply', ['replicas', 'selector'], { time })];
    expect(toScaleEntries([...entries, scaled('c', 'Apply')], statefulSet)).toEqual([
      scale('c', 'Apply'),
      { ...entry('b', 'Apply', ['replicas'], { time }), apiVersion: 'autoscaling/v1' },
    ]);
  });

  it('do not come from entries of other versions', () => {
    expect(
      toScaleEntries([entry('a', 'Apply', ['replicas'], { apiVersion: 'apps/v10' })], statefulSet),
    ).toBeUndefined();
    expect(toScaleEntries(undefined, statefulSet)).toBeUndefined();
  });

  it('come from an item of a list as well', () => {
    const fieldsV1 = { 'f:spec': { 'f:roles': { 'k:{"id":"worker"}': { 'f:members': {} } } } };
    const owner = { ...entry('a', 'Apply', []), apiVersion: 'g/v1', fieldsV1 };
    const expected = scale('a', 'Apply');
    delete expected.subresource;
    expect(toScaleEntries([owner], role)).toEqual([expected]);
    expect(
      toScaleEntries([owner], { ...role, path: fieldPath('spec', 'roles', { id: 'x' }, 'members') }),
    ).toBeUndefined();
    expect(fromScaleEntries([owner], [scale('hpa', 'Update')], role)).toEqual([
      { ...scaled('hpa', 'Update'), apiVersion: 'g/v1', fieldsV1 },
    ]);
  });

  it('cannot be had of entries that cannot be read', () => {
    expect(() => toScaleEntries([{ operation: 'x' }], statefulSet)).toThrow(ManagedFieldsError);
  });
});

describe('the entries of a scaled object', () => {
  const both = ['replicas', 'selector'];

  it.each([
    ['Apply', 'Update'],
    ['Apply', 'Apply'],
    ['Update', 'Update'],
    ['Update', 'Apply'],
  ])('lose the field by %s to another manager of the scale by %s', (before, after) => {
    const result = fromScaleEntries([entry('test', before, both)], [scale('scale', after)], statefulSet);
    expect(result).toHaveLength(2);
    expect(result).toEqual(expect.arrayContaining([scaled('scale', after), entry('test', before, ['selector'])]));
  });

  it.each([
    ['Apply', 'Update'],
    ['Apply', 'Apply'],
    ['Update', 'Update'],
    ['Update', 'Apply'],
  ])('lose the field by %s to the same manager of the scale by %s', (before, after) => {
    const result = fromScaleEntries([entry('test', before, both)], [scale('test', after)], statefulSet);
    expect(result).toHaveLength(2);
    expect(result).toEqual(expect.arrayContaining([scaled('test', after), entry('test', before, ['selector'])]));
  });

  it('keep their field beside an apply to the scale that shares it', () => {
    const shared = scale('test', 'Apply');
    delete shared.subresource;
    expect(fromScaleEntries([entry('test', 'Apply', both)], [shared, scale('test', 'Apply')], statefulSet)).toEqual([
      entry('test', 'Apply', both),
      scaled('test', 'Apply'),
    ]);
  });

  it('gain nothing from a scale that does not own the replicas', () => {
    const status = { ...scale('scale', 'Update'), fieldsV1: { 'f:status': { 'f:replicas': {} } } };
    expect(fromScaleEntries([entry('test', 'Apply', ['selector'])], [status], statefulSet)).toEqual([
      entry('test', 'Apply', ['selector']),
    ]);
  });

  it('go where nothing is left of them, and where their version is unknown', () => {
    const others = [
      entry('test', 'Apply', ['replicas']),
      entry('old', 'Apply', ['selector'], { apiVersion: 'apps/v10' }),
    ];
    expect(fromScaleEntries(others, [scale('scale', 'Update')], statefulSet)).toEqual([scaled('scale', 'Update')]);
  });
});

describe('a write to a scale', () => {
  it('takes the replicas from their owner', () => {
    const it = tracked('Scale', { subresource: 'scale' });
    const before = [entry('alice', 'Apply', ['replicas', 'selector'])];
    const managedFields = toScaleEntries(before, statefulSet) ?? [];
    it.live = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { uid: 'u', managedFields },
      ...{ spec: { replicas: 3 } },
    };
    it.update({ metadata: {}, spec: { replicas: 5 } }, 'hpa');
    const after = fromScaleEntries(before, it.entries(), statefulSet);
    expect(after?.map(({ manager, subresource, fieldsV1 }) => [manager, subresource, fieldsV1])).toEqual([
      ['alice', undefined, { 'f:spec': { 'f:selector': {} } }],
      ['hpa', 'scale', { 'f:spec': { 'f:replicas': {} } }],
    ]);
  });

  it('conflicts with the owner of the replicas, if it is an apply', () => {
    const it = tracked('Scale', { subresource: 'scale' });
    const managedFields = toScaleEntries([entry('alice', 'Apply', ['replicas'])], statefulSet) ?? [];
    it.live = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { uid: 'u', managedFields },
      ...{ spec: { replicas: 3 } },
    };
    expect(() => it.apply({ metadata: {}, spec: { replicas: 5 } }, 'hpa')).toThrow(
      'Apply failed with 1 conflict: conflict with "alice": .spec.replicas',
    );
  });
});
