/** The params of ValidatingAdmissionPolicies. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/meta/object.ts';
import { denied, eachWithPolicies, fixture, force, message, namespace, type BindingSpec } from './policies-fixture.ts';

eachWithPolicies();

function configMap(
  name: string,
  data: Record<string, string>,
  labels: Record<string, string> = {},
  within = 'default',
) {
  const made: object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: within, labels }, data };
  return made as KubeObject;
}

describe('Params', () => {
  const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
  const validations = [
    { expression: 'params.data.allowed == object.metadata.name', messageExpression: 'params.data.allowed' },
  ];

  it('are found by name, in the namespace of the request or the one that is given', async () => {
    fixture.params.put('ConfigMap', true, [
      configMap('c', { allowed: 'x' }),
      configMap('c', { allowed: 'a' }, {}, 'other'),
    ]);
    force({ paramKind, validations }, { paramRef: { name: 'c', parameterNotFoundAction: 'Deny' } });
    expect(await message()).toBe(denied('x'));
    force({ paramKind, validations }, { paramRef: { name: 'c', namespace: 'other', parameterNotFoundAction: 'Deny' } });
    await fixture.validate();
    expect(fixture.params.followed).toEqual([{ group: '', version: 'v1', kind: 'ConfigMap' }]);
    fixture.policies.bindings.put();
    expect(fixture.params.followed).toEqual([]);
  });

  it('that were created a moment ago are read directly', async () => {
    fixture.params.put('ConfigMap', true, [], [configMap('c', { allowed: 'x' })]);
    force({ paramKind, validations }, { paramRef: { name: 'c', parameterNotFoundAction: 'Deny' } });
    expect(await message()).toBe(denied('x'));
  });

  it('are all objects that a selector selects: each must be satisfied', async () => {
    fixture.params.put('ConfigMap', true, [
      configMap('c', { allowed: 'a' }, { x: 'y' }),
      configMap('d', { allowed: 'd' }, { x: 'y' }),
      configMap('e', { allowed: 'e' }),
    ]);
    force({ paramKind, validations }, { paramRef: { selector: { matchLabels: { x: 'y' } } } });
    expect(await message()).toBe(denied('d'));
  });

  it.each<[string, BindingSpec['paramRef'], string | undefined]>([
    [
      'Deny',
      { name: 'c', parameterNotFoundAction: 'Deny' },
      'no params found for policy binding with `Deny` parameterNotFoundAction',
    ],
    ['Allow', { name: 'c', parameterNotFoundAction: 'Allow' }, undefined],
  ])('that are not there are dealt with as parameterNotFoundAction says: %s', async (_, paramRef, expected) => {
    fixture.params.put('ConfigMap', true, []);
    force({ paramKind, validations }, paramRef === undefined ? {} : { paramRef });
    if (expected === undefined) await fixture.validate();
    else expect(await message()).toBe(denied(`failed to configure binding: ${expected}`));
  });

  it('of a kind that the cluster does not serve make the policy fail', async () => {
    force({ paramKind: { apiVersion: 'x.example/v1', kind: 'Nope' }, validations }, { paramRef: { name: 'c' } });
    expect(await message()).toBe(
      `widgets.demo.example "a" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'x.example/v1, Kind=Nope'`,
    );
    force(
      { paramKind: { apiVersion: 'x.example/v1', kind: 'Nope' }, validations, failurePolicy: 'Ignore' },
      { paramRef: { name: 'c' } },
    );
    await fixture.validate();
  });

  it('that are in no namespace must not name one', async () => {
    fixture.params.put('Limit', false, []);
    force(
      { paramKind: { apiVersion: 'x.example/v1', kind: 'Limit' }, validations },
      { paramRef: { name: 'c', namespace: 'default', parameterNotFoundAction: 'Allow' } },
    );
    expect(await message()).toContain('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  });

  it('of core kinds have times that can be compared, as the namespace has; those of others are texts', async () => {
    const metadata = { creationTimestamp: '2026-01-01T00:00:00Z' };
    const later = "timestamp('2026-02-01T00:00:00Z')";
    fixture.namespaces.put({ ...namespace('default', {}), metadata: { name: 'default', ...metadata } });
    const limit: object = { kind: 'Limit', metadata: { name: 'c', ...metadata } };
    const map = configMap('c', {});
    fixture.params.put('ConfigMap', true, [{ ...map, metadata: { ...map.metadata, ...metadata } }]);
    fixture.params.put('Limit', false, [limit as KubeObject]);
    const paramRef = { name: 'c', parameterNotFoundAction: 'Deny' as const };
    const expression = `[namespaceObject, params].all(x, x.metadata.creationTimestamp < ${later})`;
    force({ paramKind, validations: [{ expression }] }, { paramRef });
    await fixture.validate();
    const text = "params.metadata.creationTimestamp == '2026-01-01T00:00:00Z'";
    force(
      { paramKind: { apiVersion: 'x.example/v1', kind: 'Limit' }, validations: [{ expression: text }] },
      { paramRef },
    );
    await fixture.validate();
  });

  it('are null where the binding names none', async () => {
    force({ paramKind, validations: [{ expression: 'params == null' }] });
    fixture.params.put('ConfigMap', true, []);
    await fixture.validate();
  });
});
