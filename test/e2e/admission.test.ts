/** Admission webhooks of the cluster. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LocalWebhook, type ReviewAnswer, type ReviewRequest } from '../support/webhook.ts';
import { eventually, type Shown } from './support/cluster.ts';
import { openFront } from './support/front.ts';
import { installation } from './support/installation.ts';
import { group, sampleApp } from './support/samples.ts';
import { serverOf } from './support/server.ts';
import {
  ask,
  both,
  cluster,
  configure,
  crd,
  crdGroup,
  create,
  front,
  inNamespace,
  kubectl,
  name,
  namespace,
  ok,
  outcome,
  setFront,
  setNamespace,
  setWebhook,
  thing,
  unconfigure,
  webhook,
  why,
} from './support/webhooks.ts';

describe.skipIf(why !== '')(`admission webhooks of the cluster${why}`, () => {
  beforeAll(async () => {
    setNamespace(await cluster.makeNamespace('admission'));
    setWebhook(await LocalWebhook.start(`hook.${namespace}.svc`));
    setFront(await openFront(cluster));
    await cluster.apply([thing, sampleApp({ namespace })]);
    await ok('wait', '--for=condition=Established', `crd/${crd}`, '--timeout=30s');
  });
  afterAll(async () => {
    await unconfigure();
    await ok('delete', 'crd', crd, '--ignore-not-found', '--timeout=30s');
    await front.close();
    await webhook.close();
    await cluster.dropNamespaces(namespace);
  });
  beforeEach(() => {
    webhook.reset();
  });
  afterEach(unconfigure);

  const answers: Readonly<Record<string, ReviewAnswer>> = {
    'with message, code and reason': {
      allowed: false,
      status: { code: 403, reason: 'Forbidden', message: 'not today' },
    },
    'without a word': { allowed: false },
    'with a reason alone': { allowed: false, status: { reason: 'Sunday' } },
    'with details': {
      allowed: false,
      status: {
        code: 422,
        reason: 'Invalid',
        message: 'm',
        details: { causes: [{ reason: 'r', message: 'x', field: 'f' }] },
      },
    },
    'with a code that is none': { allowed: false, status: { code: 200, message: 'odd' } },
    'by failing': { raw: { code: 500, body: 'boom' } },
    'by not being there': { raw: { code: 404, body: 'nothing here' } },
    'by being busy': { raw: { code: 503, body: '' } },
    'by an empty answer': { raw: { code: 200, body: '{}' } },
    'by an answer to another question': {
      raw: {
        code: 200,
        body: JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: { uid: 'x' },
        }),
      },
    },
  };

  it.each(['Mutating', 'Validating'] as const)('%s ones refuse in the words of kube-apiserver', async (type) => {
    await configure(type, {});
    for (const [how, answer] of Object.entries(answers)) {
      webhook.answers.set('/hook', () => answer);
      const [theirs, ours] = await Promise.all(both.map((which) => outcome(which, create(which, { name: 'refused' }))));
      const words = (value: unknown): string => JSON.stringify(value).replaceAll(/[0-9a-f-]{36}/g, 'UID');
      expect(words(ours), how).toBe(words(theirs));
      expect(ours, how).toMatchObject({ body: { kind: 'Status', status: 'Failure' } });
    }
  });

  it('change created and updated objects, and get everything that kube-apiserver sends them', async () => {
    webhook.answers.set('/hook', ({ object }) => {
      const labels = { ...object?.metadata.labels, seen: 'yes' };
      return { patch: [{ op: 'add', path: '/metadata/labels', value: labels }], warnings: ['look out'] };
    });
    await configure('Mutating', {});
    for (const which of both) expect((await create(which, { name: 'labelled' })).status).toBe(201);
    const [theirs, ours] = ['things', 'kubedirectorclusters'].map((plural) =>
      webhook.asked.find(({ request }) => request.resource.resource === plural),
    );
    const shape = (request: ReviewRequest | undefined): unknown => ({
      ...request,
      ...{ uid: '', kind: '', resource: '', requestKind: '', requestResource: '', object: '' },
    });
    expect(shape(ours?.request)).toEqual(shape(theirs?.request));
    expect(ours?.timeout).toBe(theirs?.timeout);
    const keysOf = (request: ReviewRequest | undefined): string[] =>
      Object.keys(request?.object?.metadata ?? {}).sort();
    expect(keysOf(ours?.request)).toEqual(['managedFields', 'name', 'namespace']);
    // A custom resource has its uid already.
    expect(keysOf(theirs?.request)).toEqual(expect.arrayContaining(['managedFields', 'name', 'namespace']));
    const read = await cluster.read('kdcluster', 'labelled', inNamespace());
    expect(read?.metadata.labels).toEqual({ seen: 'yes' });

    const { stderr, code } = await kubectl('label', 'kdcluster/labelled', 'more=yes', inNamespace());
    expect([code, stderr]).toEqual([0, expect.stringContaining('Warning: look out')]);
    const update = webhook.requests('/hook').findLast(({ operation, resource }) => {
      return operation === 'UPDATE' && resource.resource === 'kubedirectorclusters';
    });
    expect(update?.oldObject?.metadata.labels).toEqual({ seen: 'yes' });
    expect(update?.object?.metadata.labels).toEqual({ seen: 'yes', more: 'yes' });
    expect(update?.options).toMatchObject({ kind: 'UpdateOptions', fieldManager: 'kubectl-label' });
  });

  it('are called for deletions, and for the scale subresource in its own kind', async () => {
    const role = { 'kubedirector.hpe.com/scale-role': 'worker' };
    for (const which of both) await create(which, { name: 'kept', annotations: role });
    const rules = [
      { operations: ['DELETE'], apiGroups: [group, crdGroup], apiVersions: ['*'], resources: ['*'] },
      { operations: ['UPDATE'], apiGroups: [group, crdGroup], apiVersions: ['*'], resources: ['*/scale'] },
    ];
    webhook.answers.set('/hook', ({ operation }) => ({ allowed: false, status: { message: `no ${operation}` } }));
    await configure('Validating', { rules });
    for (const which of both) {
      const scale = { method: 'PATCH', contentType: 'application/merge-patch+json', body: '{"spec":{"replicas":2}}' };
      expect(await outcome(which, ask(which, '/kept/scale', scale))).toMatchObject({
        status: 400,
        body: { message: 'admission webhook "hook.e2e.example" denied the request: no UPDATE' },
      });
      expect(await outcome(which, ask(which, '/kept', { method: 'DELETE' }))).toMatchObject({
        status: 400,
        body: { message: 'admission webhook "hook.e2e.example" denied the request: no DELETE' },
      });
    }
    const scales = webhook.requests('/hook').filter(({ operation }) => operation === 'UPDATE');
    expect(scales).toHaveLength(2);
    for (const { kind, subResource, object, oldObject } of scales) {
      expect(kind).toEqual({ group: 'autoscaling', version: 'v1', kind: 'Scale' });
      expect([subResource, object?.spec, oldObject?.kind]).toEqual(['scale', { replicas: 2 }, 'Scale']);
    }
    const deletions = webhook.requests('/hook').filter(({ operation }) => operation === 'DELETE');
    for (const { object, oldObject, options } of deletions) {
      expect([object, oldObject?.metadata.name]).toEqual([null, 'kept']);
      expect(options).toMatchObject({ kind: 'DeleteOptions' });
    }
    const all = await kubectl('delete', 'kdcluster', '--all', inNamespace(), '--wait=false');
    expect(all.stderr).toContain('denied the request: no DELETE');
    expect(await cluster.read('kdcluster', 'kept', inNamespace())).toBeDefined();
  });

  it('are told about a dry run, which is refused if they have side effects', async () => {
    await configure('Validating', {});
    for (const which of both) expect((await create(which, { name: 'dry' }, '?dryRun=All')).status).toBe(201);
    expect(webhook.requests('/hook').map(({ dryRun, options }) => [dryRun, options['dryRun']])).toEqual([
      [true, ['All']],
      [true, ['All']],
    ]);
    expect(await cluster.read('kdcluster', 'dry', inNamespace())).toBeUndefined();
  });

  it('that do not answer are ignored or not, as their failurePolicy says', async () => {
    const nowhere = { url: 'https://127.0.0.1:1/hook' };
    await configure('Validating', { clientConfig: nowhere, failurePolicy: 'Ignore' });
    for (const which of both) expect((await create(which, { name: 'passed' })).status).toBe(201);
    await configure('Validating', { clientConfig: nowhere, failurePolicy: 'Fail' });
    const [theirs, ours] = await Promise.all(both.map((which) => outcome(which, create(which, { name: 'failed' }))));
    expect(ours).toEqual(theirs);
    expect(ours).toMatchObject({ status: 500 });
    // A certificate that nobody trusts.
    const { url } = webhook.clientConfig('/hook');
    await configure('Validating', { clientConfig: { url }, failurePolicy: 'Fail' });
    const [untrusted, distrusting] = await Promise.all(
      both.map((which) => outcome(which, create(which, { name: 'failed' }))),
    );
    expect(distrusting).toEqual(untrusted);
  });

  it('are found by their Service, and must have a valid certificate', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'hook', namespace } };
    await cluster.apply({ ...service, spec: { type: 'ExternalName', externalName: 'localhost' } });
    const { caBundle } = webhook.clientConfig('');
    const clientConfig = { service: { name: 'hook', namespace, path: '/by-service', port: webhook.port }, caBundle };
    webhook.answers.set('/by-service', () => ({ allowed: false, status: { message: 'found' } }));
    await configure('Validating', { clientConfig });
    const [theirs, ours] = await Promise.all(both.map((which) => outcome(which, create(which, { name: 'found' }))));
    expect(ours).toEqual(theirs);
    expect(ours).toMatchObject({ body: { message: expect.stringContaining(': found') as string } });
    expect(webhook.requests('/by-service')).toHaveLength(2);
  });

  it('are called for the objects that they select, and under their conditions', async () => {
    webhook.answers.set('/hook', () => ({ allowed: false, status: { message: 'selected' } }));
    await configure('Validating', {
      objectSelector: { matchLabels: { pick: 'me' } },
      matchConditions: [
        { name: 'by-name', expression: `object.metadata.name.startsWith('chosen')` },
        { name: 'rights', expression: `authorizer.group('apps').resource('deployments').check('create').allowed()` },
        { name: 'not-in-dry-runs', expression: `!has(request.options.dryRun)` },
      ],
    });
    for (const which of both) {
      expect((await create(which, { name: 'chosen-not' })).status).toBe(201);
      expect((await create(which, { name: 'other', labels: { pick: 'me' } })).status).toBe(201);
      expect(await outcome(which, create(which, { name: 'chosen', labels: { pick: 'me' } }))).toMatchObject({
        status: 400,
      });
    }
    await configure('Validating', { matchConditions: [{ name: 'broken', expression: 'object.spec.nothing == 1' }] });
    const [theirs, ours] = await Promise.all(both.map((which) => outcome(which, create(which, { name: 'broken' }))));
    expect(ours).toEqual(theirs);
    expect(ours).toMatchObject({ status: 403 });
  });

  it('have their annotations in the audit log', async () => {
    webhook.answers.set('/hook', () => ({
      patch: [{ op: 'add', path: '/metadata/annotations', value: { by: 'webhook' } }],
      auditAnnotations: { why: 'because' },
    }));
    await configure('Mutating', {});
    expect((await create('ours', { name: 'audited' })).status).toBe(201);
    const server = serverOf(installation(), cluster);
    const event = await eventually('the event', async () => {
      const lines = (await server.log()).split('\n').filter((line) => line.includes('"name":"audited"'));
      return lines
        .map((line) => JSON.parse(line) as Shown & { verb: string; annotations?: Record<string, string> })
        .find(({ kind, verb, annotations }) => kind === 'Event' && verb === 'create' && annotations !== undefined);
    });
    const annotations = event.annotations ?? {};
    expect(annotations['hook.e2e.example/why']).toBe('because');
    const about = { configuration: `${name}-mutating`, webhook: 'hook.e2e.example' };
    const keys = Object.keys(annotations);
    const value = (prefix: string): unknown => {
      const key = keys.find((one) => one.startsWith(`${prefix}.webhook.admission.k8s.io/round_0_index_`)) ?? '';
      return JSON.parse(annotations[key] ?? 'null');
    };
    expect(value('mutation')).toEqual({ ...about, mutated: true });
    expect(value('patch')).toMatchObject({ ...about, patchType: 'JSONPatch' });
  });
});
