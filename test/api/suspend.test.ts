/** The subresources that stop clusters and start them again. */
import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterRole } from '../../src/apis/kubedirector/types.ts';
import { minimalApp, minimalCluster } from '../unit/registry/objects.ts';
import { GroupApi, inDefault, root } from './group-api.ts';

const one = `${inDefault}/kubedirectorclusters/one`;
let api: GroupApi;

beforeEach(async () => {
  api = await GroupApi.started();
  await api.post(`${inDefault}/kubedirectorapps`, minimalApp).expect(201);
  await api.post(`${inDefault}/kubedirectorclusters`, minimalCluster).expect(201);
});
afterEach(() => api.stop());

interface Answer {
  readonly spec: { readonly suspend?: boolean };
  readonly metadata: {
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly managedFields: readonly { readonly manager: string; readonly fieldsV1: object }[];
  };
}

const read = async (): Promise<Answer> => (await api.get(one).expect(200)).body as Answer;

describe('a cluster', () => {
  it('is suspended and resumed without a body, by who is then the owner of the field', async () => {
    const answer = await api.post(`${one}/suspend?fieldManager=night`, {}).expect(201);
    expect(answer.body).toMatchObject({
      ...{ kind: 'Status', apiVersion: 'v1', status: 'Success' },
      details: { name: 'one', group: 'kubedirector.hpe.com', kind: 'kubedirectorclusters' },
    });
    const { spec, metadata } = await read();
    expect([spec.suspend, metadata.generation]).toEqual([true, 2]);
    const owned = metadata.managedFields.find(({ manager }) => manager === 'night');
    expect(owned?.fieldsV1).toEqual({ 'f:spec': { 'f:suspend': {} } });
    await api.post(`${one}/resume`, {}).expect(201);
    expect((await read()).spec.suspend).toBe(false);
  });

  it('is suspended by a request without a body, and by one in YAML', async () => {
    await supertest(api.server.app).post(`${one}/suspend`).expect(201);
    expect((await read()).spec.suspend).toBe(true);
    await api.yaml(`${one}/resume`, 'kind: ResumeOptions\n').expect(201);
    expect((await read()).spec.suspend).toBe(false);
  });

  it('is not written where it is so already', async () => {
    const { metadata } = await read();
    await api.post(`${one}/resume`, {}).expect(201);
    expect((await read()).metadata.resourceVersion).toBe(metadata.resourceVersion);
    expect((await read()).spec).not.toHaveProperty('suspend');
  });

  it('is changed by nothing but a POST', async () => {
    for (const path of ['suspend', 'resume', 'restart']) {
      await api.get(`${one}/${path}`).expect(405);
      await api.put(`${one}/${path}`, {}).expect(405);
    }
  });

  it('stays as it is in a dry run, and where it is not the one that was meant', async () => {
    await api.post(`${one}/suspend?dryRun=All`, {}).expect(201);
    await api.post(`${one}/suspend`, { metadata: { uid: 'other' } }).expect(409);
    await api.post(`${one}/suspend`, { metadata: { resourceVersion: '1' } }).expect(409);
    await api.post(`${one}/suspend`, { kind: 'ResumeOptions' }).expect(400);
    expect((await read()).spec).not.toHaveProperty('suspend');
    const { uid, resourceVersion } = (await read()).metadata;
    await api.post(`${one}/suspend`, { metadata: { uid, resourceVersion } }).expect(201);
  });

  it('that does not exist is not found', async () => {
    await api.post(`${inDefault}/kubedirectorclusters/none/suspend`, {}).expect(404);
  });
});

