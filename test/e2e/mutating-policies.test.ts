/** MutatingAdmissionPolicies of the cluster. */
import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { statusBackupAnnotation } from '../../src/apis/kubedirector/well-known.ts';
import { eventually } from './support/cluster.ts';
import {
  admission,
  both,
  cluster,
  create,
  name,
  namespace,
  ofBoth,
  ok,
  withPolicies,
  type Which,
} from './support/policies.ts';

withPolicies();

let round = 0;

describe('MutatingAdmissionPolicies', () => {
  const kinds = ['mutatingadmissionpolicybinding', 'mutatingadmissionpolicy'];
  afterEach(async () => {
    for (const kind of kinds) await ok('delete', kind, name, '--ignore-not-found');
  });

  /** Puts the policy into force for both resources, in the test's namespace. */
  async function mutate(mutations: readonly object[], more: object = {}): Promise<void> {
    round += 1;
    const version = `v${round}`;
    const matchResources = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
    const mark = `JSONPatch{op: 'add', path: '/metadata/labels', value: {'version': '${version}'}}`;
    const probe = { patchType: 'JSONPatch', jsonPatch: { expression: `has(object.metadata.labels) ? [] : [${mark}]` } };
    await cluster.apply([
      {
        ...{ apiVersion: admission, kind: 'MutatingAdmissionPolicy', metadata: { name } },
        spec: {
          matchConstraints: { resourceRules: [{ ...ofBoth, operations: ['CREATE', 'UPDATE'] }] },
          reinvocationPolicy: 'Never',
          failurePolicy: 'Fail',
          mutations: [probe, ...mutations],
          ...more,
        },
      },
      {
        ...{ apiVersion: admission, kind: 'MutatingAdmissionPolicyBinding', metadata: { name } },
        spec: { policyName: name, matchResources },
      },
    ]);
    for (const which of both) {
      await eventually(`the policy to be in force for ${which}`, async () => {
        const { status, body } = await create(which, { name: 'probe' }, '?dryRun=All');
        const text = JSON.stringify(body);
        return status === 403 ? text.includes(`policy '${name}'`) : text.includes(`"version":"${version}"`);
      });
    }
  }
  const jsonPatch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
  const applied = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });

  const changes: Readonly<Record<string, readonly object[]>> = {
    'by JSON patches': [
      jsonPatch("[JSONPatch{op: 'add', path: '/metadata/labels/a', value: object.metadata.name + request.operation}]"),
      jsonPatch(
        "[JSONPatch{op: 'copy', from: '/metadata/labels/a', path: '/metadata/labels/' + jsonpatch.escapeKey('b')}]",
      ),
    ],
    'by a JSON patch whose test fails': [
      jsonPatch(
        "[JSONPatch{op: 'test', path: '/metadata/name', value: 'x'}, JSONPatch{op: 'remove', path: '/metadata/labels'}]",
      ),
    ],
    'by an object that is applied': [
      applied(
        "Object{metadata: Object.metadata{labels: {'c': namespaceObject.metadata.name}, annotations: {'d': 'e'}}}",
      ),
    ],
  };
  it.each(Object.entries(changes))('change what is created %s as for a custom resource', async (_, mutations) => {
    await mutate(mutations);
    const metadataOf = async (which: Which): Promise<object> => {
      const { status, body } = await create(which, { name: 'mutated', labels: { mine: 'x' } }, '?dryRun=All');
      expect(status).toBe(201);
      const { labels, annotations } = (body as { metadata: { labels?: object; annotations?: object } }).metadata;
      // New clusters have this one from the start.
      return { labels, annotations: { ...annotations, [statusBackupAnnotation]: undefined } };
    };
    expect(await metadataOf('ours')).toEqual(await metadataOf('crd'));
  });

  const failures: Readonly<Record<string, object>> = {
    'by an expression that fails': jsonPatch("[JSONPatch{op: 'add', path: '/metadata/labels/a', value: object.nope}]"),
    'by a patch that does not fit': jsonPatch("[JSONPatch{op: 'remove', path: '/metadata/labels/nope/deeper'}]"),
  };
  it.each(Object.entries(failures))('refuse %s as for a custom resource', async (how, mutation) => {
    await mutate([mutation]);
    // The text about a patch that does not fit comes from the JSON patch library.
    const said = async (which: Which) => {
      const { status, body } = await create(which, { name: 'mutated' });
      return [status, JSON.stringify(body).replaceAll(/JSON Patch: (?:\\.|[^"\\])*/g, 'JSON Patch')];
    };
    // Each of the two takes a moment to see that the policy has changed.
    await eventually(`both to refuse ${how} alike`, async () =>
      isDeepStrictEqual(await said('ours'), await said('crd')),
    );
    expect((await said('ours'))[0]).toBe(403);
  });
});
