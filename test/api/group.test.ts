import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeDirectorCluster, KubeDirectorConfig } from '../../src/apis/kubedirector/types.ts';
import type { Status } from '../../src/meta/status.ts';
import { GroupApi, inDefault, root } from './group-api.ts';

let api: GroupApi;
beforeEach(async () => {
  api = await GroupApi.started();
  const app = readFileSync(new URL('../testdata/apps/streams.yaml', import.meta.url), 'utf8');
  await api.yaml(`${inDefault}/kubedirectorapps`, app).expect(201);
});
afterEach(() => api.stop());

const clusters = `${inDefault}/kubedirectorclusters`;
const resources = { limits: { memory: '4Gi', cpu: 2 }, requests: { memory: '4Gi', cpu: 2 } };
const cluster = (name = 'live'): object => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name },
  spec: { app: 'streams', roles: ['console', 'keeper', 'broker', 'client'].map((id) => ({ id, resources })) },
});
const roleNumbers = async (): Promise<Record<string, number | undefined>> => {
  const body: unknown = (await api.get(`${clusters}/live`).expect(200)).body;
  return Object.fromEntries((body as KubeDirectorCluster).spec.roles.map(({ id, members }) => [id, members]));
};

describe('a cluster', () => {
  it('comes back as it was stored, with the group, version and kind', async () => {
    const body: unknown = (await api.post(clusters, cluster()).expect(201)).body;
    expect(body).toMatchObject({
      apiVersion: 'kubedirector.hpe.com/v1beta1',
      kind: 'KubeDirectorCluster',
      metadata: { name: 'live', namespace: 'default', generation: 1 },
      spec: { app: 'streams', appCatalog: 'local', namingScheme: 'UID', serviceType: 'LoadBalancer' },
    });
    expect(await roleNumbers()).toEqual({ console: 1, keeper: 3, broker: 3, client: 0 });
    expect((await api.get(`${clusters}/live`)).body).toEqual(body);
  });

  it('is refused with every finding as a cause', async () => {
    const bad = {
      ...cluster(),
      spec: { app: 'streams', serviceType: 'Foo', roles: [{ id: 'broker', members: 1, resources }] },
    };
    const body: unknown = (await api.post(clusters, bad).expect(422)).body;
    const { message = '', details } = body as Status;
    expect(details?.causes?.map(({ field, reason }) => `${field ?? ''} ${reason ?? ''}`)).toEqual([
      'spec.serviceType FieldValueNotSupported',
      'spec.roles FieldValueRequired',
      'spec.roles FieldValueRequired',
      'spec.roles[0].members FieldValueInvalid',
    ]);
    expect(message).toContain('KubeDirectorCluster.kubedirector.hpe.com "live" is invalid: [spec.serviceType: ');
  });

  it('with an unknown field leads to a warning, or is refused if validation is strict', async () => {
    const odd = { ...cluster(), spec: { ...(cluster() as KubeDirectorCluster).spec, serviceTyp: 'NodePort' } };
    const { headers } = await api.post(clusters, odd).expect(201);
    expect(headers.warning).toContain('unknown field \\"spec.serviceTyp\\"');
    const body: unknown = (
      await api.post(`${clusters}?fieldValidation=Strict`, { ...odd, metadata: { name: 'b' } }).expect(400)
    ).body;
    expect((body as Status).message).toContain('unknown field "spec.serviceTyp"');
  });

  it('ignores a status that a user sends', async () => {
    const body: unknown = (await api.post(clusters, { ...cluster(), status: { state: 'configured' } }).expect(201))
      .body;
    expect((body as KubeDirectorCluster).status).toEqual({ observedGeneration: 0 });
    const patched = await api.patch(`${clusters}/live`, { status: { state: 'configured' } }).expect(200);
    expect((patched.body as KubeDirectorCluster).status).toEqual({ observedGeneration: 0 });
    await api.patch(`${clusters}/live/status`, { status: { state: 'fine' } }).expect(422);
    const written: unknown = (
      await api.patch(`${clusters}/live/status`, { status: { state: 'configured' } }).expect(200)
    ).body;
    expect(written).toMatchObject({ status: { state: 'configured' }, metadata: { generation: 1 } });
  });

  it('has no state until the controller sets one', async () => {
    const created = (await api.post(clusters, cluster()).expect(201)).body as KubeDirectorCluster;
    expect(
      created.metadata.managedFields?.map(({ subresource, fieldsV1 }) => [subresource, fieldsV1?.['f:status']]),
    ).toEqual([[undefined, undefined]]);
    const path = `${clusters}/live`;
    const changed = (await api.patch(path, { spec: { serviceType: 'NodePort' } }).expect(200))
      .body as KubeDirectorCluster;
    expect(changed).toMatchObject({ metadata: { generation: 2 }, status: { observedGeneration: 0 } });
    expect(changed.status).not.toHaveProperty('state');
  });

  it('can have one role changed by a strategic merge patch', async () => {
    await api.post(clusters, cluster()).expect(201);
    await api.patch(`${clusters}/live/status`, { status: { state: 'configured', observedGeneration: 1 } }).expect(200);
    await api
      .patch(`${clusters}/live`, { spec: { roles: [{ id: 'broker', members: 5 }] } }, 'strategic-merge-patch')
      .expect(200);
    expect(await roleNumbers()).toEqual({ console: 1, keeper: 3, broker: 5, client: 0 });
  });

  // kubectl 1.37 sent these patches for unchanged files, and said "configured".
  it.each([
    ['a null', { metadata: { creationTimestamp: null, labels: { tier: null } }, spec: { connections: null } }],
    [
      'a null in a role',
      { spec: { '$setElementOrder/roles': [{ id: 'broker' }], roles: [{ id: 'broker', env: null }] } },
    ],
    ['empty metadata', { metadata: { labels: {}, ownerReferences: [] } }],
    ['the order of finalizers', { metadata: { '$setElementOrder/finalizers': ['example.com/mine'] } }],
  ])('is not written again for a file with %s', async (_, patch) => {
    const finalizers = ['example.com/mine', 'example.com/another'];
    const before = (await api.post(clusters, { ...cluster(), metadata: { name: 'live', finalizers } }).expect(201))
      .body as KubeDirectorCluster;
    const after = await api.patch(`${clusters}/live`, patch, 'strategic-merge-patch').expect(200);
    expect(after.body).toEqual(before);
  });

  it('can be selected by what it is an instance of', async () => {
    await api.post(clusters, cluster()).expect(201);
    const names = async (selector: string) => {
      const body: unknown = (await api.get(`${clusters}?fieldSelector=${encodeURIComponent(selector)}`).expect(200))
        .body;
      return (body as { items: KubeDirectorCluster[] }).items.map(({ metadata }) => metadata.name);
    };
    expect(await names('spec.app=streams,spec.appCatalog=local')).toEqual(['live']);
    expect(await names('spec.app!=streams')).toEqual([]);
    await api.get(`${clusters}?fieldSelector=spec.roles=x`).expect(400);
  });

  it('may be changed twice in a row, scaled and labelled, without a message that it has to wait', async () => {
    await api.post(clusters, cluster()).expect(201);
    for (const serviceType of ['NodePort', 'ClusterIP']) {
      await api.patch(`${clusters}/live`, { spec: { serviceType } }).expect(200);
    }
    for (const replicas of [4, 3, 5]) {
      await api.patch(`${inDefault}/kubedirectorroles/live.broker/scale`, { spec: { replicas } }).expect(200);
    }
    for (const team of ['a', 'b']) await api.patch(`${clusters}/live`, { metadata: { labels: { team } } }).expect(200);
    const live = (await api.get(`${clusters}/live`).expect(200)).body as KubeDirectorCluster;
    expect([live.spec.serviceType, live.spec.roles.find(({ id }) => id === 'broker')?.members]).toEqual([
      'ClusterIP',
      5,
    ]);
  });
});

