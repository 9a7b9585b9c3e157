/** What is told to who is about to lose volumes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minimalApp, minimalCluster } from '../unit/registry/objects.ts';
import { GroupApi, inDefault } from './group-api.ts';

const clusters = `${inDefault}/kubedirectorclusters`;
let api: GroupApi;

beforeEach(async () => {
  api = await GroupApi.started();
  await api.post(`${inDefault}/kubedirectorapps`, minimalApp).expect(201);
});
afterEach(() => api.stop());

/** With two members that have a volume each. */
async function made(persistentVolumeClaimRetentionPolicy?: object): Promise<void> {
  const roles = minimalCluster.spec.roles.map((role) => ({ ...role, members: 2, storage: { size: '1Gi' } }));
  const spec = { ...minimalCluster.spec, roles, persistentVolumeClaimRetentionPolicy };
  const answer = await api.post(clusters, { ...minimalCluster, spec }).expect(201);
  const members = [0, 1].map((nodeID) => ({
    ...{ pod: `set-${nodeID}`, service: 'n/a', nodeID, pvc: `p-set-${nodeID}` },
    ...{ state: 'configured', stateDetail: {} },
  }));
  const status = { roles: [{ id: 'only', statefulSet: 'set', members }] };
  await api.put(`${clusters}/one/status`, { ...(answer.body as object), status }).expect(200);
}

const scaled = async (members: number): Promise<string | undefined> => {
  const roles = [{ id: 'only', members }];
  const answer = await api.patch(`${clusters}/one`, { spec: { roles } }, 'strategic-merge-patch').expect(200);
  return answer.headers['warning'];
};
const deleted = async (): Promise<string | undefined> =>
  (await api.delete(`${clusters}/one`).expect(200)).headers['warning'];

describe('a cluster that does not say what becomes of its volumes', () => {
  it('warns where members leave, and where it is deleted', async () => {
    await made();
    expect(await scaled(3)).not.toContain('PersistentVolumeClaims');
    expect(await scaled(1)).toMatch(/1 member leaves, .* are deleted; set .*whenScaled to Retain/);
    expect(await deleted()).toMatch(/are deleted, too; set .*whenDeleted to Retain/);
  });

  it('warns in a dry run, too, and through the scale subresource', async () => {
    await made();
    const scale = { spec: { replicas: 1 } };
    const answer = await api.patch(`${clusters}/one/scale?dryRun=All`, scale).expect(200);
    expect(answer.headers['warning']).toContain('whenScaled');
  });
});

describe('a cluster that says it', () => {
  it.each(['Delete', 'Retain'])('tells of no other way (%s)', async (what) => {
    await made({ whenScaled: what, whenDeleted: what });
    const end = what === 'Delete' ? 'are deleted' : 'stay';
    expect(await scaled(1)).toBe(`299 - "role only: 1 member leaves, and its PersistentVolumeClaims ${end}"`);
    expect(await deleted()).toBeUndefined();
  });
});
