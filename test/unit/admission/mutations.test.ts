import { beforeEach, describe, expect, it } from 'vitest';
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  Mutation,
} from '../../../src/apis/kubernetes/types.ts';
import type { KubeObject } from '../../../src/meta/object.ts';
import { AdmissionFixture, configuration, failure, hook, widget } from './fixture.ts';

let fixture: AdmissionFixture;
beforeEach(() => {
  fixture = new AdmissionFixture();
  fixture.namespaces.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels: { team: 'a' } } });
});

const rule = { operations: ['*' as const], apiGroups: ['demo.example'], apiVersions: ['*'], resources: ['widgets'] };
const patch = (...operations: string[]): Mutation => ({
  patchType: 'JSONPatch',
  jsonPatch: { expression: `[${operations.join(', ')}]` },
});
const add = (path: string, value: string): string => `JSONPatch{op: 'add', path: '${path}', value: ${value}}`;
const label = (key: string, value: string): Mutation => patch(add(`/metadata/labels/${key}`, value));

function policy(
  name: string,
  mutations: Mutation[],
  more: Partial<MutatingAdmissionPolicy['spec']> = {},
): MutatingAdmissionPolicy {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name },
    spec: { matchConstraints: { resourceRules: [rule] }, mutations, ...more },
  };
}

function force(...policies: MutatingAdmissionPolicy[]): void {
  fixture.mutations.policies.put(...policies);
  const bindings = policies.map(({ metadata: { name = '' } }): MutatingAdmissionPolicyBinding => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: `b-${name}` },
    spec: { policyName: name },
  }));
  fixture.mutations.bindings.put(...bindings);
}

const labels = async (object: KubeObject = widget({ x: '0' })): Promise<Record<string, string> | undefined> =>
  (await fixture.mutate({ object }))?.metadata.labels;