describe('scale', () => {
  beforeEach(() => api.post(clusters, cluster()).expect(201));

  it('of the cluster names the possible roles if it is ambiguous', async () => {
    for (const answer of [
      await api.get(`${clusters}/live/scale`),
      await api.patch(`${clusters}/live/scale`, { spec: { replicas: 2 } }),
    ]) {
      expect(answer.status).toBe(422);
      expect((answer.body as Status).message).toContain('several roles can be scaled: broker, client;');
    }
  });

  it('of a role is read and written', async () => {
    const path = `${inDefault}/kubedirectorroles/live.broker/scale`;
    const body: unknown = (await api.get(path).expect(200)).body;
    expect(body).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 3 } });
    await api.patch(path, { spec: { replicas: 4 } }).expect(200);
    const put: unknown = (
      await api.put(path, { ...(body as object), metadata: { name: 'live.broker' }, spec: { replicas: 6 } }).expect(200)
    ).body;
    expect(put).toMatchObject({ metadata: { name: 'live.broker' }, spec: { replicas: 6 } });
    expect(await roleNumbers()).toMatchObject({ broker: 6 });
    await api.put(path, body as object).expect(409);
    await api.patch(path, { spec: { replicas: 'x' } }).expect(422);
    await api.patch(path, { spec: { replicas: 2 } }).expect(422);
  });

  it.each([
    { resourceVersion: '' },
    { resourceVersion: '0' },
    { uid: '' },
    { resourceVersion: null, uid: null },
    { namespace: '' },
  ])('takes an optional field with nothing in it for one that was not sent: %j', async (metadata) => {
    const path = `${inDefault}/kubedirectorroles/live.broker/scale`;
    const scale = (replicas: number): object => ({
      metadata: { name: 'live.broker', ...metadata },
      spec: { replicas },
    });
    await api.put(path, scale(4)).expect(200);
    await api.patch(path, { metadata, spec: { replicas: 5 } }).expect(200);
    expect(await roleNumbers()).toMatchObject({ broker: 5 });
  });

  it.each([{ resourceVersion: '1' }, { uid: 'x' }])(
    'of another object or an older state is a conflict: %j',
    async (metadata) => {
      const path = `${inDefault}/kubedirectorroles/live.broker/scale`;
      await api.put(path, { metadata: { name: 'live.broker' }, spec: { replicas: 5 } }).expect(200);
      await api.put(path, { metadata: { name: 'live.broker', ...metadata }, spec: { replicas: 4 } }).expect(409);
    },
  );

  it.each([{ spec: {} }, { spec: null }, { spec: { replicas: null } }, {}])(
    'without replicas means zero: %j',
    async (body) => {
      const path = `${inDefault}/kubedirectorroles/live.broker/scale`;
      const answer = await api.put(path, { metadata: { name: 'live.broker' }, ...body });
      expect(answer.status).toBe(422);
      expect((answer.body as Status).message).toContain('broker');
    },
  );
});

