/** Clusters that nobody deletes by mistake. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minimalApp, minimalCluster } from '../unit/registry/objects.ts';
import { GroupApi, inDefault } from './group-api.ts';

const annotation = 'kubedirector.hpe.com/deletion-protection';
const clusters = `${inDefault}/kubedirectorclusters`;
let api: GroupApi;

const named = (name: string, value?: string): object => ({
  ...minimalCluster,
  metadata: { name, ...(value === undefined ? {} : { annotations: { [annotation]: value } }) },
});

beforeEach(async () => {
  api = await GroupApi.started();
  await api.post(`${inDefault}/kubedirectorapps`, minimalApp).expect(201);
});
afterEach(() => api.stop());

describe('a protected cluster', () => {
  it('is not deleted, and the answer says how the protection is lifted', async () => {
    await api.post(clusters, named('kept', 'true')).expect(201);
    const answer = await api.delete(`${clusters}/kept`).expect(409);
    expect(answer.body).toMatchObject({ reason: 'Conflict', details: { name: 'kept' } });
    expect(answer.text).toContain(`kubectl annotate kdcluster kept -n default ${annotation}-`);
    await api.delete(`${clusters}/kept?dryRun=All`).expect(409);
    await api.get(`${clusters}/kept`).expect(200);
    await api.patch(`${clusters}/kept`, { metadata: { annotations: { [annotation]: null } } }).expect(200);
    await api.delete(`${clusters}/kept`).expect(200);
    await api.get(`${clusters}/kept`).expect(404);
  });

  it('is not deleted with a collection', async () => {
    await api.post(clusters, named('kept', 'true')).expect(201);
    await api.post(clusters, named('other')).expect(201);
    await api.delete(clusters).expect(409);
    await api.get(`${clusters}/kept`).expect(200);
  });

  it('goes with its namespace', async () => {
    await api.post(clusters, named('kept', 'true')).expect(201);
    const ending = { name: 'default', deletionTimestamp: '2026-01-01T00:00:00Z' };
    api.native.namespaces.put({ apiVersion: 'v1', kind: 'Namespace', metadata: ending });
    await api.delete(clusters).expect(200);
    await api.get(`${clusters}/kept`).expect(404);
  });

  it('is one whose annotation has the value "true"; other values are warned of', async () => {
    const made = await api.post(clusters, named('loose', 'yes')).expect(201);
    expect(made.headers['warning']).toContain('has no effect');
    await api.delete(`${clusters}/loose`).expect(200);
    const off = await api.post(clusters, named('off', 'false')).expect(201);
    expect(off.headers['warning']).toBeUndefined();
    await api.delete(`${clusters}/off`).expect(200);
  });
});
