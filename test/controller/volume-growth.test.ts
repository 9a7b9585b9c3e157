/** Volumes of members that become larger. */
import { describe, expect, test } from 'vitest';
import type { PersistentVolumeClaim } from '../../src/apis/kubernetes/types.ts';
import { condition, membersOf, podOf, sample, scale, statusOf } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

type ClaimStatus = NonNullable<PersistentVolumeClaim['status']>;

const storageOf = (size: string) => ({ size, storageClassName: 'standard' });

/** Two members of role work, with bound volumes of 1Gi. */
async function withVolumes(): Promise<void> {
  await configured(({ spec }) => {
    spec.roles = spec.roles.map((role) => (role.id === 'work' ? { ...role, storage: storageOf('1Gi') } : role));
  });
  show({ phase: 'Bound', capacity: { storage: '1Gi' } });
  await world.settle();
}

function show(status: ClaimStatus): void {
  for (const { metadata } of world.claims.list()) {
    const { namespace = '', name } = metadata;
    world.claims.direct.change({ namespace, name }, (claim) => (claim.status = status));
  }
}

function ask(size: string): void {
  world.clusters.direct.change(sample, ({ spec }) => {
    spec.roles = spec.roles.map((role) => (role.id === 'work' ? { ...role, storage: storageOf(size) } : role));
  });
}

const claimsOfWork = () => world.claims.list().filter(({ metadata }) => metadata.name.includes('-work-'));
const requests = (): unknown[] => claimsOfWork().map(({ spec }) => spec?.resources?.requests?.['storage']);
const theSet = () => world.statefulSets.list().find(({ metadata }) => metadata.name.includes('-work-'));
const templateSize = (): unknown => theSet()?.spec.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage'];
const podUids = (): string[] => world.pods.list().map(({ metadata }) => metadata.uid);

describe('a larger storage.size', () => {
  test('reaches the claims and the StatefulSet, and no pod restarts', async () => {
    await withVolumes();
    const pods = podUids();
    const before = theSet()?.metadata;
    const states = membersOf(world, 'work').map(({ stateDetail }) => stateDetail.lastConfiguredContainer);
    ask('2Gi');
    await world.settle();
    expect(requests()).toEqual(['2Gi', '2Gi']);
    expect(templateSize()).toBe('2Gi');
    expect(theSet()?.metadata.name).toBe(before?.name);
    expect(theSet()?.metadata.uid).not.toBe(before?.uid);
    expect(podUids()).toEqual(pods);
    expect(world.pods.list().every(({ metadata }) => metadata.ownerReferences?.length === 1)).toBe(true);
    expect(membersOf(world, 'work').map(({ stateDetail }) => stateDetail.lastConfiguredContainer)).toEqual(states);
  });

  test('is told of until the volumes have it, while the cluster stays ready', async () => {
    await withVolumes();
    ask('2Gi');
    await world.settle();
    expect(condition(world, 'Progressing')).toMatchObject({ status: 'True', reason: 'VolumesResizing' });
    expect(condition(world, 'Ready')?.status).toBe('True');
    const conditions = [{ type: 'FileSystemResizePending', status: 'True' as const }];
    show({ phase: 'Bound', capacity: { storage: '1Gi' }, conditions });
    await world.settle();
    expect(condition(world, 'Progressing')?.message).toContain('FileSystemResizePending');
    show({ phase: 'Bound', capacity: { storage: '2Gi' } });
    await world.settle();
    expect(condition(world, 'Progressing')).toMatchObject({ status: 'False', reason: 'Settled' });
  });

  test('that the storage refuses degrades the cluster, with its words', async () => {
    await withVolumes();
    ask('2Gi');
    await world.settle();
    const conditions = [{ type: 'ControllerResizeError', status: 'True' as const, message: 'the disk array is full' }];
    show({ phase: 'Bound', capacity: { storage: '1Gi' }, conditions });
    await world.settle();
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'VolumeResizeFailed' });
    expect(condition(world, 'Degraded')?.message).toContain('the disk array is full');
    expect(condition(world, 'Ready')?.status).toBe('True');
  });

  test('is what new members get', async () => {
    await withVolumes();
    ask('2Gi');
    scale(world, 'work', 3);
    await world.settle();
    expect(requests()).toEqual(['2Gi', '2Gi', '2Gi']);
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual(Array(3).fill('configured'));
  });

  test('waits for claims that have no volume yet', async () => {
    await withVolumes();
    show({ phase: 'Pending' });
    ask('2Gi');
    await world.settle();
    expect(requests()).toEqual(['1Gi', '1Gi']);
    show({ phase: 'Bound', capacity: { storage: '1Gi' } });
    await world.settle();
    expect(requests()).toEqual(['2Gi', '2Gi']);
  });

  test('reaches the volumes of a suspended cluster as well', async () => {
    await withVolumes();
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = true));
    await world.settle();
    ask('2Gi');
    await world.settle();
    expect(requests()).toEqual(['2Gi', '2Gi']);
    expect(world.pods.list()).toEqual([]);
    expect(theSet()?.spec.replicas).toBe(0);
    expect(statusOf(world).state).toBe('suspended');
  });
});

describe('between two StatefulSets of one name', () => {
  /** The first one is gone, and the second one can't be made. */
  async function between(): Promise<void> {
    await withVolumes();
    world.gates.check = (verb, resource) => {
      if (verb === 'create' && resource === 'statefulsets') throw new Error('not now');
    };
    ask('2Gi');
    await world.settle(500);
    expect(theSet()).toBeUndefined();
    expect(world.pods.list()).toHaveLength(4);
  }

  test('a role can lose its members', async () => {
    await between();
    scale(world, 'work', 0);
    await world.settle(500);
    world.gates.check = () => undefined;
    await world.settle(300_000);
    expect(membersOf(world, 'work')).toEqual([]);
    expect(claimsOfWork()).toEqual([]);
    expect(theSet()).toBeUndefined();
  });

  test('the cluster can be deleted', async () => {
    await between();
    expect(world.pods.get('default', podOf(world, 'work'))?.metadata.ownerReferences).toBeUndefined();
    world.clusters.direct.remove(sample);
    await world.settle(300_000);
    expect(world.clusters.list()).toEqual([]);
    expect([...world.pods.list(), ...world.claims.list()]).toEqual([]);
  });
});
