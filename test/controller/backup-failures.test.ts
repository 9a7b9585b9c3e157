/** Backups that can't succeed: nobody stays frozen, and nothing is left that looks whole. */
import { afterEach, describe, expect, test } from 'vitest';
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

/** Ends with nobody frozen and no snapshot, whatever the test has done. */
afterEach(() => {
  expect(frozen()).toEqual([]);
  expect(snapshots().filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toEqual([]);
});

async function failed(reason: string, message: RegExp): Promise<void> {
  await world.settle(20 * 60_000);
  expect(backupStatus()).toMatchObject({ phase: 'Failed', reason });
  expect(backupStatus().message).toMatch(message);
  expect(backupStatus().members).toBeUndefined();
  const found = backupStatus().conditions?.find(({ type }) => type === 'Degraded');
  expect(found).toMatchObject({ status: 'True', reason });
  const members = world.clusters.get('default', 'sample')?.status?.roles?.flatMap((role) => role.members) ?? [];
  expect(members.map(({ stateDetail }) => stateDetail.backup).filter((one) => one !== undefined)).toEqual([]);
}

describe('a backup fails', () => {
  test('where there is no such cluster', async () => {
    backUp('first', { cluster: 'nowhere' });
    await failed('ClusterNotFound', /there is no cluster nowhere/);
  });

  test('where the cluster serves no VolumeSnapshots, without trying for ever', async () => {
    listenToBackups();
    await configured();
    world.snapshots.isServed = false;
    backUp();
    await failed('SnapshotsNotServed', /install the CRDs/);
    expect(toldOfBackups()).toEqual({});
    const revision = backup().metadata.resourceVersion;
    await world.settle(3_600_000);
    expect(backup().metadata.resourceVersion).toBe(revision);
  });

  test('where there is no such class, before anybody is frozen', async () => {
    listenToBackups();
    await configured();
    backUp('first', { volumeSnapshotClassName: 'nowhere' });
    await failed('SnapshotClassNotFound', /there is no VolumeSnapshotClass nowhere/);
    expect(toldOfBackups()).toEqual({});
  });

  test('where a member does not run, after a while in which nobody is frozen', async () => {
    listenToBackups();
    await configured();
    world.guest.configureExit.set(podOf(world, 'work'), 1);
    world.nodes.restart('default', podOf(world, 'work'));
    backUp('first', { timeoutSeconds: 300 });
    await failed('MembersNotReady', /is in the state config error/);
    expect(toldOfBackups()).toEqual({});
  });

  test('where no member has a volume', async () => {
    await configured(({ spec }) => {
      for (const role of spec.roles) {
        delete role.storage;
        delete role.blockStorage;
      }
    });
    backUp();
    await failed('NoVolumes', /no member of the cluster has a volume/);
  });

  test('where the driver refuses, in its words', async () => {
    listenToBackups();
    await configured();
    world.snapshots.driver = 'refused';
    backUp();
    await failed('SnapshotsNotTaken', /rpc error: code = Unimplemented/);
  });

  test('where creating a snapshot is refused, in the words of who refuses it', async () => {
    listenToBackups();
    await configured();
    world.gates.check = (verb, resource) => {
      if (verb === 'create' && resource === 'volumesnapshots') throw new Error('exceeded quota: snapshots');
    };
    backUp();
    await failed('SnapshotsNotTaken', /exceeded quota: snapshots/);
  });

  test('where the driver does not answer, and applications go on after freezeTimeoutSeconds', async () => {
    listenToBackups();
    await configured();
    world.snapshots.driver = 'silent';
    backUp('first', { freezeTimeoutSeconds: 30 });
    await world.settle(29_000);
    expect(frozen()).not.toEqual([]);
    await world.settle(32_000);
    expect(frozen()).toEqual([]);
    await failed('SnapshotsNotTaken', /not all snapshots were taken in time/);
  });

  test('where snapshots can no longer be read, and applications go on after freezeTimeoutSeconds', async () => {
    listenToBackups();
    await configured();
    world.snapshots.driver = 'silent';
    backUp('first', { freezeTimeoutSeconds: 30 });
    await world.settle(10_000);
    expect(backupStatus().phase).toBe('Snapshotting');
    world.snapshots.unread = 'snapshots';
    world.clusters.direct.change(sample, ({ metadata }) => (metadata.labels = { a: 'b' }));
    await world.settle(29_000);
    expect(frozen()).not.toEqual([]);
    await world.settle(10_000);
    expect(frozen()).toEqual([]);
    expect(backupStatus()).toMatchObject({ phase: 'Thawing', reason: 'SnapshotsNotTaken' });
    world.snapshots.unread = undefined;
    await failed('SnapshotsNotTaken', /volumesnapshots is forbidden/);
  });

  test('where its class can’t be read for so long, which it says before', async () => {
    listenToBackups();
    await configured();
    world.snapshots.unread = 'classes';
    backUp('first', { volumeSnapshotClassName: 'snap', timeoutSeconds: 300 });
    await world.settle(10_000);
    const message = 'volumesnapshotclasses is forbidden';
    expect(backupStatus()).toMatchObject({ phase: 'Pending', reason: 'ReconcileError', message });
    await failed('ReconcileError', /^volumesnapshotclasses is forbidden$/);
    expect(toldOfBackups()).toEqual({});
  });

  test('where snapshots never become ready, long after applications have gone on', async () => {
    listenToBackups();
    await configured();
    world.snapshots.driver = 'taken';
    backUp('first', { timeoutSeconds: 600 });
    await world.settle(10_000);
    expect(backupStatus()).toMatchObject({ phase: 'Finalizing', reason: 'SnapshotsNotReady' });
    expect(frozen()).toEqual([]);
    await failed('SnapshotsNotReady', /snapshots are not ready to use/);
  });

  test('where a script hangs in begin', async () => {
    listenToBackups();
    await configured();
    const head = podOf(world, 'head');
    world.guest.deaf.add(head);
    backUp('first', { freezeTimeoutSeconds: 60 });
    await world.settle(70_000);
    expect(backupStatus()).toMatchObject({ phase: 'Thawing', reason: 'FreezeTimeout' });
    // Its run was given no more time than that, and is over now.
    const [run] = world.guest.runs.filter(({ pod, args }) => pod === head && args.includes('--backup'));
    expect(run?.args[2]).toBe('60');
    world.guest.deaf.clear();
    await failed('FreezeTimeout', new RegExp(head));
  });

  test('where a member that names the event refuses it', async () => {
    listenToBackups();
    await configured();
    world.guest.refusals.set(podOf(world, 'head'), 1);
    backUp();
    await failed('FreezeFailed', /could not be frozen: startscript --backup: exit status 10/);
    expect(condition(world, 'Ready')?.status).toBe('True');
  });

  test('where a frozen member gets another container', async () => {
    await whileSnapshotting();
    expect(backupStatus().phase).toBe('Snapshotting');
    world.nodes.restart('default', podOf(world, 'head'));
    await failed('MembersNotReady', /has left or was restarted/);
    expect(membersOf(world, 'head')[0]?.state).toBe('configured');
  });

  test('where the cluster is deleted amid it', async () => {
    await whileSnapshotting();
    const told = toldOfBackups();
    expect(Object.keys(told).length).toBeGreaterThan(0);
    world.clusters.direct.remove(sample);
    await world.settle();
    expect(world.clusters.list()).toEqual([]);
    await world.settle();
    expect(backupStatus()).toMatchObject({ phase: 'Failed', reason: 'ClusterNotFound' });
    // Their pods are gone.
    world.guest.runs.length = 0;
  });

  test('where the cluster is paused amid it, and its applications go on first', async () => {
    await whileSnapshotting();
    world.clusters.direct.change(sample, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, 'kubedirector.hpe.com/paused': 'true' };
    });
    await failed('ClusterPaused', /paused amid the backup/);
    expect(condition(world, 'Paused')?.status).toBe('True');
  });

  test('where the cluster is stopped amid it', async () => {
    await whileSnapshotting();
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = true));
    await failed('MembersNotReady', /has left or was restarted/).catch(() => failed('ClusterNotReady', /stopped amid/));
    expect(statusOf(world).state).toBe('suspended');
    world.guest.runs.length = 0;
  });

  test('where somebody deletes a snapshot that is not ready yet', async () => {
    await configured();
    world.snapshots.driver = 'taken';
    backUp();
    await world.settle(10_000);
    const [snapshot] = snapshots();
    world.snapshots.resource.direct.remove(at(snapshot?.metadata.name ?? ''));
    await failed('SnapshotLost', /is gone$/);
  });

  test('where a snapshot that is not ready yet is replaced by one of another volume', async () => {
    await configured();
    world.snapshots.driver = 'taken';
    backUp();
    await world.settle(10_000);
    expect(backupStatus().phase).toBe('Finalizing');
    const [snapshot, other] = snapshots();
    world.snapshots.resource.direct.change(at(snapshot?.metadata.name ?? ''), ({ spec, status = {} }) => {
      spec.source = { ...other?.spec.source };
      status.readyToUse = true;
    });
    await failed('SnapshotLost', /is not the one of this backup$/);
  });

  test('where a snapshot of that name is somebody else’s, which stays', async () => {
    await configured();
    const [claim] = world.claims.list();
    const name = `first-${claim?.metadata.name ?? ''}`;
    const labels = { 'kubedirector.hpe.com/kdbackup': 'first' };
    world.snapshots.resource.direct.create({
      ...{ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot' },
      metadata: { name, namespace: 'default', labels },
      spec: { source: {} },
    });
    backUp();
    await failed('SnapshotsNotTaken', /is not of this backup/);
    expect(snapshots().map(({ metadata }) => metadata.name)).toEqual([name]);
    world.snapshots.resource.direct.remove(at(name));
  });

  test('with all that was made for it, where it is deleted amid itself', async () => {
    await whileSnapshotting();
    expect(snapshots().length).toBeGreaterThan(0);
    world.backups.direct.remove(at('first'));
    await world.settle();
    expect(world.backups.list()).toEqual([]);
    expect(frozen()).toEqual([]);
    expect(statusOf(world).state).toBe('configured');
  });

  test('where the clock is set back while applications are frozen', async () => {
    await whileSnapshotting();
    const now = world.clock.now.bind(world.clock);
    world.clock.now = () => new Date(now().getTime() - 86_400_000);
    world.clusters.direct.change(sample, ({ metadata }) => (metadata.labels = { 'kubedirector.hpe.com/a': 'b' }));
    await failed('SnapshotsNotTaken', /not all snapshots were taken in time/);
    world.clock.now = now;
  });
});
