/** A cluster moves to another app, and back. */
import { describe, expect, test } from 'vitest';
import { condition, podOf, sample, statusOf } from './support/samples.ts';
import { afterEvictions, loseNode, ordinals, podsOf, roleStatus, told, uids, workers } from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';
import {
  callsOf,
  editApp,
  images,
  moveTo,
  naming,
  nextApp,
  persistent,
  statuses,
  toldOf,
  upgradeInfo,
} from './support/upgrading.ts';

eachInItsWorld();

const upgrading = () => condition(world, 'Upgrading');
const eventTexts = (): string[] => world.events.map(({ message }) => message);

describe('another app', () => {
  test('reaches all members by their packages, role by role, and they are told', async () => {
    nextApp(naming('pod_upgraded', 'role_upgraded', 'cluster_upgraded'));
    await persistent(3);
    expect(statusOf(world).app).toBe('golden');
    moveTo('golden-2');
    await world.settle();
    expect(images()).toEqual(Array(3).fill('kd.test/app:golden-2'));
    for (const role of ['head', 'work', 'bare']) {
      for (const pod of podsOf(role)) {
        expect(callsOf(pod)).toEqual(['--pod_upgraded']);
        const roles = ['head', 'work', 'bare'].map((one) => `--role_upgraded --role ${one}`);
        expect(toldOf(pod)).toEqual([...roles, '--cluster_upgraded']);
      }
    }
    expect(statusOf(world)).toMatchObject({ app: 'golden-2', state: 'configured' });
    expect([upgradeInfo(), ...statuses(), roleStatus()?.roleUpgradeStatus]).toEqual(Array(5).fill(undefined));
    expect(upgrading()).toMatchObject({ status: 'False', reason: 'Upgraded' });
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
  });

  test('is not told to members that the user has told nothing, and does not wait for them', async () => {
    nextApp(naming('pod_upgraded', 'role_upgraded', 'cluster_upgraded'));
    await persistent(2);
    const head = podOf(world, 'head');
    world.clusters.direct.change(sample, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, 'kubedirector.hpe.com/skip-notify': head };
    });
    moveTo('golden-2');
    await world.settle();
    expect(toldOf(head)).toEqual([]);
    expect(toldOf(podOf(world, 'work')).at(-1)).toBe('--cluster_upgraded');
    expect(statusOf(world)).toMatchObject({ app: 'golden-2', state: 'configured' });
  });

  test('says in the status how far it is', async () => {
    nextApp();
    await persistent(3);
    editApp('golden', () => undefined);
    const pod = podOf(world, 'work', 2);
    moveTo('golden-2');
    await afterEvictions(2);
    loseNode(pod);
    await world.settle();
    expect(upgradeInfo()).toMatchObject({ prevApp: 'golden', nextApp: 'golden-2', isRollingBack: false });
    expect(upgradeInfo()?.startedAt).toMatch(/^\d{4}-/);
    expect(statusOf(world).app).toBe('golden');
    expect(statuses()).toEqual([undefined, undefined, 'upgrading']);
    expect([roleStatus('head')?.roleUpgradeStatus, roleStatus()?.roleUpgradeStatus]).toEqual(['upgraded', 'upgrading']);
    expect(statusOf(world).memberStateRollup).toMatchObject({ membersUpgrading: true, membersRollingBack: false });
    expect(upgrading()).toMatchObject({ status: 'True', reason: 'MembersUpgrading' });
    expect(upgrading()?.message).toBe('from app golden to app golden-2: 2 of 5 members have moved');
  });

  test('configures members anew whose files went with their pods', async () => {
    nextApp();
    await workers(2);
    world.guest.calls.length = 0;
    moveTo('golden-2');
    await world.settle();
    expect(podsOf('work').map(callsOf)).toEqual([['--configure'], ['--configure']]);
    expect(statusOf(world).app).toBe('golden-2');
  });

  test('whose package does not know the events is told of in events, and moved to all the same', async () => {
    nextApp();
    await persistent(2);
    for (const pod of podsOf('work')) {
      world.guest.moveExit.set(pod, 64);
      for (const option of ['--role_upgraded', '--cluster_upgraded']) world.guest.refusedEvents.add(`${pod} ${option}`);
    }
    moveTo('golden-2');
    await world.settle();
    expect(statusOf(world)).toMatchObject({ app: 'golden-2', state: 'configured' });
    const [first = ''] = podsOf('work');
    const said = eventTexts().filter((text) => text.includes(first));
    const passed = `member{${first}} in role{work}: startscript --pod_upgraded failed with exit status 64; it is passed over, because the app's eventList does not name pod_upgraded`;
    expect(said).toContain(passed);
    expect(said.filter((text) => text.includes('--role_upgraded')).length).toBe(3);
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
  });

  test('whose package fails on the third of five members stops there, and going back touches those that had moved', async () => {
    nextApp(naming('pod_upgraded'));
    await persistent(5);
    const before = uids();
    const third = podOf(world, 'work', 2);
    world.guest.moveExit.set(third, 9);
    moveTo('golden-2');
    await world.settle();
    expect(told().slice(2)).toEqual(['True', 'UpdateFailed']);
    expect(condition(world, 'Degraded')?.message).toContain(
      `${third}: startscript --pod_upgraded failed with exit status 9`,
    );
    expect(upgrading()).toMatchObject({ status: 'True', reason: 'UpgradeFailed' });
    expect(statuses()).toEqual([undefined, undefined, 'upgrading', 'upgraded', 'upgraded']);
    const evicted = world.evicted.length;
    moveTo('golden');
    await world.settle();
    expect(images()).toEqual(Array(5).fill('kd.test/app:1'));
    expect(uids().slice(0, 2)).toEqual(before.slice(0, 2));
    // Members that work after the one that does not, in each role.
    expect(world.evicted.slice(evicted)).toEqual([
      podOf(world, 'head'),
      ...[2, 4, 3].map((ordinal) => podOf(world, 'work', ordinal)),
    ]);
    expect(callsOf(third)).toEqual(['--pod_upgraded', '--pod_reverted']);
    expect(callsOf(podOf(world, 'work', 0))).toEqual([]);
    expect(toldOf(podOf(world, 'work', 0)).at(-1)).toBe('--cluster_reverted');
    expect(toldOf(podOf(world, 'work', 0))).toContain('--role_reverted --role work');
    expect(statusOf(world)).toMatchObject({ app: 'golden', state: 'configured' });
    expect(upgradeInfo()).toBe(undefined);
    expect(upgrading()).toMatchObject({ status: 'False', reason: 'Reverted' });
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
  });

  test('with an image that does not exist stops; it can be gone back from, and mended onward', async () => {
    nextApp((app) => {
      naming('pod_upgraded', 'pod_reverted')(app);
      for (const role of app.spec.roles) if (role.id === 'work') role.imageRepoTag = 'kd.test/none';
    });
    await persistent(2);
    const before = uids();
    world.nodes.missingImages.add('kd.test/none');
    moveTo('golden-2');
    await world.settle();
    expect(told().slice(2)).toEqual(['True', 'UpdateFailed']);
    moveTo('golden');
    await world.settle();
    expect([images(), uids()[0], statusOf(world).app]).toEqual([
      ['kd.test/app:1', 'kd.test/app:1'],
      before[0],
      'golden',
    ]);
    expect(callsOf(podOf(world, 'work', 1))).toEqual([]);
    moveTo('golden-2');
    await world.settle();
    expect(upgrading()?.reason).toBe('UpgradeFailed');
    editApp('golden-2', ({ spec }) => {
      for (const role of spec.roles) role.imageRepoTag = 'kd.test/app:2';
    });
    await world.settle();
    expect(images()).toEqual(['kd.test/app:2', 'kd.test/app:2']);
    expect(podsOf('work').map(callsOf)).toEqual([['--pod_upgraded'], ['--pod_upgraded']]);
    expect(statusOf(world)).toMatchObject({ app: 'golden-2', state: 'configured' });
  });

  test('that is exchanged for a third one in the same second is never gone to', async () => {
    nextApp();
    nextApp(() => undefined, 'golden-3');
    await persistent(3);
    moveTo('golden-2');
    moveTo('golden-3');
    await world.settle();
    expect(images()).toEqual(Array(3).fill('kd.test/app:golden-3'));
    expect(ordinals().slice(1, 4)).toEqual([2, 1, 0]);
    expect(statusOf(world).app).toBe('golden-3');
  });

  test('is left for a third one midway, and the first one is still the way back', async () => {
    nextApp(naming('pod_upgraded', 'pod_reverted'));
    nextApp(naming('pod_upgraded', 'pod_reverted'), 'golden-3');
    await persistent(4);
    moveTo('golden-2');
    await afterEvictions(3);
    moveTo('golden-3');
    await afterEvictions(5);
    expect(upgradeInfo()).toMatchObject({ prevApp: 'golden', nextApp: 'golden-3' });
    moveTo('golden');
    await world.settle();
    expect(images()).toEqual(Array(4).fill('kd.test/app:1'));
    expect(statusOf(world)).toMatchObject({ app: 'golden', state: 'configured' });
    const calls = podsOf('work').map((pod) => callsOf(pod).at(-1));
    expect(calls.filter((call) => call !== undefined)).toEqual(calls.filter((call) => call === '--pod_reverted'));
  });

  test('that is taken back before anything has moved does nothing', async () => {
    nextApp();
    await persistent(2);
    const before = uids();
    moveTo('golden-2');
    moveTo('golden');
    await world.settle();
    expect([uids(), upgradeInfo(), upgrading()]).toEqual([before, undefined, undefined]);
  });
});
