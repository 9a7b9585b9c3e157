/** Specs that change again before the controller has finished the last change: the newest one always wins. */
import { describe, expect, test } from 'vitest';
import { condition, membersOf, podOf, sample, scale, statusOf } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const workers = () => membersOf(world, 'work').map(({ state }) => state);
const settled = () => {
  expect(condition(world, 'Ready')).toMatchObject({ status: 'True' });
  expect(condition(world, 'Progressing')).toMatchObject({ status: 'False', reason: 'Settled' });
  expect(statusOf(world).state).toBe('configured');
};

describe('a role that is scaled again', () => {
  test.each([
    ['up and back at once', [3, 2]],
    ['up, down and up again at once', [4, 2, 3]],
    ['down and back at once', [1, 2]],
  ])('%s ends with the last number', async (_how, numbers) => {
    await configured();
    for (const members of numbers) scale(world, 'work', members);
    await world.settle();
    expect(workers()).toEqual(Array(numbers.at(-1)).fill('configured'));
    settled();
  });

  test('down while new members are being set up shrinks once they are set up', async () => {
    await configured();
    scale(world, 'work', 3);
    const pod = podOf(world, 'work', 1).replace(/1$/, '2');
    world.guest.configureExit.set(pod, 'running');
    await world.settle(5_000);
    expect(workers()).toEqual(['configured', 'configured', 'creating']);
    scale(world, 'work', 2);
    await world.settle(5_000);
    expect(workers()).toEqual(['configured', 'configured', 'creating']);
    expect(condition(world, 'Progressing')).toMatchObject({ status: 'True', reason: 'SpecWaiting' });
    world.guest.configureExit.delete(pod);
    await world.settle();
    expect(workers()).toEqual(['configured', 'configured']);
    expect(world.pods.get('default', pod)).toBeUndefined();
    settled();
  });

  test('up while members leave grows once they are gone, with new members', async () => {
    await configured();
    const before = statusOf(world).lastNodeID ?? 0;
    scale(world, 'work', 1);
    for (let turn = 0; turn < 20 && workers().at(-1) === 'configured'; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(workers().at(-1)).toMatch(/^(delete pending|deleting)$/);
    scale(world, 'work', 3);
    await world.settle();
    expect(workers()).toEqual(Array(3).fill('configured'));
    expect(membersOf(world, 'work').map(({ nodeID }) => nodeID)).toEqual([expect.any(Number), before + 1, before + 2]);
    settled();
  });
});

test('a change that waits loses no later changes', async () => {
  await configured();
  scale(world, 'work', 3);
  const pod = podOf(world, 'work', 1).replace(/1$/, '2');
  world.guest.configureExit.set(pod, 'running');
  await world.settle(5_000);
  scale(world, 'work', 1);
  await world.settle(5_000);
  world.clusters.direct.change(sample, ({ spec }) => (spec.serviceType = 'ClusterIP'));
  await world.settle(5_000);
  world.guest.configureExit.delete(pod);
  await world.settle();
  expect(workers()).toEqual(['configured']);
  expect(world.services.get('default', podOf(world, 'head'))?.spec?.type).toBe('ClusterIP');
  settled();
});
