/** Webhooks and changes of what exists: updates, scaling, deletions. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import { createInProcessClient } from '../../src/apiserver/client/index.ts';
import { configuration } from '../unit/admission/fixture.ts';
import { inDefault } from './group-api.ts';
import {
  api,
  cluster,
  clusters,
  eachWithWebhooks,
  mutate,
  mutating,
  only,
  ours,
  validate,
  validating,
  webhook,
} from './admission-fixture.ts';

eachWithWebhooks();

const operations = (path: string): string[] =>
  webhook
    .requests(path)
    .map(({ operation, resource, subResource = '', name = '' }) =>
      [operation, resource.resource, subResource, name].filter((part) => part !== '').join(' '),
    );

describe('an update', () => {
  beforeEach(() => api.post(clusters, cluster()).expect(201));

  it('is shown with what was there before', async () => {
    mutate();
    validate();
    webhook.answers.set('/mutate', ({ object }) => ({
      patch: [{ op: 'add', path: '/metadata/labels', value: { ...object?.metadata.labels, b: '2' } }],
    }));
    await api.patch(`${clusters}/live`, { metadata: { labels: { a: '1' } } }).expect(200);
    for (const path of ['/mutate', '/validate']) {
      expect(only(path)).toMatchObject({ operation: 'UPDATE', name: 'live', options: { kind: 'UpdateOptions' } });
      expect(only(path).oldObject?.metadata.labels).toBeUndefined();
    }
    expect(only('/mutate').object?.metadata.labels).toEqual({ a: '1' });
    expect(only('/validate').object?.metadata.labels).toEqual({ a: '1', b: '2' });
    expect((await api.get(`${clusters}/live`)).body).toMatchObject({ metadata: { labels: { a: '1', b: '2' } } });
  });

  it('is tried again on what others wrote meanwhile, and the webhooks are asked again', async () => {
    mutate({ objectSelector: { matchLabels: { mine: 'yes' } } });
    let isFirst = true;
    webhook.answers.set('/mutate', async () => {
      if (isFirst) {
        isFirst = false;
        await api.patch(`${clusters}/live`, { metadata: { annotations: { theirs: 'yes' } } }).expect(200);
      }
      return { patch: [{ op: 'add', path: '/metadata/labels/by', value: 'webhook' }] };
    });
    const answer = await api.patch(`${clusters}/live`, { metadata: { labels: { mine: 'yes' } } }).expect(200);
    expect(answer.body).toMatchObject({
      metadata: { labels: { mine: 'yes', by: 'webhook' }, annotations: { theirs: 'yes' } },
    });
    expect(webhook.requests('/mutate')).toHaveLength(2);
    expect(webhook.requests('/mutate')[1]?.oldObject?.metadata.annotations).toEqual({ theirs: 'yes' });
  });

  it('cannot be turned into an update of another object', async () => {
    mutate();
    webhook.answers.set('/mutate', () => ({ patch: [{ op: 'replace', path: '/metadata/name', value: 'other' }] }));
    await api.patch(`${clusters}/live`, { metadata: { labels: { a: '1' } } }).expect(400);
  });

  it('of the status is sent with subresource "status"', async () => {
    const rules = [{ operations: ['*' as const], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/status'] }];
    validate({ rules });
    await api.patch(`${clusters}/live`, { metadata: { labels: { a: '1' } } }).expect(200);
    expect(webhook.asked).toEqual([]);
    await api.patch(`${clusters}/live/status`, { status: { state: 'configured' } }).expect(200);
    expect(only('/validate')).toMatchObject({ subResource: 'status', object: { status: { state: 'configured' } } });
  });

  it('from inside the process is sent to webhooks as well', async () => {
    validate();
    webhook.answers.set('/validate', () => ({ allowed: false, status: { message: 'not even you' } }));
    const registry = api.server.registry<KubeDirectorCluster>('kubedirector.hpe.com', 'kubedirectorclusters');
    const user = { name: 'system:serviceaccount:kubedirector:kubedirector', groups: [] };
    const client = createInProcessClient(registry, { user, manager: 'test', requestId: randomUUID });
    const target = { namespace: 'default', name: 'live' };
    await expect(client.patch(target, { metadata: { labels: { a: '1' } } })).rejects.toThrow('not even you');
    expect(only('/validate').userInfo.username).toBe(user.name);
    await expect(client.delete(target)).rejects.toThrow('not even you');
  });
});

describe('scaling', () => {
  beforeEach(async () => {
    const scaled = cluster({ name: 'live', annotations: { 'kubedirector.hpe.com/scale-role': 'broker' } });
    await api.post(clusters, scaled).expect(201);
  });
  const scale = [{ operations: ['*' as const], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/scale'] }];

  it('of a cluster is sent to webhooks as a Scale, not as a cluster', async () => {
    mutating.put(configuration('MutatingWebhookConfiguration', 'm', ours('/main'), ours('/mutate', { rules: scale })));
    validate({ rules: scale });
    webhook.answers.set('/mutate', () => ({ patch: [{ op: 'replace', path: '/spec/replicas', value: 7 }] }));
    const answer = await api.patch(`${clusters}/live/scale`, { spec: { replicas: 4 } }).expect(200);
    expect(answer.body).toMatchObject({ kind: 'Scale', spec: { replicas: 7 } });
    expect(operations('/main')).toEqual([]);
    expect(only('/mutate')).toMatchObject({ object: { spec: { replicas: 4 } }, oldObject: { spec: { replicas: 3 } } });
    expect(only('/validate')).toMatchObject({
      ...{ operation: 'UPDATE', subResource: 'scale', kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
      ...{ object: { spec: { replicas: 7 } }, oldObject: { spec: { replicas: 3 } } },
    });
    webhook.answers.set('/validate', () => ({ allowed: false, status: { message: 'enough' } }));
    await api.patch(`${clusters}/live/scale`, { spec: { replicas: 9 } }).expect(400);
    expect((await api.get(`${clusters}/live/scale`)).body).toMatchObject({ spec: { replicas: 7 } });
  });

  it('of a role is sent as a scale of the role, and as an update of its cluster', async () => {
    validating.put(
      configuration('ValidatingWebhookConfiguration', 'v', ours('/main'), ours('/validate', { rules: scale })),
    );
    await api.patch(`${inDefault}/kubedirectorroles/live.broker/scale`, { spec: { replicas: 4 } }).expect(200);
    expect(operations('/validate')).toEqual(['UPDATE kubedirectorroles scale live.broker']);
    expect(operations('/main')).toEqual(['UPDATE kubedirectorclusters live']);
    webhook.answers.set('/main', () => ({ allowed: false }));
    await api.patch(`${inDefault}/kubedirectorroles/live.broker/scale`, { spec: { replicas: 5 } }).expect(400);
  });
});

describe('a deletion', () => {
  it('is sent with the object, one call for each object', async () => {
    for (const name of ['a', 'b']) await api.post(clusters, cluster({ name })).expect(201);
    mutate();
    validate();
    webhook.answers.set('/validate', ({ oldObject }) => ({ allowed: oldObject?.metadata.name === 'a' }));
    await api.delete(clusters).expect(400);
    expect(operations('/validate').sort()).toEqual(['DELETE kubedirectorclusters a', 'DELETE kubedirectorclusters b']);
    expect(operations('/mutate').sort()).toEqual(operations('/validate').sort());
    await api.get(`${clusters}/a`).expect(404);
    await api.get(`${clusters}/b`).expect(200);
    webhook.reset();
    await api.delete(`${clusters}/b?propagationPolicy=Background`).expect(200);
    const options = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', propagationPolicy: 'Background' };
    expect(only('/validate')).toMatchObject({ object: null, oldObject: { metadata: { name: 'b' } }, options });
  });
});