describe('the views', () => {
  beforeEach(() => api.post(clusters, cluster()).expect(201));

  it('are listed like other resources, of one namespace and of all', async () => {
    const body: unknown = (
      await api.get(`${root}/kubedirectorroles?labelSelector=kubedirector.hpe.com/role=keeper`).expect(200)
    ).body;
    expect(body).toMatchObject({ kind: 'KubeDirectorRoleList', items: [{ metadata: { name: 'live.keeper' } }] });
    const elsewhere = await api.get(`${root}/namespaces/other/kubedirectorroles`).expect(200);
    expect((elsewhere.body as { items: unknown[] }).items).toEqual([]);
    await api.get(`${inDefault}/kubedirectorroles/live.nothing`).expect(404);
  });

  it('are shown as tables', async () => {
    const body: unknown = (await api.table(`${inDefault}/kubedirectorroles`).expect(200)).body;
    const { columnDefinitions, rows } = body as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
    expect(columnDefinitions.slice(0, 4).map(({ name }) => name)).toEqual(['Name', 'Cluster', 'Role', 'Desired']);
    expect(rows.map(({ cells }) => cells.slice(0, 4))).toContainEqual(['live.keeper', 'live', 'keeper', 3]);
  });

  it.each(['kubedirectorroles', 'kubedirectorendpoints'])('%s can not be written', async (plural) => {
    await api.post(`${inDefault}/${plural}`, {}).expect(405);
    await api.put(`${inDefault}/${plural}/live.broker`, {}).expect(405);
    await api.delete(`${inDefault}/${plural}/live.broker`).expect(405);
    await api.delete(`${inDefault}/${plural}`).expect(405);
  });

  it('show the addresses of members, also as a subresource', async () => {
    const member = {
      pod: 'p-0',
      service: 's-p-0',
      nodeID: 1,
      state: 'configured',
      stateDetail: { lastKnownContainerState: 'running' },
    };
    const status = { state: 'configured', roles: [{ id: 'console', statefulSet: 'p', members: [member] }] };
    await api.patch(`${clusters}/live/status`, { status }).expect(200);
    const url = 'http://s-p-0.default.svc.cluster.local:9021/';
    const body: unknown = (await api.get(`${inDefault}/kubedirectorendpoints/p-0.console`).expect(200)).body;
    expect(body).toMatchObject({ kind: 'KubeDirectorEndpoint', status: { url, ready: true, externalURLs: [] } });
    const all: unknown = (await api.get(`${clusters}/live/endpoints`).expect(200)).body;
    expect(all).toMatchObject({ kind: 'ClusterEndpoints', endpoints: [{ service: 'console', member: 'p-0', url }] });
  });
});