describe('A MutatingAdmissionPolicy', () => {
  it('changes the object by JSON patches, one after the other, each seeing what those before it did', async () => {
    force(policy('p', [label('a', "'1'"), label('b', "object.metadata.labels.a + '2'")]));
    expect(await labels()).toEqual({ x: '0', a: '1', b: '12' });
    expect(fixture.admission.concerns('demo.example')).toBe(true);
  });

  it('makes objects, maps and lists, and escapes keys', async () => {
    const value = "Object.spec{n: 1, list: [Object.spec.list{a: 'b'}], map: {'k': [1.5, 2.5]}, ?no: object.?nope}";
    const path = "'/metadata/annotations/' + jsonpatch.escapeKey('a/b~c')";
    force(
      policy('p', [
        patch(
          add('/spec', value),
          add('/metadata/annotations', '{}'),
          `JSONPatch{op: 'add', path: ${path}, value: 'y'}`,
        ),
      ]),
    );
    const made = (await fixture.mutate()) as KubeObject & { spec: unknown };
    expect(made.spec).toEqual({ n: 1, list: [{ a: 'b' }], map: { k: [1.5, 2.5] } });
    expect(made.metadata.annotations).toEqual({ 'a/b~c': 'y' });
  });

  it('moves, copies, replaces and removes; a test that fails leaves the object as it is', async () => {
    const operations = [
      "JSONPatch{op: 'copy', from: '/metadata/labels/x', path: '/metadata/labels/y'}",
      "JSONPatch{op: 'replace', path: '/metadata/labels/x', value: '1'}",
    ];
    force(policy('p', [patch(...operations)]));
    expect(await labels()).toEqual({ x: '1', y: '0' });
    const test = "JSONPatch{op: 'test', path: '/metadata/labels/x', value: 'other'}";
    force(policy('p', [patch(test, ...operations), label('z', "'1'")]));
    expect(await labels()).toEqual({ x: '0', z: '1' });
  });

  it.each<[string, Mutation, string]>([
    ['an expression that fails', patch(add('/metadata/labels/a', 'object.nope')), 'no such key: nope'],
    ['a patch that does not fit', patch("JSONPatch{op: 'remove', path: '/nope'}"), 'JSON Patch: '],
    ['an expression that does not compile', patch('Nope{}'), 'compilation error: compilation failed: '],
    ['a field that a patch has not', patch("JSONPatch{nope: 'x'}"), 'unexpected JSONPatchType field: nope'],
    [
      'an object of another type',
      patch(add('/spec', 'Object.spec{a: Object.spec.b{}}')),
      'expected "Object.spec.a" but got "Object.spec.b"',
    ],
  ])('refuses for %s, unless failures are ignored', async (_, mutation, expected) => {
    force(policy('p', [mutation]));
    const { status } = await failure(fixture.mutate());
    expect(status).toMatchObject({ code: 403, reason: 'Invalid' });
    expect(status.message).toMatch(/^policy 'p' with binding 'b-p' denied request: /);
    expect(status.message).toContain(expected);
    expect(status.details?.causes).toEqual([{ message: status.message }]);
    force(policy('p', [mutation, label('a', "'1'")], { failurePolicy: 'Ignore' }));
    expect(await labels()).toEqual({ x: '0', a: '1' });
  });

  it('refuses where its params are missing, in words of its own', async () => {
    force(policy('p', [], { paramKind: { apiVersion: 'x.example/v1', kind: 'Nope' } }));
    const { status } = await failure(fixture.mutate());
    expect(status).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(status.message).toBe(
      `policy "p" denied request: failed to configure policy: failed to find resource referenced by paramKind: 'x.example/v1, Kind=Nope'`,
    );
  });

  it('is skipped where a match condition is false, and is not asked about deletions', async () => {
    force(policy('p', [label('a', "'1'")], { matchConditions: [{ name: 'c', expression: 'false' }] }));
    expect(await labels()).toEqual({ x: '0' });
    force(policy('p', [label('a', "'1'")]));
    expect(await fixture.admission.mutate(fixture.deletion(), (object) => object)).toBeUndefined();
  });

  it('is applied before webhooks, which see its changes', async () => {
    force(policy('p', [label('a', "'1'")]));
    fixture.mutating.put(configuration('MutatingWebhookConfiguration', 'm', hook('h')));
    await fixture.mutate({ object: widget({ x: '0' }) });
    expect(fixture.asked[0]?.request.object).toMatchObject({ metadata: { labels: { a: '1', x: '0' } } });
  });

  it('is applied again after a later policy or a webhook changed the object, if it wants that', async () => {
    const count = label('n', "string(int(object.metadata.?labels['n'].orValue('0')) + 1)");
    force(policy('p', [count], { reinvocationPolicy: 'IfNeeded' }), policy('q', [label('q', "'1'")]));
    expect(await labels()).toEqual({ x: '0', n: '2', q: '1' });
    force(policy('p', [count], { reinvocationPolicy: 'Never' }), policy('q', [label('q', "'1'")]));
    expect(await labels()).toEqual({ x: '0', n: '1', q: '1' });
    force(policy('p', [count], { reinvocationPolicy: 'IfNeeded' }));
    expect(await labels()).toEqual({ x: '0', n: '1' });
    fixture.mutating.put(configuration('MutatingWebhookConfiguration', 'm', hook('h')));
    fixture.answers.set('h', () => ({ patch: [{ op: 'add', path: '/metadata/labels/h', value: '1' }] }));
    expect(await labels()).toEqual({ x: '0', n: '2', h: '1' });
    expect(fixture.urls).toEqual(['h']);
  });

  it('makes webhooks be called again that want to see its second change', async () => {
    const count = label('n', "string(int(object.metadata.?labels['n'].orValue('0')) + 1)");
    force(policy('p', [count], { reinvocationPolicy: 'IfNeeded' }));
    fixture.mutating.put(
      configuration('MutatingWebhookConfiguration', 'm', { ...hook('h', { reinvocationPolicy: 'IfNeeded' }) }),
    );
    fixture.answers.set('h', () => ({ patch: [{ op: 'add', path: '/metadata/labels/h', value: '1' }] }));
    expect(await labels()).toEqual({ x: '0', n: '2', h: '1' });
    expect(fixture.urls).toEqual(['h', 'h']);
  });
});