describe('a restart', () => {
  interface Restarted {
    readonly spec: { readonly restartedAt?: string; readonly roles: readonly { readonly restartedAt?: string }[] };
  }
  const spec = async () => ((await api.get(one).expect(200)).body as Restarted).spec;

  it('is of all members, or of those of some roles', async () => {
    await api.post(`${one}/restart`, { roles: ['only'] }).expect(201);
    expect((await spec()).restartedAt).toBeUndefined();
    expect((await spec()).roles[0]?.restartedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    await api.post(`${one}/restart`, {}).expect(201);
    const { restartedAt = '', roles } = await spec();
    expect(Date.parse(restartedAt)).toBeGreaterThanOrEqual(Date.parse(roles[0]?.restartedAt ?? ''));
  });

  it('is refused with a field that does not exist: it would be of more than was meant', async () => {
    const refused = await api.post(`${one}/restart`, { pods: ['kdss-0'] }).expect(422);
    expect(refused.text).toContain('pods: Forbidden: unknown field');
    expect((await spec()).restartedAt).toBeUndefined();
  });

  it('is of roles that the cluster has', async () => {
    const refused = await api.post(`${one}/restart`, { roles: ['only', 'none'] }).expect(422);
    expect(refused.text).toContain("must be one of the cluster's roles: only");
    await api.post(`${one}/restart`, { roles: 'only' }).expect(422);
    expect((await spec()).roles[0]?.restartedAt).toBeUndefined();
  });
});

describe('a restart of members', () => {
  const role = `${inDefault}/kubedirectorroles/one.only`;
  const roles = async () =>
    ((await api.get(one).expect(200)).body as { spec: { roles: readonly ClusterRole[] } }).spec.roles;
  const members = (...pods: readonly string[]) =>
    pods.map((pod, index) => ({ ...{ pod, service: 'n/a', nodeID: index + 1 }, state: 'configured', stateDetail: {} }));
  beforeEach(async () => {
    const status = {
      state: 'configured',
      roles: [{ id: 'only', statefulSet: 'set', members: members('set-0', 'set-1') }],
    };
    await api.put(`${one}/status`, { ...((await api.get(one)).body as object), status }).expect(200);
  });

  it('names them in the spec, and forgets those that are gone', async () => {
    await api.post(`${one}/restart`, { members: ['set-0'] }).expect(201);
    const [first] = await roles();
    expect(first?.memberRestarts).toMatchObject([{ pod: 'set-0', restartedAt: expect.any(String) as string }]);
    expect(first?.restartedAt).toBeUndefined();
    await api.post(`${role}/restart`, { members: ['set-1'] }).expect(201);
    expect((await roles())[0]?.memberRestarts?.map(({ pod }) => pod)).toEqual(['set-0', 'set-1']);
  });

  it('is refused for a member that does not exist', async () => {
    for (const path of [one, role]) {
      const refused = await api.post(`${path}/restart`, { members: ['set-0', 'set-7'] }).expect(422);
      expect(refused.text).toContain('members[1]: Not found: ');
    }
    expect((await roles())[0]?.memberRestarts).toBeUndefined();
  });

  it('is of all members of a role where none is named', async () => {
    const answer = await api.post(`${role}/restart`, {}).expect(201);
    expect(answer.body).toMatchObject({ kind: 'Status', details: { name: 'one.only', kind: 'kubedirectorroles' } });
    expect((await roles())[0]?.restartedAt).toBeDefined();
    await api.post(`${role}/restart`, { roles: ['only'] }).expect(422);
    await api.post(`${role}/restart`, { metadata: { uid: 'other' } }).expect(409);
    await api.post(`${inDefault}/kubedirectorroles/one.none/restart`, {}).expect(404);
  });
});

describe('the documents', () => {
  it('show the subresources with the verb create', async () => {
    const { resources } = (await api.get(root).expect(200)).body as {
      resources: readonly { name: string; kind: string; verbs: readonly string[] }[];
    };
    const find = (name: string) => resources.find((resource) => resource.name === `kubedirectorclusters/${name}`);
    expect(find('suspend')).toMatchObject({ kind: 'SuspendOptions', verbs: ['create'] });
    expect(find('resume')).toMatchObject({ kind: 'ResumeOptions', verbs: ['create'] });
    expect(find('restart')).toMatchObject({ kind: 'RestartOptions', verbs: ['create'] });
  });

  it('say that the body may be left out, and that the answer is a Status', async () => {
    const { paths } = (await api.get('/openapi/v3/apis/kubedirector.hpe.com/v1beta1').expect(200)).body as {
      paths: Readonly<Record<string, { post?: { requestBody?: { required?: boolean }; responses?: object } }>>;
    };
    const path = Object.keys(paths).find((one) => one.endsWith('/kubedirectorclusters/{name}/suspend'));
    const { post } = paths[path ?? ''] ?? {};
    expect(post?.requestBody?.required ?? false).toBe(false);
    expect(JSON.stringify(post?.responses)).toContain('meta.v1.Status');
  });
});
