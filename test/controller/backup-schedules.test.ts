/** Schedules of backups. */
import { describe, expect, test } from 'vitest';
import type { BackupSpec } from '../../src/apis/kubedirector/types.ts';
import { backUp, backupStatus, snapshots } from './support/backups.ts';
import { at } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const hour = 3_600_000;
const made = () =>
  world.backups
    .list()
    .filter(({ spec }) => spec.schedule === undefined)
    .map(({ metadata }) => metadata.annotations?.['kubedirector.hpe.com/scheduled-at'])
    .sort();

/** The world's time begins at 03:04:05; nothing happens in it by itself while a schedule sleeps. */
function schedule(spec: Partial<BackupSpec> = {}): void {
  backUp('hourly', { schedule: '0 * * * *', ...spec });
}

/** As a clock that is set, or a server that was away. */
function leap(milliseconds: number): void {
  const now = world.clock.now.bind(world.clock);
  world.clock.now = () => new Date(now().getTime() + milliseconds);
}

describe('a schedule', () => {
  test('makes a backup whenever it is due, under a name made of that time', async () => {
    await configured();
    schedule();
    await world.settle(1_000);
    expect(made()).toEqual([]);
    expect(backupStatus('hourly')).toMatchObject({ phase: 'Scheduled', nextScheduleTime: '2026-01-02T04:00:00Z' });
    await world.settle(2.5 * hour);
    expect(made()).toEqual(['2026-01-02T04:00:00Z', '2026-01-02T05:00:00Z']);
    const minute = Date.UTC(2026, 0, 2, 4) / 60_000;
    expect(backupStatus(`hourly-${minute}`).phase).toBe('Succeeded');
    expect(world.backups.get('default', `hourly-${minute}`)).toMatchObject({
      metadata: { ownerReferences: [{ name: 'hourly', controller: true }] },
      spec: { cluster: 'sample' },
    });
    expect(backupStatus('hourly')).toMatchObject({
      lastScheduleTime: '2026-01-02T05:00:00Z',
      lastSuccessfulTime: '2026-01-02T05:00:00Z',
      nextScheduleTime: '2026-01-02T06:00:00Z',
    });
  });

  test('makes one of several backups that were missed, the last one', async () => {
    await configured();
    schedule();
    await world.settle(1_000);
    await world.stop();
    leap(5 * hour);
    world.start();
    await world.settle(60_000);
    expect(made()).toEqual(['2026-01-02T08:00:00Z']);
  });

  test('leaves a backup out for which it is too late', async () => {
    await configured();
    schedule({ startingDeadlineSeconds: 60 });
    await world.stop();
    leap(5 * hour);
    world.start();
    await world.settle(60_000);
    expect(made()).toEqual([]);
    await world.settle(hour);
    expect(made()).toEqual(['2026-01-02T09:00:00Z']);
  });

  test('makes no second one while the first is being made, and the last of those due after it', async () => {
    await configured();
    world.snapshots.driver = 'taken';
    schedule({ timeoutSeconds: 86_400 });
    await world.settle(3.5 * hour);
    expect(made()).toEqual(['2026-01-02T04:00:00Z']);
    expect(backupStatus('hourly').active).toMatch(/^hourly-\d+$/);
    world.snapshots.driver = 'prompt';
    await world.settle(60_000);
    expect(made()).toEqual(['2026-01-02T04:00:00Z', '2026-01-02T06:00:00Z']);
  });

  test('goes on after a clock that was ahead, and makes no backup twice', async () => {
    await configured();
    schedule();
    leap(365 * 24 * hour);
    await world.settle(hour);
    expect(made()).toEqual(['2027-01-02T03:00:00Z', '2027-01-02T04:00:00Z']);
    leap(-365 * 24 * hour);
    await world.settle(1.5 * hour);
    expect(made().filter((time) => time?.startsWith('2026'))).toEqual(['2026-01-02T04:00:00Z', '2026-01-02T05:00:00Z']);
    expect(made().length).toBe(4);
  });

  test('says why it can make none, until it can', async () => {
    await configured();
    schedule();
    world.gates.check = (verb, resource) => {
      if (verb === 'create' && resource === 'kubedirectorbackups') throw new Error('exceeded quota: backups');
    };
    await world.settle(hour);
    expect(backupStatus('hourly')).toMatchObject({ reason: 'ReconcileError', message: 'exceeded quota: backups' });
    world.gates.check = () => undefined;
    await world.settle(10 * 60_000);
    expect(backupStatus('hourly').reason).toBeUndefined();
    expect(made()).toEqual(['2026-01-02T04:00:00Z']);
  });

  test('says so where somebody else has made a backup of the name of the next one', async () => {
    await configured();
    const name = `hourly-${Date.UTC(2026, 0, 2, 4) / 60_000}`;
    backUp(name);
    schedule();
    await world.settle(1.2 * hour);
    expect(backupStatus('hourly')).toMatchObject({ reason: 'ReconcileError' });
    expect(backupStatus('hourly').message).toMatch(new RegExp(`"${name}" already exists`));
    await world.settle(hour);
    expect(backupStatus('hourly').reason).toBeUndefined();
    expect(made()).toContain('2026-01-02T05:00:00Z');
  });

  test('makes none while it is suspended', async () => {
    await configured();
    schedule({ suspend: true });
    await world.settle(3 * hour);
    expect(made()).toEqual([]);
    expect(backupStatus('hourly')).toMatchObject({ phase: 'Scheduled', reason: 'Suspended' });
    world.backups.direct.change(at('hourly'), ({ spec }) => (spec.suspend = false));
    await world.settle(1_000);
    expect(backupStatus('hourly').reason).toBeUndefined();
  });

  test('keeps the last ones that succeeded, and their snapshots', async () => {
    await configured();
    schedule({ retention: { keepLast: 2 } });
    await world.settle(5.5 * hour);
    expect(made()).toEqual(['2026-01-02T07:00:00Z', '2026-01-02T08:00:00Z']);
    expect(snapshots().length).toBe(2 * world.claims.list().length);
  });

  test('counts no backup that has lost a snapshot, keeps what is left of it, and the last good one', async () => {
    await configured();
    schedule({ retention: { keepLast: 2 } });
    await world.settle(2.5 * hour);
    const [first, second] = [4, 5].map((at) => `hourly-${Date.UTC(2026, 0, 2, at) / 60_000}`);
    const [lost, ...left] = snapshots().filter(({ metadata }) => metadata.name.startsWith(`${second ?? ''}-`));
    world.snapshots.resource.direct.remove(at(lost?.metadata.name ?? ''));
    await world.settle(10_000);
    expect(backupStatus(second)).toMatchObject({ phase: 'Degraded', reason: 'SnapshotLost' });
    expect(backupStatus(second).message).toBe(
      `VolumeSnapshot ${lost?.metadata.name ?? ''} of backup ${second ?? ''} is gone`,
    );
    expect(backupStatus(second).conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'False' }));
    expect(snapshots()).toEqual(expect.arrayContaining(left));
    await world.settle(hour);
    expect(made()).toEqual([4, 5, 6].map((at) => `2026-01-02T0${at}:00:00Z`));
    expect(backupStatus(first).phase).toBe('Succeeded');
    await world.settle(2 * hour);
    expect(made()).toEqual(['2026-01-02T07:00:00Z', '2026-01-02T08:00:00Z']);
  });

  test('lets none go before it knows whether the others are whole, also after a time without a server', async () => {
    await configured();
    schedule({ retention: { keepLast: 2 } });
    await world.settle(2.5 * hour);
    const first = `hourly-${Date.UTC(2026, 0, 2, 4) / 60_000}`;
    await world.stop();
    for (const { metadata } of snapshots()) {
      if (!metadata.name.startsWith(`${first}-`)) world.snapshots.resource.direct.remove(at(metadata.name));
    }
    world.backups.direct.change(at('hourly'), ({ spec }) => (spec.retention = { keepLast: 1 }));
    world.start();
    await world.settle(60_000);
    expect(backupStatus(first).phase).toBe('Succeeded');
    expect(made()).toContain('2026-01-02T04:00:00Z');
  });

  test('lets backups go that are too old, but never the last one that succeeded', async () => {
    await configured();
    schedule({ retention: { maxAgeSeconds: 2 * 3600 } });
    await world.settle(4.2 * hour);
    expect(made()).toEqual(['2026-01-02T06:00:00Z', '2026-01-02T07:00:00Z']);
    world.snapshots.driver = 'refused';
    await world.settle(10 * hour);
    const succeeded = world.backups.list().filter(({ status }) => status?.phase === 'Succeeded');
    expect(succeeded.map(({ metadata }) => metadata.annotations?.['kubedirector.hpe.com/scheduled-at'])).toEqual([
      '2026-01-02T07:00:00Z',
    ]);
    // Of those that failed, the last three.
    expect(made().length).toBe(4);
  });

  test('makes none of a cluster in a namespace that it does not serve', async () => {
    await configured();
    await world.stop();
    world.start({ namespaces: ['other'] });
    schedule();
    await world.settle(3 * hour);
    expect(made()).toEqual([]);
  });
});
