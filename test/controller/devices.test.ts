/** Block devices that are added to a role whose members run. */
import { beforeEach, describe, expect, test } from 'vitest';
import { devicesLabel } from '../../src/apis/kubedirector/well-known.ts';
import type { Stored } from '../../src/meta/object.ts';
import type { Pod } from '../../src/apis/kubernetes/types.ts';
import { at, condition, membersOf, podOf, sample, scale, statusOf } from './support/samples.ts';
import {
  afterEvictions,
  change,
  ordinals,
  podsOf,
  roleStatus,
  setEnv,
  told,
  uids,
  workers,
} from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const give = (numDevices: number): void =>
  change((role) => (role.blockStorage = { numDevices, pathPrefix: '/dev/x', storageClassName: 'fast', size: '1Gi' }));
const podsInOrder = (): readonly (Stored<Pod> | undefined)[] => podsOf().map((name) => world.pods.get('default', name));
const devices = (): (readonly string[])[] =>
  podsInOrder().map((pod) => (pod?.spec?.containers[0]?.volumeDevices ?? []).map(({ devicePath }) => devicePath));
const set = () => world.statefulSets.get('default', roleStatus()?.statefulSet ?? '');
const claims = () =>
  world.claims
    .list()
    .map(({ metadata }) => metadata.name)
    .filter((name) => /^b\d/.test(name));
const owned = () => podsInOrder().map((pod) => pod?.metadata.ownerReferences?.[0]?.uid === set()?.metadata.uid);

beforeEach(async () => {
  await workers(4);
});

describe('a device that is added', () => {
  test('reaches members one at a time, from the highest ordinal down', async () => {
    const heads = uids('head');
    const down: number[] = [];
    world.pods.onChange(() => void down.push(podsInOrder().filter((pod) => pod === undefined).length));
    give(1);
    await world.settle();
    expect(devices()).toEqual(Array(4).fill(['/dev/x0']));
    expect(ordinals()).toEqual([3, 2, 1, 0]);
    expect(Math.max(...down)).toBe(1);
    expect(uids('head')).toEqual(heads);
    expect(claims().toSorted()).toEqual(podsOf().map((pod) => `b0-${pod}`));
    expect(membersOf(world, 'work').map(({ blockDevicePaths }) => blockDevicePaths)).toEqual(
      Array(4).fill(['/dev/x0']),
    );
    expect(set()?.spec).toMatchObject({ replicas: 4, ordinals: { start: 0 } });
    expect(owned()).toEqual([true, true, true, true]);
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
    await world.settle(3_600_000);
    expect(ordinals()).toHaveLength(4);
  });

  test('is followed by a second one, and by members that join and leave', async () => {
    give(1);
    await world.settle();
    give(2);
    await afterEvictions(6);
    scale(world, 'work', 6);
    await world.settle();
    expect(devices()).toEqual(Array(6).fill(['/dev/x0', '/dev/x1']));
    expect(owned()).toEqual(Array(6).fill(true));
    scale(world, 'work', 2);
    await world.settle();
    expect(world.pods.list().filter(({ metadata }) => metadata.name.includes('-work-'))).toHaveLength(2);
    expect(claims()).toHaveLength(4);
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
  });

  test('comes with other changes in one restart', async () => {
    change((role) => {
      setEnv('b')(role);
      role.blockStorage = { numDevices: 1, pathPrefix: '/dev/x', storageClassName: 'fast' };
    });
    await world.settle();
    expect(ordinals()).toEqual([3, 2, 1, 0]);
    expect(podsInOrder().every((pod) => pod?.spec?.containers[0]?.env?.some(({ value }) => value === 'b'))).toBe(true);
  });

  test('has disruptions counted while pods are nobody’s', async () => {
    world.guest.configureExit.set(podOf(world, 'work', 3), 'running');
    give(1);
    await world.settle();
    const budget = world.podDisruptionBudgets
      .list()
      .find(({ metadata }) => metadata.name === roleStatus()?.statefulSet);
    expect(budget?.spec).toMatchObject({ minAvailable: 3 });
    expect(budget?.spec?.maxUnavailable).toBe(undefined);
    world.guest.configureExit.clear();
    await world.settle();
    const after = world.podDisruptionBudgets.list().find(({ metadata }) => metadata.name === roleStatus()?.statefulSet);
    expect(after?.spec).toMatchObject({ maxUnavailable: 1 });
  });

  test('is waited for by a member that loses its pod meanwhile, until its turn comes', async () => {
    world.guest.configureExit.set(podOf(world, 'work', 3), 'running');
    give(1);
    await world.settle();
    world.pods.direct.remove(at(podOf(world, 'work', 1)));
    await world.settle();
    expect(podsInOrder().map((pod) => pod !== undefined)).toEqual([true, false, true, true]);
    world.guest.configureExit.clear();
    await world.settle();
    expect(devices()).toEqual(Array(4).fill(['/dev/x0']));
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
  });

  test('waits while the update is paused; no StatefulSet is made again before', async () => {
    const uid = set()?.metadata.uid;
    change((role) => {
      role.updateStrategy = { paused: true };
      role.blockStorage = { numDevices: 1, pathPrefix: '/dev/x', storageClassName: 'fast' };
    });
    scale(world, 'work', 5);
    await world.settle();
    expect(set()?.metadata.uid).toBe(uid);
    expect(devices()).toEqual(Array(5).fill([]));
    change((role) => (role.updateStrategy = {}));
    await world.settle();
    expect(devices()).toEqual(Array(5).fill(['/dev/x0']));
  });
});

