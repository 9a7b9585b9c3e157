/** Webhooks, policies and quotas, and requests in versions that their rules do not name. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NamedRule, ValidatingWebhook } from '../../src/apis/kubernetes/types.ts';
import { createQuota } from '../../src/apiserver/admission/quota.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { bodyOf, type Api } from '../support/api.ts';
import { gadget, gadgetV1, onlyHub, startedGadgets, v1, v1beta1 } from '../support/gadgets.ts';
import { FakeQuotas } from '../unit/admission/fake-quotas.ts';
import { AdmissionFixture, configuration, hook } from '../unit/admission/fixture.ts';

const counted = 'count/gadgets.gadgets.example';
let api: Api;
let fixture: AdmissionFixture;
let quotas: FakeQuotas;
beforeEach(async () => {
  fixture = new AdmissionFixture();
  fixture.namespaces.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  quotas = new FakeQuotas();
  api = await startedGadgets({ admission: fixture.admission, quota: createQuota(quotas, systemClock) });
});
afterEach(() => api.stop());

const rule = (version: string, resource = 'gadgets'): NamedRule => ({
  ...{ operations: ['*'], apiGroups: ['gadgets.example'], apiVersions: [version], resources: [resource] },
});
const named = (version: string, more: Partial<ValidatingWebhook> = {}): ReturnType<typeof hook> =>
  hook('h', { rules: [rule(version)], ...more });
const mutate = (...webhooks: ReturnType<typeof hook>[]): void =>
  fixture.mutating.put(configuration('MutatingWebhookConfiguration', 'm', ...webhooks));
const validate = (...webhooks: ReturnType<typeof hook>[]): void =>
  fixture.validating.put(configuration('ValidatingWebhookConfiguration', 'v', ...webhooks));
const gvk = (version: string) => ({ group: 'gadgets.example', version, kind: 'Gadget' });
const gvr = (version: string) => ({ group: 'gadgets.example', version, resource: 'gadgets' });
const spec = async (path: string): Promise<unknown> =>
  (bodyOf(await api.request('get', path).expect(200)) as { spec: unknown }).spec;
const merge = (path: string, body: object) =>
  api.request('patch', path).set('content-type', 'application/merge-patch+json').send(JSON.stringify(body));

describe('a webhook', () => {
  it('is shown the version that its rules name, and told which was asked for', async () => {
    mutate(named('v1'));
    validate(named('v1'));
    await api
      .request('post', v1beta1)
      .send(gadget('one', { color: 'red', nickname: 'Al' }))
      .expect(201);
    await merge(`${v1beta1}/one`, { spec: { size: 2 } }).expect(200);
    await api.request('delete', `${v1beta1}/one`).expect(200);
    expect(fixture.asked).toHaveLength(6);
    for (const { request } of fixture.asked)
      expect(request).toMatchObject({
        ...{ kind: gvk('v1'), resource: gvr('v1'), requestKind: gvk('v1beta1'), requestResource: gvr('v1beta1') },
      });
    const [created] = fixture.asked;
    expect(created?.request.object).toMatchObject({
      apiVersion: 'gadgets.example/v1',
      metadata: { annotations: { 'gadgets.example/nickname': 'Al' } },
      spec: { paint: { color: 'red' }, count: 1 },
    });
    const updated = fixture.asked[3]?.request;
    expect(updated?.oldObject).toMatchObject({ apiVersion: 'gadgets.example/v1', spec: { paint: { color: 'red' } } });
    expect(updated?.object).toMatchObject({ apiVersion: 'gadgets.example/v1', spec: { dimensions: { size: 2 } } });
    expect(fixture.asked[5]?.request).toMatchObject({ object: null, oldObject: { spec: { dimensions: { size: 2 } } } });
  });

  it('is shown the version of the request where it names that, among others', async () => {
    mutate(hook('h', { rules: [rule('v1'), rule('v1beta1')] }));
    await api.request('post', v1beta1).send(gadget('one')).expect(201);
    expect(fixture.asked.map(({ request }) => request.kind.version)).toEqual(['v1beta1']);
  });

  it('patches the version that it saw', async () => {
    mutate(named('v1'), hook('next', { rules: [rule('v1beta1')] }));
    const patch = [
      { op: 'replace', path: '/spec/paint/color', value: 'blue' },
      { op: 'add', path: '/spec/note', value: 'seen' },
      { op: 'remove', path: '/spec/count' },
    ];
    fixture.answers.set('h', () => ({ patch }));
    await api
      .request('post', v1beta1)
      .send(gadget('one', { color: 'red', replicas: 4 }))
      .expect(201);
    expect(fixture.asked[1]?.request.object).toMatchObject({
      apiVersion: 'gadgets.example/v1beta1',
      spec: { color: 'blue', replicas: 1 },
    });
    expect(await spec(`${v1}/one`)).toEqual({ paint: { color: 'blue' }, count: 1, note: 'seen' });
    // Also where the request is of the version that is not the hub's.
    mutate(named('v1beta1'));
    fixture.answers.set('h', () => ({ patch: [{ op: 'add', path: '/spec/nickname', value: 'Bo' }] }));
    await merge(`${v1}/one`, { spec: { note: 'kept' } }).expect(200);
    expect(await spec(`${v1beta1}/one`)).toEqual({ color: 'blue', replicas: 1, nickname: 'Bo' });
    expect(await spec(`${v1}/one`)).toMatchObject({ note: 'kept' });
  });

  it('is refused what it makes of another type or kind in its version', async () => {
    mutate(named('v1'));
    fixture.answers.set('h', () => ({ patch: [{ op: 'add', path: '/spec/note', value: 7 }] }));
    const wrong = await api.request('post', v1beta1).send(gadget('one')).expect(422);
    expect(wrong.text).toContain('spec.note');
    fixture.answers.set('h', () => ({
      patch: [{ op: 'replace', path: '/apiVersion', value: 'gadgets.example/v1beta1' }],
    }));
    await api.request('post', v1beta1).send(gadget('one')).expect(422);
  });

  it('is not called with matchPolicy Exact, nor for what it names in no version', async () => {
    mutate(named('v1', { matchPolicy: 'Exact' }), named('v2'));
    validate(named('v1', { matchPolicy: 'Exact' }), hook('h', { rules: [rule('v1', 'widgets')] }));
    await api.request('post', v1beta1).send(gadget('one')).expect(201);
    expect(fixture.asked).toEqual([]);
    await api.request('post', v1).send(gadgetV1('two')).expect(201);
    expect(fixture.asked).toHaveLength(2);
  });

  it('has its match conditions evaluated on what it would be shown', async () => {
    validate(named('v1', { matchConditions: [{ name: 'c', expression: "object.spec.paint.color == 'red'" }] }));
    await api
      .request('post', v1beta1)
      .send(gadget('one', { color: 'red' }))
      .expect(201);
    await api
      .request('post', v1beta1)
      .send(gadget('two', { color: 'blue' }))
      .expect(201);
    expect(fixture.asked.map(({ request }) => request.name)).toEqual(['one']);
  });

  it('is told of the scale in the version that it names', async () => {
    await api.request('post', v1beta1).send(gadget('one')).expect(201);
    mutate(hook('h', { rules: [rule('v1', 'gadgets/scale')] }));
    await merge(`${v1beta1}/one/scale`, { spec: { replicas: 3 } }).expect(200);
    expect(fixture.asked.map(({ request }) => request)).toMatchObject([
      {
        resource: gvr('v1'),
        requestResource: gvr('v1beta1'),
        kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      },
    ]);
  });

  it('cannot be asked about what has no form in its version', async () => {
    validate(named('v1'));
    const { text } = await api
      .request('post', v1beta1)
      .send(gadget('one', { color: onlyHub }))
      .expect(500);
    expect(text).toContain('conversion of Gadget');
    validate(named('v1', { matchPolicy: 'Exact' }));
    await api
      .request('post', v1beta1)
      .send(gadget('one', { color: onlyHub }))
      .expect(201);
  });
});

describe('a policy', () => {
  const meta = (name: string) => ({ apiVersion: 'admissionregistration.k8s.io/v1' as const, metadata: { name } });

  function refuse(matchPolicy: 'Exact' | 'Equivalent', expression: string): void {
    const matchConstraints = { resourceRules: [rule('v1')], matchPolicy };
    fixture.policies.policies.put({
      ...meta('p'),
      kind: 'ValidatingAdmissionPolicy',
      spec: { matchConstraints, validations: [{ expression }] },
    });
    fixture.policies.bindings.put({
      ...meta('b'),
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: 'p', validationActions: ['Deny'] },
    });
  }

  it('judges the version that it names', async () => {
    refuse('Equivalent', "object.spec.paint.color != 'blue' && request.requestKind.version == 'v1beta1'");
    await api
      .request('post', v1beta1)
      .send(gadget('one', { color: 'red' }))
      .expect(201);
    const refused = await api
      .request('post', v1beta1)
      .send(gadget('two', { color: 'blue' }))
      .expect(422);
    expect(refused.text).toContain('failed expression');
    refuse('Exact', 'false');
    await api
      .request('post', v1beta1)
      .send(gadget('two', { color: 'blue' }))
      .expect(201);
    await api.request('post', v1).send(gadgetV1('three')).expect(422);
  });

  it('changes the version that it names, by both types of patches', async () => {
    const matchConstraints = { resourceRules: [rule('v1')], matchPolicy: 'Equivalent' as const };
    const expression = 'Object{spec: Object.spec{paint: Object.spec.paint{color: object.spec.paint.color + "ish"}}}';
    const json = `[JSONPatch{op: "add", path: "/spec/note", value: object.spec.paint.color}]`;
    fixture.mutations.policies.put({
      ...meta('m'),
      kind: 'MutatingAdmissionPolicy',
      spec: {
        ...{ matchConstraints, reinvocationPolicy: 'Never' },
        mutations: [
          { patchType: 'ApplyConfiguration', applyConfiguration: { expression } },
          { patchType: 'JSONPatch', jsonPatch: { expression: json } },
        ],
      },
    });
    fixture.mutations.bindings.put({ ...meta('b'), kind: 'MutatingAdmissionPolicyBinding', spec: { policyName: 'm' } });
    await api
      .request('post', v1beta1)
      .send(gadget('one', { color: 'red', nickname: 'Al' }))
      .expect(201);
    expect(await spec(`${v1beta1}/one`)).toEqual({ color: 'redish', replicas: 1, nickname: 'Al' });
    expect(await spec(`${v1}/one`)).toEqual({ paint: { color: 'redish' }, count: 1, note: 'redish' });
  });
});

it('A quota counts an object once, whichever version it is created in', async () => {
  quotas.set('q', { hard: { [counted]: '2' }, used: { [counted]: '0' } });
  await api.request('post', v1).send(gadgetV1('one')).expect(201);
  await api.request('post', v1beta1).send(gadget('two')).expect(201);
  expect(quotas.used('q', counted)).toBe('2');
  await api.request('post', v1).send(gadgetV1('three')).expect(403);
});
