/** A cluster moves to another app while something else happens to it. */
import { describe, expect, test } from 'vitest';
import { condition, membersOf, podOf, sample, scale, statusOf } from './support/samples.ts';
import { afterEvictions, loseNode, podsOf, told, workers } from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';
import { callsOf, images, moveTo, naming, nextApp, persist, persistent, statuses } from './support/upgrading.ts';

eachInItsWorld();

const upgrading = () => condition(world, 'Upgrading');

describe('another app', () => {
  test('reaches members of a stopped cluster when it starts', async () => {
    nextApp(naming('pod_upgraded'));
    await persistent(2);
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = true));
    await world.settle();
    moveTo('golden-2');
    await world.settle();
    expect(upgrading()).toMatchObject({ status: 'True', reason: 'UpgradeSuspended' });
    expect(statusOf(world)).toMatchObject({ app: 'golden', state: 'suspended' });
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = false));
    await world.settle();
    expect(podsOf('work').map(callsOf)).toEqual([['--pod_upgraded'], ['--pod_upgraded']]);
    expect(statusOf(world)).toMatchObject({ app: 'golden-2', state: 'configured' });
    expect(world.evicted).toEqual([]);
  });

  test('is what members get that join meanwhile, and they go back as well', async () => {
    nextApp(naming('pod_upgraded'));
    await persistent(2);
    const last = podOf(world, 'work', 1);
    world.guest.moveExit.set(last, 3);
    moveTo('golden-2');
    await world.settle();
    scale(world, 'work', 3);
    await world.settle();
    persist();
    expect(images()).toEqual(['kd.test/app:1', 'kd.test/app:golden-2', 'kd.test/app:golden-2']);
    moveTo('golden');
    await world.settle();
    expect(images()).toEqual(Array(3).fill('kd.test/app:1'));
    expect(statusOf(world)).toMatchObject({ app: 'golden', state: 'configured' });
  });

  test('is nothing to a container that is restarted before its member has moved: it gets the package of its own app', async () => {
    nextApp();
    await workers(2, (spec) => (spec.updateStrategy = { paused: true }));
    moveTo('golden-2');
    await world.settle();
    expect(upgrading()).toMatchObject({ status: 'True', reason: 'UpgradePaused' });
    const pod = podOf(world, 'work');
    world.guest.runs.length = 0;
    world.nodes.restart('default', pod);
    await world.settle();
    const setups = world.guest.runs.filter((run) => run.pod === pod && run.step === 'kd-setup');
    expect(setups.map(({ args }) => args.slice(8, 12))).toEqual([
      ['file:///opt/configscripts/appconfig.tgz', expect.any(String), 'no', ''],
    ]);
    expect(images()).toEqual(['kd.test/app:1', 'kd.test/app:1']);
  });

  test('does not stand in the way of the end of the cluster', async () => {
    nextApp();
    await persistent(3);
    moveTo('golden-2');
    await afterEvictions(2);
    world.clusters.direct.remove(sample);
    await world.settle();
    expect([world.clusters.list(), world.pods.list(), world.statefulSets.list()]).toEqual([[], [], []]);
  });

  test('waits for a node that is lost', async () => {
    nextApp();
    await persistent(3);
    moveTo('golden-2');
    await afterEvictions(2);
    for (let turn = 0; turn < 3; turn++) world.nodes.step();
    const found = loseNode(podOf(world, 'work', 2));
    await world.settle();
    expect(statuses()).toEqual([undefined, undefined, 'upgrading']);
    found();
    await world.settle();
    expect(statusOf(world)).toMatchObject({ app: 'golden-2', state: 'configured' });
  });

  test('is not gone on with before a package has taken what it names, and stops where it does not', async () => {
    nextApp(naming('role_upgraded'));
    await persistent(2);
    const head = podOf(world, 'head');
    world.guest.refusedEvents.add(`${head} --role_upgraded`);
    moveTo('golden-2');
    await world.settle(20_000);
    expect(images()).toEqual(['kd.test/app:1', 'kd.test/app:1']);
    expect(condition(world, 'Progressing')?.reason).toBe('RollingUpdate');
    await world.settle(30 * 60_000);
    expect(told().slice(2)).toEqual(['True', 'UpdateFailed']);
    expect(membersOf(world, 'head')[0]?.stateDetail.upgradeErrorMessage).toContain('--role_upgraded');
    world.guest.refusedEvents.clear();
    moveTo('golden');
    await world.settle();
    expect(statusOf(world)).toMatchObject({ app: 'golden', state: 'configured' });
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
  });
});