describe('a device that is taken back', () => {
  test('before a member has it leaves all pods as they are', async () => {
    const before = uids();
    change((role) => {
      role.updateStrategy = { paused: true };
      role.blockStorage = { numDevices: 1, pathPrefix: '/dev/x', storageClassName: 'fast' };
    });
    await world.settle();
    change((role) => {
      delete role.updateStrategy;
      delete role.blockStorage;
    });
    await world.settle();
    expect(uids()).toEqual(before);
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
  });

  test('while the first member cannot come up with it restarts that one alone, and its claim goes', async () => {
    const before = uids();
    const last = podOf(world, 'work', 3);
    world.nodes.unschedulable.add(last);
    give(1);
    await world.settle();
    expect(told()).toEqual(['False', 'UpdateFailed', 'True', 'UpdateFailed']);
    expect(membersOf(world, 'work')[3]?.blockDevicePaths).toBe(undefined);
    expect(claims()).toEqual([`b0-${last}`]);
    world.nodes.unschedulable.clear();
    change((role) => delete role.blockStorage);
    await world.settle();
    expect(uids().slice(0, 3)).toEqual(before.slice(0, 3));
    expect(devices()).toEqual([[], [], [], []]);
    expect(owned()).toEqual([true, true, true, true]);
    expect(claims()).toEqual([]);
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
    // It comes again later.
    give(1);
    await world.settle();
    expect(devices()).toEqual(Array(4).fill(['/dev/x0']));
  });
});

test('a second device that is taken back while the first member cannot come up with it leaves the other pods as they are', async () => {
  give(1);
  await world.settle();
  const before = uids();
  const last = podOf(world, 'work', 3);
  world.nodes.unschedulable.add(last);
  give(2);
  await world.settle();
  expect(told()).toEqual(['False', 'UpdateFailed', 'True', 'UpdateFailed']);
  world.nodes.unschedulable.clear();
  give(1);
  await world.settle();
  expect(uids().slice(0, 3)).toEqual(before.slice(0, 3));
  expect(devices()).toEqual(Array(4).fill(['/dev/x0']));
  expect(owned()).toEqual([true, true, true, true]);
  expect(claims()).toHaveLength(4);
});

test('a stopped role gets its devices without ado, and starts with them', async () => {
  const suspend = (value: boolean): void =>
    void world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = value));
  suspend(true);
  await world.settle();
  give(2);
  await world.settle();
  expect(world.pods.list()).toEqual([]);
  suspend(false);
  await world.settle();
  expect(devices()).toEqual(Array(4).fill(['/dev/x0', '/dev/x1']));
  expect(set()?.spec.selector.matchLabels).not.toHaveProperty([devicesLabel]);
  expect(world.evicted).toEqual([]);
  expect(statusOf(world).state).toBe('configured');
});

test.each(['stopped', 'deleted', 'without the role'])(
  'a cluster that is %s amid it leaves no pod behind',
  async (how) => {
    world.guest.configureExit.set(podOf(world, 'work', 2), 'running');
    give(1);
    await world.settle();
    expect(owned()).toEqual([false, false, true, true]);
    if (how === 'deleted') world.clusters.direct.remove(sample);
    else if (how === 'stopped') world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = true));
    else scale(world, 'work', 0);
    world.guest.configureExit.clear();
    await world.settle();
    expect(world.pods.list().filter(({ metadata }) => metadata.name.includes('-work-'))).toEqual([]);
    if (how !== 'stopped') return;
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = false));
    await world.settle();
    expect(devices()).toEqual(Array(4).fill(['/dev/x0']));
    expect(condition(world, 'Ready')?.status).toBe('True');
  },
);
