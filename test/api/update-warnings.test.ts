/** What is told to who changes a cluster: what happens to its members. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeDirectorCluster, RoleStatus } from '../../src/apis/kubedirector/types.ts';
import { minimalApp, minimalCluster } from '../unit/registry/objects.ts';
import { GroupApi, inDefault } from './group-api.ts';

const one = `${inDefault}/kubedirectorclusters/one`;
const pods = ['set-0', 'set-1', 'set-2'];
const env = [{ name: 'A', value: '7' }];
let api: GroupApi;

/** With three members that run. */
beforeEach(async () => {
  api = await GroupApi.started();
  await api.post(`${inDefault}/kubedirectorapps`, minimalApp).expect(201);
  const roles = minimalCluster.spec.roles.map((role) => ({ ...role, members: 3 }));
  const cluster = { ...minimalCluster, spec: { ...minimalCluster.spec, roles } };
  const made = (await api.post(`${inDefault}/kubedirectorclusters`, cluster).expect(201)).body as KubeDirectorCluster;
  const members = pods.map((pod, nodeID) => ({
    ...{ pod, service: 'n/a', nodeID, revision: 'earlier' },
    ...{ state: 'configured', stateDetail: { lastConfiguredContainer: pod } },
  }));
  const role = { id: 'only', statefulSet: 'set', members, updateRevision: 'earlier' } as RoleStatus;
  await status(made, role);
  for (const name of pods) {
    api.native.pods.put({
      ...{ apiVersion: 'v1', kind: 'Pod', spec: { containers: [] } },
      metadata: {
        ...{ name, namespace: 'default', uid: name, creationTimestamp: '2026-01-01T00:00:00Z' },
        labels: { 'kubedirector.hpe.com/kdcluster': 'one' },
        annotations: { 'kubedirector.hpe.com/revision': 'earlier' },
      },
    });
  }
});
afterEach(() => api.stop());

const status = (cluster: KubeDirectorCluster, role: RoleStatus) =>
  api.put(`${one}/status`, { ...cluster, status: { ...cluster.status, roles: [role] } }).expect(200);
const read = async () => (await api.get(one).expect(200)).body as KubeDirectorCluster;
const changed = async (role: object, query = ''): Promise<string | undefined> => {
  const body = { spec: { roles: [{ id: 'only', ...role }] } };
  return (await api.patch(`${one}${query}`, body, 'strategic-merge-patch').expect(200)).headers['warning'];
};

const restart = '299 - "role only: 3 members restart, one at a time: env changed"';

describe('a change of a cluster', () => {
  it('is answered with what it does to members, in a dry run and really', async () => {
    expect(await changed({ env }, '?dryRun=All')).toBe(restart);
    expect((await read()).spec.roles[0]).not.toHaveProperty('env');
    expect(await changed({ env })).toBe(restart);
  });

  it('is answered so whatever the verb', async () => {
    const cluster = await read();
    const roles = cluster.spec.roles.map((role) => ({ ...role, env }));
    const put = await api.put(`${one}?dryRun=All`, { ...cluster, spec: { ...cluster.spec, roles } }).expect(200);
    expect(put.headers['warning']).toBe(restart);
    const { apiVersion, kind } = cluster;
    const applied = { apiVersion, kind, metadata: { name: 'one' }, spec: { roles: [{ id: 'only', env }] } };
    const answer = await api.apply(`${one}?dryRun=All&fieldManager=me`, applied).expect(200);
    expect(answer.headers['warning']).toBe(restart);
  });

  it('through a subresource is, too', async () => {
    const scale = await api.patch(`${one}/scale`, { spec: { replicas: 5 } }).expect(200);
    expect(scale.headers['warning']).toBe('299 - "role only: 2 members join"');
    const again = await api.post(`${one}/restart?dryRun=All`, {}).expect(201);
    expect(again.headers['warning']).toBe('299 - "role only: 3 members restart, one at a time: restartedAt changed"');
    const stop = await api.post(`${one}/suspend`, {}).expect(201);
    expect(stop.headers['warning']).toContain('the cluster stops: 3 members');
  });

  it('that no member notices is answered without warnings', async () => {
    expect(await changed({ podLabels: { a: 'b' } })).toBeUndefined();
    const labelled = await api.patch(one, { metadata: { labels: { a: 'b' } } }).expect(200);
    expect(labelled.headers['warning']).toBeUndefined();
    const cluster = await read();
    const [role] = cluster.status?.roles ?? [];
    if (role === undefined) throw new Error('no role');
    const written = await status(cluster, { ...role, members: role.members.slice(0, 2) });
    expect(written.headers['warning']).toBeUndefined();
  });

  it('that is refused tells nothing of what it would do', async () => {
    const body = { spec: { roles: [{ id: 'only', env, storage: { size: '1Gi' } }] } };
    const answer = await api.patch(one, body, 'strategic-merge-patch').expect(422);
    expect(answer.headers['warning']).toBeUndefined();
  });

  it('that is paused says so first', async () => {
    const annotations = { 'kubedirector.hpe.com/paused': 'true' };
    await api.patch(one, { metadata: { annotations } }).expect(200);
    const warning = await changed({ env });
    expect(warning).toMatch(
      /^299 - "nothing happens to members while .*paused; after that:", 299 - "role only: 3 members/,
    );
  });
});
