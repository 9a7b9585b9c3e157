/** What a changed cluster would come to, asked for as data. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterPlan, ClusterSpec, KubeDirectorCluster, RoleStatus } from '../../src/apis/kubedirector/types.ts';
import { minimalApp, minimalCluster } from '../unit/registry/objects.ts';
import { GroupApi, inDefault, root } from './group-api.ts';

const one = `${inDefault}/kubedirectorclusters/one`;
let api: GroupApi;

/** With one member that runs. */
beforeEach(async () => {
  api = await GroupApi.started();
  await api.post(`${inDefault}/kubedirectorapps`, minimalApp).expect(201);
  const made = (await api.post(`${inDefault}/kubedirectorclusters`, minimalCluster).expect(201)).body as object;
  const stateDetail = { lastConfiguredContainer: 'c' };
  const member = { pod: 'set-0', service: 'n/a', nodeID: 1, revision: 'earlier', state: 'configured', stateDetail };
  const role = { id: 'only', statefulSet: 'set', members: [member], updateRevision: 'earlier' } as RoleStatus;
  await api.put(`${one}/status`, { ...made, status: { roles: [role] } }).expect(200);
  api.native.pods.put({
    ...{ apiVersion: 'v1', kind: 'Pod', spec: { containers: [] } },
    metadata: {
      ...{ name: 'set-0', namespace: 'default', uid: 'p', creationTimestamp: '2026-01-01T00:00:00Z' },
      labels: { 'kubedirector.hpe.com/kdcluster': 'one' },
      annotations: { 'kubedirector.hpe.com/revision': 'earlier' },
    },
  });
});
afterEach(() => api.stop());

const read = async () => (await api.get(one).expect(200)).body as KubeDirectorCluster;
async function planned(edit: (spec: ClusterSpec) => ClusterSpec): Promise<ClusterPlan> {
  const { apiVersion, kind, spec } = await read();
  const body = { apiVersion, kind, metadata: { name: 'one' }, spec: edit(spec) };
  return (await api.post(`${one}/plan`, body).expect(201)).body as ClusterPlan;
}
const withRole = (change: object) => (spec: ClusterSpec) => ({
  ...spec,
  roles: spec.roles.map((role) => ({ ...role, ...change })),
});

describe('the plan of a cluster', () => {
  it('says what happens to members, and changes nothing', async () => {
    const before = await read();
    const plan = await planned(withRole({ env: [{ name: 'A', value: '7' }], members: 3 }));
    expect(plan).toMatchObject({ kind: 'ClusterPlan', metadata: { name: 'one', namespace: 'default' } });
    expect(plan.changes).toEqual([
      expect.objectContaining({ role: 'only', class: 'live', action: 'Join', count: 2, fields: ['members'] }),
      {
        ...{ role: 'only', class: 'rolling', action: 'Restart', count: 1, members: ['set-0'], fields: ['env'] },
        message: 'role only: 1 member restarts: env changed',
      },
    ]);
    expect(await read()).toEqual(before);
  });

  it('says that the cluster moves to another app, or why it can not', async () => {
    const spec = { ...minimalApp.spec, defaultImageRepoTag: 'example/minimal:2' };
    await api.post(`${inDefault}/kubedirectorapps`, { ...minimalApp, metadata: { name: 'next' }, spec }).expect(201);
    const current = await read();
    await api.put(`${one}/status`, { ...current, status: { ...current.status, app: 'minimal' } }).expect(200);
    const move = () => planned((now) => ({ ...now, app: 'next' }));
    expect((await move()).changes).toEqual([expect.objectContaining({ class: 'refused', fields: ['spec.app'] })]);
    await api.patch(`${inDefault}/kubedirectorapps/minimal`, { spec: { upgradable: true } }).expect(200);
    expect((await move()).changes).toEqual([
      {
        ...{ class: 'rolling', action: 'Upgrade', count: 1, members: ['set-0'], fields: ['app'] },
        message: 'the cluster is upgraded from app minimal to app next: 1 member',
      },
      expect.objectContaining({
        role: 'only',
        action: 'Restart',
        message: 'role only: 1 member restarts: app changed',
      }),
    ]);
  });

  it('is empty where no member notices the change', async () => {
    expect((await planned(withRole({ podLabels: { a: 'b' } }))).changes).toEqual([]);
  });

  it('tells everything that would be refused, by role where it is of one', async () => {
    const plan = await planned((spec) => ({ ...withRole({ storage: { size: '1Gi' } })(spec), app: 'other' }));
    expect(plan.changes.map(({ class: kind, role, fields }) => [kind, role, fields])).toEqual(
      expect.arrayContaining([
        ['refused', undefined, ['spec.app']],
        ['refused', 'only', ['spec.roles[0].storage']],
      ]),
    );
    expect(new Set(plan.changes.map(({ class: kind }) => kind))).toEqual(new Set(['refused']));
  });

  it('is refused itself for a body of another kind, and not found without the cluster', async () => {
    await api.post(`${one}/plan`, { kind: 'KubeDirectorApp' }).expect(400);
    const { apiVersion, kind, spec } = await read();
    await api.post(`${inDefault}/kubedirectorclusters/none/plan`, { apiVersion, kind, spec }).expect(404);
    await api.get(`${one}/plan`).expect(405);
  });

  it('is in discovery', async () => {
    const { resources } = (await api.get(root).expect(200)).body as { resources: { name: string }[] };
    const found = resources.find(({ name }) => name === 'kubedirectorclusters/plan');
    expect(found).toMatchObject({ kind: 'KubeDirectorCluster', verbs: ['create'] });
  });
});
