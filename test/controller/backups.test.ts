/** One backup of a cluster, from its beginning to its end. */
import { describe, expect, test } from 'vitest';
import {
  backup,
  backUp,
  backupStatus,
  frozen,
  listenToBackups,
  snapshots,
  toldOfBackups,
  whileSnapshotting,
} from './support/backups.ts';
import { at, condition, membersOf, podOf, sample, statusOf } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const claims = () =>
  world.claims
    .list()
    .map(({ metadata }) => metadata.name)
    .sort();
const order = () => world.guest.runs.filter(({ args }) => args.includes('--backup')).map(({ args }) => args.at(-1));

describe('a backup', () => {
  test('freezes all members, takes a snapshot of each volume, and lets the members go on', async () => {
    listenToBackups();
    await configured();
    const seen: number[] = [];
    world.snapshots.resource.onChange(({ object, old }) => {
      if (object !== undefined && old === undefined) seen.push(Object.keys(toldOfBackups()).length);
    });
    const ready = () => condition(world, 'Ready')?.status;
    const readies = new Set<string | undefined>();
    world.clusters.onChange(() => readies.add(ready()));
    backUp();
    await world.settle();
    expect(backupStatus()).toMatchObject({ phase: 'Succeeded', app: { name: 'golden' }, observedGeneration: 1 });
    expect(
      snapshots()
        .map(({ spec }) => spec.source.persistentVolumeClaimName)
        .sort(),
    ).toEqual(claims());
    expect(snapshots().every(({ metadata }) => metadata.ownerReferences?.[0]?.uid === backup().metadata.uid)).toBe(
      true,
    );
    // Everybody was frozen before the first snapshot, and nobody let go before the last one.
    const told = toldOfBackups();
    expect(Object.values(told).every((words) => words.join() === 'begin,end')).toBe(true);
    expect(new Set(seen)).toEqual(new Set([Object.keys(told).length]));
    expect(order().lastIndexOf('begin')).toBeLessThan(order().indexOf('end'));
    expect(membersOf(world, 'head')[0]?.stateDetail.backup).toBeUndefined();
    expect(readies).toEqual(new Set(['True']));
    const { members = [], size, conditions } = backupStatus();
    expect(members.flatMap(({ volumes }) => volumes).every(({ ready: isReady }) => isReady === true)).toBe(true);
    expect(size).toBe(`${claims().length}Gi`);
    expect(conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=True',
      'Progressing=False',
      'Degraded=False',
    ]);
  });

  test('keeps what the cluster was, without the values of its secrets', async () => {
    await configured(({ spec }) => {
      for (const role of spec.roles) role.secretKeys = [{ name: 'password', encryptedValue: 'text' }];
    });
    backUp();
    await world.settle();
    const { clusterSpec, clusterUID } = backupStatus();
    expect(clusterUID).toBe(world.clusters.get('default', 'sample')?.metadata.uid);
    expect(clusterSpec?.roles.map(({ secretKeys }) => secretKeys)).toEqual(Array(3).fill([{ name: 'password' }]));
    world.clusters.direct.remove(sample);
    await world.settle();
    expect(world.clusters.list()).toEqual([]);
    expect(backupStatus()).toMatchObject({ phase: 'Succeeded', clusterSpec: { app: 'golden' } });
    expect(snapshots().length).toBeGreaterThan(0);
  });

  test('is best effort where the app does not name the event', async () => {
    await configured();
    for (const role of ['head', 'work']) world.guest.refusals.set(podOf(world, role), 1);
    backUp();
    await world.settle();
    expect(backupStatus().phase).toBe('Succeeded');
    expect(frozen()).toEqual([]);
  });

  test('of a stopped cluster tells nobody anything', async () => {
    listenToBackups();
    await configured();
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = true));
    await world.settle();
    backUp();
    await world.settle();
    expect(backupStatus().phase).toBe('Succeeded');
    expect(backupStatus().frozenAt).toBeUndefined();
    expect(toldOfBackups()).toEqual({});
    expect(snapshots().length).toBe(claims().length);
  });

  test('keeps all other work out of members that are frozen', async () => {
    await whileSnapshotting();
    expect(backupStatus().phase).toBe('Snapshotting');
    world.guest.runs.length = 0;
    const head = podOf(world, 'head');
    const done = () => world.guest.runs.filter(({ pod }) => pod === head).map(({ step, args }) => `${step} ${args[3]}`);
    const work = world.clusters.get('default', 'sample')?.spec.roles.find(({ id }) => id === 'work')?.members ?? 0;
    world.clusters.direct.change(sample, ({ spec }) => {
      for (const role of spec.roles) if (role.id === 'work') role.members = work + 1;
    });
    await world.settle(10_000);
    expect(done()).toEqual([]);
    world.snapshots.driver = 'prompt';
    await world.settle();
    expect(done()[0]).toBe('kd-notify --backup');
    expect(done()).toContain('kd-notify --addnodes');
    expect(backupStatus().phase).toBe('Succeeded');
  });

  test('has members go on that were frozen, although the user says meanwhile that they are told nothing', async () => {
    await whileSnapshotting();
    const head = podOf(world, 'head');
    world.guest.refusals.set(head, 2);
    world.clusters.direct.change(sample, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, 'kubedirector.hpe.com/skip-notify': '*' };
    });
    world.snapshots.driver = 'prompt';
    await world.settle(5 * 60_000);
    expect(toldOfBackups()[head]).toEqual(['begin', 'end', 'end', 'end']);
    expect(frozen()).toEqual([]);
    expect(membersOf(world, 'head')[0]?.stateDetail.backup).toBeUndefined();
  });

  test('does not begin in members that the user has told nothing', async () => {
    listenToBackups();
    await configured();
    const head = podOf(world, 'head');
    world.clusters.direct.change(sample, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, 'kubedirector.hpe.com/skip-notify': head };
    });
    backUp();
    await world.settle();
    expect(backupStatus().phase).toBe('Succeeded');
    expect(toldOfBackups()[head] ?? []).not.toContain('begin');
    expect(toldOfBackups()[podOf(world, 'work')]).toEqual(['begin', 'end']);
  });

  test('waits for another one of the same cluster', async () => {
    await configured();
    world.snapshots.driver = 'silent';
    backUp('first');
    backUp('second');
    await world.settle(5_000);
    expect([backupStatus('first').phase, backupStatus('second').phase]).toEqual(['Snapshotting', 'Pending']);
    expect(backupStatus('second')).toMatchObject({ reason: 'OtherBackup', message: 'backup first goes first' });
    world.snapshots.driver = 'prompt';
    await world.settle();
    expect([backupStatus('first').phase, backupStatus('second').phase]).toEqual(['Succeeded', 'Succeeded']);
    expect(snapshots().length).toBe(2 * claims().length);
    expect(frozen()).toEqual([]);
  });

  test('waits for members that are not set up, and begins when they are', async () => {
    await configured();
    world.guest.configureExit.set(podOf(world, 'work'), 'running');
    world.nodes.restart('default', podOf(world, 'work'));
    await world.settle(5_000);
    backUp();
    await world.settle(5_000);
    expect(backupStatus()).toMatchObject({ phase: 'Pending', reason: 'MembersNotReady' });
    expect(toldOfBackups()).toEqual({});
    world.guest.configureExit.clear();
    await world.settle();
    expect(backupStatus().phase).toBe('Succeeded');
  });

  test('that has ended costs no write, and one look for its snapshots', async () => {
    await configured();
    expect(world.snapshots.followed).toBe(0);
    backUp();
    await world.settle();
    const { followed } = world.snapshots;
    const writes: string[] = [];
    world.gates.check = (...what) => void writes.push(what.join(' '));
    world.clusters.direct.change(sample, ({ metadata }) => (metadata.labels = { a: 'b' }));
    await world.settle(3_600_000);
    expect(writes).toEqual([]);
    expect(world.snapshots.followed).toBe(followed + 1);
  });

  test('that is deleted takes its snapshots along', async () => {
    await configured();
    backUp();
    await world.settle();
    world.backups.direct.remove(at('first'));
    await world.settle();
    expect(world.backups.list()).toEqual([]);
    expect(snapshots()).toEqual([]);
    expect(statusOf(world).state).toBe('configured');
  });
});
