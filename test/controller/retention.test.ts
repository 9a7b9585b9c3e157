/** Volumes that outlive their members, or their cluster. */
import { describe, expect, test } from 'vitest';
import type { ClusterSpec, KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import { membersOf, podOf, sample, sampleCluster, scale, statusOf } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

type Policy = NonNullable<ClusterSpec['persistentVolumeClaimRetentionPolicy']>;

const retained = 'kubedirector.hpe.com/retained';
const storage = { size: '1Gi', storageClassName: 'standard' };

const withPolicy =
  (policy: Policy, members = 2) =>
  ({ spec }: KubeDirectorCluster): void => {
    spec.persistentVolumeClaimRetentionPolicy = policy;
    spec.roles = spec.roles.map((role) => (role.id === 'work' ? { ...role, storage, members } : role));
  };

const claims = () => world.claims.list().map(({ metadata }) => metadata);
const identities = (): [string, string][] => claims().map(({ name, uid }): [string, string] => [name, uid]);
const said = (text: string): boolean => world.events.some(({ message }) => message.includes(text));

describe('whenScaled: Retain', () => {
  test('keeps the volumes of members that leave, for those that come under their numbers', async () => {
    await configured(withPolicy({ whenScaled: 'Retain' }));
    const before = identities();
    scale(world, 'work', 1);
    await world.settle();
    expect(membersOf(world, 'work')).toHaveLength(1);
    expect(identities()).toEqual(before);
    expect(claims().map(({ annotations = {} }) => retained in annotations)).toEqual([false, false, true].sort());
    scale(world, 'work', 3);
    await world.settle();
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual(Array(3).fill('configured'));
    expect(identities()).toEqual(expect.arrayContaining(before));
    expect(claims().some(({ annotations = {} }) => retained in annotations)).toBe(false);
  });

  test('counts for a role that goes to no members and back, too', async () => {
    await configured(withPolicy({ whenScaled: 'Retain' }));
    const before = identities();
    const pod = podOf(world, 'work');
    scale(world, 'work', 0);
    await world.settle();
    expect(world.statefulSets.list()).toHaveLength(2);
    expect(identities()).toEqual(before);
    scale(world, 'work', 2);
    await world.settle();
    expect(podOf(world, 'work')).toBe(pod);
    expect(identities()).toEqual(before);
    expect(said('takes up PersistentVolumeClaims')).toBe(true);
  });

  test('alone does not keep them when the cluster is deleted', async () => {
    await configured(withPolicy({ whenScaled: 'Retain' }));
    scale(world, 'work', 1);
    await world.settle();
    world.clusters.direct.remove(sample);
    await world.settle();
    expect(claims()).toEqual([]);
  });

  test('that is taken back does not delete what was retained', async () => {
    await configured(withPolicy({ whenScaled: 'Retain' }));
    const before = identities();
    scale(world, 'work', 1);
    await world.settle();
    world.clusters.direct.change(sample, ({ spec }) => (spec.persistentVolumeClaimRetentionPolicy = {}));
    await world.settle();
    expect(identities()).toEqual(before);
  });
});

describe('whenDeleted: Retain', () => {
  async function deleted(): Promise<[string, string][]> {
    const before = identities();
    world.clusters.direct.remove(sample);
    await world.settle();
    expect(world.clusters.list()).toEqual([]);
    return before;
  }

  test('keeps volumes out of reach of the garbage collector, from the beginning', async () => {
    await configured(withPolicy({ whenDeleted: 'Retain' }));
    expect(claims().flatMap(({ ownerReferences = [] }) => ownerReferences)).toEqual([]);
    const before = await deleted();
    expect(before).toHaveLength(3);
    expect(identities()).toEqual(before);
    expect([...world.statefulSets.list(), ...world.services.list(), ...world.pods.list()]).toEqual([]);
  });

  test('counts from when it is said: the cluster is no longer the owner of what it has', async () => {
    await configured(withPolicy({}));
    expect(claims().every(({ ownerReferences }) => ownerReferences?.length === 1)).toBe(true);
    world.clusters.direct.change(sample, withPolicy({ whenDeleted: 'Retain' }));
    await world.settle();
    expect(claims().flatMap(({ ownerReferences = [] }) => ownerReferences)).toEqual([]);
    world.clusters.direct.change(sample, withPolicy({ whenDeleted: 'Delete' }));
    await world.settle();
    expect(claims().every(({ ownerReferences }) => ownerReferences?.length === 1)).toBe(true);
    await deleted();
    expect(claims()).toEqual([]);
  });

  test('lets a new cluster of the name go on with the data, under the names that they know', async () => {
    await configured(withPolicy({ whenDeleted: 'Retain' }));
    const { clusterService } = statusOf(world);
    const pods = [podOf(world, 'head'), podOf(world, 'work'), podOf(world, 'work', 1)];
    const before = await deleted();
    await configured(withPolicy({ whenDeleted: 'Retain' }));
    expect(identities()).toEqual(before);
    expect([podOf(world, 'head'), podOf(world, 'work'), podOf(world, 'work', 1)]).toEqual(pods);
    expect(statusOf(world).clusterService).toBe(clusterService);
    expect(said('role{work} takes up PersistentVolumeClaims that were retained: ')).toBe(true);
  });

  test.each<[string, (cluster: KubeDirectorCluster) => void]>([
    [
      'another size',
      ({ spec }) => (spec.roles = spec.roles.map((role) => ({ ...role, storage: { ...storage, size: '2Gi' } }))),
    ],
    [
      'another class',
      ({ spec }) =>
        (spec.roles = spec.roles.map((role) => ({ ...role, storage: { ...storage, storageClassName: 'odd' } }))),
    ],
    ['no storage', ({ spec }) => spec.roles.forEach((role) => Reflect.deleteProperty(role, 'storage'))],
  ])('leaves them alone where a new cluster asks for %s', async (_what, change) => {
    await configured(withPolicy({ whenDeleted: 'Retain' }));
    const before = await deleted();
    await configured((cluster) => {
      withPolicy({})(cluster);
      change(cluster);
    });
    expect(said('role{work} does not take up PersistentVolumeClaims')).toBe(true);
    await deleted();
    expect(identities()).toEqual(before);
  });

  test('is not for claims that only bear the labels', async () => {
    await configured(withPolicy({ whenDeleted: 'Retain' }));
    await deleted();
    for (const { name, namespace = '' } of claims()) {
      world.claims.direct.change({ namespace, name }, ({ metadata }) => delete metadata.annotations);
    }
    const before = new Set(claims().map(({ name }) => name));
    await configured(withPolicy({ whenDeleted: 'Retain' }));
    expect(membersOf(world, 'work').some(({ pvc = '' }) => before.has(pvc))).toBe(false);
  });
});

test('volumes are deleted where nothing is said', async () => {
  world.clusters.direct.create(sampleCluster(withPolicy({})));
  await world.settle();
  scale(world, 'work', 1);
  await world.settle();
  expect(claims()).toHaveLength(2);
});