describe('discovery', () => {
  it('knows short names and subresources', async () => {
    const body: unknown = (await api.get(root).expect(200)).body;
    const { resources: known } = body as {
      resources: { name: string; kind: string; shortNames?: string[]; verbs: string[] }[];
    };
    const of = (name: string) => known.find((one) => one.name === name);
    expect(of('kubedirectorclusters')?.shortNames).toContain('kdcluster');
    expect(of('kubedirectorroles')).toMatchObject({ kind: 'KubeDirectorRole', verbs: ['get', 'list', 'watch'] });
    expect(of('kubedirectorroles/scale')?.kind).toBe('Scale');
    expect(of('kubedirectorclusters/endpoints')).toMatchObject({ kind: 'ClusterEndpoints', verbs: ['get'] });
    expect(of('kubedirectorclusters/status')?.verbs.sort()).toEqual(['get', 'patch', 'update']);
  });
});

describe('the global configuration', () => {
  it('hides its key from users who may not read it, and keeps the key when they write', async () => {
    const configs = `${root}/namespaces/kubedirector/kubedirectorconfigs`;
    const sent = {
      apiVersion: 'kubedirector.hpe.com/v1beta1',
      kind: 'KubeDirectorConfig',
      metadata: { name: 'kd-global-config' },
      spec: { masterEncryptionKey: 'ab'.repeat(16) },
    };
    const answers = [
      await api.post(configs, sent).expect(201),
      await api.get(`${configs}/kd-global-config`).expect(200),
      await api.get(configs).expect(200),
      await api.patch(`${configs}/kd-global-config`, { spec: { backupClusterStatus: true } }).expect(200),
    ];
    expect(answers.map(({ text }) => text.includes('masterEncryptionKey'))).toEqual([false, false, false, false]);
    const { cache } = api.server.registry<KubeDirectorConfig>('kubedirector.hpe.com', 'kubedirectorconfigs');
    expect(cache.get('kubedirector', 'kd-global-config')?.object.spec).toMatchObject({
      ...sent.spec,
      backupClusterStatus: true,
    });
  });
});
