/** Other cpu and memory reach members that run without a restart, where their nodes can do that. */
import { describe, expect, test } from 'vitest';
import { condition, podOf, statusOf } from './support/samples.ts';
import { change, ordinals, podsOf, roleStatus, setEnv, told, uids, workers } from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const setCpu =
  (cpu: string) =>
  (role: Parameters<Parameters<typeof change>[0]>[0]): void => {
    role.resources = { ...role.resources, limits: { ...role.resources.limits, cpu } };
  };
const cpus = () =>
  podsOf().map((name) => world.pods.get('default', name)?.spec?.containers[0]?.resources?.limits?.['cpu']);
const resized = () =>
  world.events
    .filter(({ message }) => message.startsWith('resizing member'))
    .map(({ message }) => /-(\d+)\}/.exec(message)?.[1]);

describe('more cpu for a role', () => {
  test('is given to its members by their nodes, one after the other, and nobody restarts', async () => {
    await workers(3);
    const before = uids();
    world.nodes.resizing = 'later';
    change(setCpu('3'));
    await world.settle();
    expect(resized()).toEqual(['2']);
    expect(condition(world, 'Progressing')).toMatchObject({
      ...{ status: 'True', reason: 'RollingUpdate' },
      message: `work: 0 of 3 updated, waiting for the nodes to resize ${podOf(world, 'work', 2)} (not so many cores)`,
    });
    world.nodes.resizing = 'done';
    await world.settle();
    expect(cpus()).toEqual(['3', '3', '3']);
    expect(resized()).toEqual(['2', '1', '0']);
    expect(uids()).toEqual(before);
    expect(world.evicted).toEqual([]);
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
    expect(roleStatus()).toMatchObject({ updatedReplicas: 3, currentRevision: roleStatus()?.updateRevision });
    expect(statusOf(world).state).toBe('configured');
  });

  test('that is taken back is taken from the members again, without a restart', async () => {
    await workers(2);
    const [before, amounts] = [uids(), cpus()];
    world.nodes.resizing = 'done';
    change(setCpu('3'));
    await world.settle();
    change(setCpu(String(amounts[0])));
    await world.settle();
    expect(cpus()).toEqual(amounts);
    expect(uids()).toEqual(before);
    expect(roleStatus()).toMatchObject({ updatedReplicas: 2 });
  });

  test.each([
    ['refused', 'Pod running on node without support for resize'],
    ['infeasible', 'its node calls that infeasible (not so many cores)'],
  ] as const)('restarts the members where a resize is %s, and says why', async (outcome, why) => {
    await workers(2);
    world.nodes.resizing = outcome;
    change(setCpu('3'));
    await world.settle();
    expect(ordinals()).toEqual([1, 0]);
    expect(cpus()).toEqual(['3', '3']);
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
    const restarts = world.events.map(({ message }) => message).filter((one) => one.startsWith('restarting member'));
    expect(restarts).toHaveLength(2);
    for (const message of restarts) expect(message).toContain(`; it can't be resized: ${why}`);
  });

  test('that is refused, and corrected before anybody may go, is given without a restart', async () => {
    await workers(2);
    const before = uids();
    world.budgets.set(podOf(world, 'work', 1), 'not now');
    world.nodes.resizing = 'refused';
    change(setCpu('64'));
    await world.settle();
    expect(condition(world, 'Progressing')?.message).toContain('not now');
    world.budgets.clear();
    world.nodes.resizing = 'done';
    change(setCpu('3'));
    await world.settle();
    expect(cpus()).toEqual(['3', '3']);
    expect(uids()).toEqual(before);
    expect(world.evicted).toEqual([]);
  });

  test('together with another change restarts the members, which then have both', async () => {
    await workers(2);
    world.nodes.resizing = 'done';
    change((role) => {
      setCpu('3')(role);
      setEnv('b')(role);
    });
    await world.settle();
    expect(resized()).toEqual([]);
    expect(ordinals()).toEqual([1, 0]);
    expect(cpus()).toEqual(['3', '3']);
  });

  test('waits with OnDelete for somebody to delete a pod', async () => {
    await workers(2, (spec) => (spec.updateStrategy = { type: 'OnDelete' }));
    world.nodes.resizing = 'done';
    change(setCpu('3'));
    await world.settle();
    expect([resized(), world.evicted]).toEqual([[], []]);
    expect(told().slice(0, 2)).toEqual(['False', 'UpdateOnDelete']);
  });
});
