import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import type { ManagedFieldsEntry } from '../../src/meta/object.ts';
import { GroupApi, inDefault, root } from './group-api.ts';

interface Answer {
  readonly status: number;
  readonly body: KubeDirectorCluster & { message?: string; details?: { causes?: readonly { field?: string }[] } };
}

const resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } };
const cluster = (name: string, roles: readonly object[] = [{ id: 'worker', members: 1, resources }]) => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name },
  spec: { app: 'web', roles },
});

describe('server-side apply of the group', () => {
  let api: GroupApi;

  beforeAll(async () => {
    api = await GroupApi.started();
    await api.post(`${inDefault}/kubedirectorapps`, app).expect(201);
  });
  afterAll(() => {
    api.stop();
  });

  const app = {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: 'KubeDirectorApp',
    metadata: { name: 'web' },
    spec: {
      label: { name: 'Web' },
      distroID: 'test/web',
      version: '1',
      configSchemaVersion: 7,
      defaultImageRepoTag: 'web:1',
      defaultConfigPackage: null,
      services: [],
      roles: [{ id: 'worker', cardinality: '0+' }],
      config: { selectedRoles: ['worker'], roleServices: [] },
    },
  };

  async function apply(path: string, body: object, query = 'fieldManager=alice'): Promise<Answer> {
    const answer = await api.apply(`${path}?${query}`, body);
    return { status: answer.status, body: answer.body as Answer['body'] };
  }
  const applyCluster = (name: string, body: object, query?: string) =>
    apply(`${inDefault}/kubedirectorclusters/${name}`, body, query);
  const entriesOf = ({ body }: Answer): readonly ManagedFieldsEntry[] => body.metadata.managedFields ?? [];

  it('creates, and writes nothing when the same file is applied again', async () => {
    const first = await applyCluster('same', cluster('same'));
    expect(first.status).toBe(201);
    const again = await applyCluster('same', cluster('same'));
    expect(again.status).toBe(200);
    expect(again.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  it('writes nothing when an app is applied again whose defaults were copied into its roles', async () => {
    const path = `${inDefault}/kubedirectorapps/defaulted`;
    const own = { ...app, metadata: { name: 'defaulted' } };
    const first = await apply(path, own);
    const again = await apply(path, own);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  it('brings a changed default of an app to its roles, and conflicts with nobody', async () => {
    const path = `${inDefault}/kubedirectorapps/changing`;
    const own = { ...app, metadata: { name: 'changing' } };
    await apply(path, own);
    const changed = await apply(path, { ...own, spec: { ...own.spec, defaultImageRepoTag: 'web:2' } });
    expect(changed.body.spec).toMatchObject({ roles: [{ id: 'worker', imageRepoTag: 'web:2' }] });
  });

  it('makes whoever scales the owner of the number of members, and tells the applier about the conflict', async () => {
    await applyCluster('scaled', cluster('scaled'));
    const scale = `${inDefault}/kubedirectorclusters/scaled/scale`;
    await api.patch(`${scale}?fieldManager=hpa`, { spec: { replicas: 3 } }).expect(200);
    const refused = await applyCluster('scaled', cluster('scaled'));
    expect(refused.status).toBe(409);
    expect(refused.body.message).toContain(
      'conflict with "hpa" with subresource "scale" using kubedirector.hpe.com/v1beta1: .spec.roles[id="worker"].members',
    );
    expect(refused.body.details?.causes).toMatchObject([{ field: '.spec.roles[id="worker"].members' }]);
    const forced = await applyCluster('scaled', cluster('scaled'), 'fieldManager=alice&force=true');
    expect(forced.body.spec.roles[0]?.members).toBe(1);
    expect(entriesOf(forced).map(({ manager }) => manager)).not.toContain('hpa');
  });

  it('applies a scale through the kdrole, too', async () => {
    await applyCluster('roles', cluster('roles'));
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'roles.worker' } };
    const path = `${inDefault}/kubedirectorroles/roles.worker/scale`;
    await expect.poll(async () => (await api.get(path)).status).toBe(200);
    const conflict = await apply(path, { ...scale, spec: { replicas: 4 } }, 'fieldManager=bob');
    expect(conflict.status).toBe(409);
    const forced = await apply(path, { ...scale, spec: { replicas: 4 } }, 'fieldManager=bob&force=true');
    expect(forced.body.spec).toEqual({ replicas: 4 });
    const written = await api.get(`${inDefault}/kubedirectorclusters/roles`);
    const { managedFields } = (written.body as KubeDirectorCluster).metadata;
    expect(managedFields).toContainEqual(
      expect.objectContaining({
        ...{ manager: 'bob', operation: 'Apply', subresource: 'scale' },
        fieldsV1: { 'f:spec': { 'f:roles': { 'k:{"id":"worker"}': { 'f:members': {} } } } },
      }),
    );
  });

  it('lets a manager give up a field that another one holds', async () => {
    await applyCluster('shared', cluster('shared'));
    const withoutMembers = { id: 'worker', resources };
    await applyCluster('shared', cluster('shared'), 'fieldManager=bob');
    const given = await applyCluster('shared', cluster('shared', [withoutMembers]));
    expect(given.status).toBe(200);
    expect(given.body.spec.roles[0]?.members).toBe(1);
  });

  it('refuses a role twice, and a role without its id, and stores nothing', async () => {
    const role = { id: 'worker', members: 1, resources };
    const twice = await applyCluster('bad', cluster('bad', [role, role]));
    const nameless = await applyCluster('bad', cluster('bad', [{ members: 1, resources }]));
    expect([twice.status, nameless.status]).toEqual([422, 422]);
    expect(twice.body.message).toContain('.spec.roles: duplicate entries for key [id="worker"]');
    expect(nameless.body.message).toContain(
      '.spec.roles: element 0: associative list with keys has an element that omits all key fields',
    );
    await api.get(`${inDefault}/kubedirectorclusters/bad`).expect(404);
  });

  it('does not show a secret in managedFields, and leaves an unchanged one as it is', async () => {
    const configs = `${root}/namespaces/kubedirector/kubedirectorconfigs`;
    await api
      .post(configs, {
        apiVersion: 'kubedirector.hpe.com/v1beta1',
        kind: 'KubeDirectorConfig',
        metadata: { name: 'kd-global-config' },
        spec: { masterEncryptionKey: 'cd'.repeat(16) },
      })
      .expect(201);
    const roles = [{ id: 'worker', members: 1, resources, secretKeys: [{ name: 'pass', value: 'hunter2' }] }];
    const first = await applyCluster('secret', cluster('secret', roles));
    const again = await applyCluster('secret', cluster('secret', roles));
    expect(first.status).toBe(201);
    expect(again.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
    const other = [{ ...roles[0], secretKeys: [{ name: 'pass', value: 'hunter3' }] }];
    const refused = await applyCluster('secret', cluster('secret', other), 'fieldManager=bob');
    expect(JSON.stringify([first.body, again.body, refused.body])).not.toMatch(/hunter/);
  });

  it('conflicts about a hidden field whatever its value is, so that nobody can guess the value', async () => {
    const path = `${root}/namespaces/kubedirector/kubedirectorconfigs/kd-global-config`;
    const config = { apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorConfig' };
    const guess = (masterEncryptionKey: string) =>
      apply(
        path,
        { ...config, metadata: { name: 'kd-global-config' }, spec: { masterEncryptionKey } },
        'fieldManager=eve',
      );
    const right = await guess('cd'.repeat(16));
    const wrong = await guess('ab'.repeat(16));
    expect([right.status, wrong.status]).toEqual([409, 409]);
    expect(right.body.message).toBe(wrong.body.message);
    const shown = await api.get(path);
    expect(shown.text).not.toContain('masterEncryptionKey');
  });
});
