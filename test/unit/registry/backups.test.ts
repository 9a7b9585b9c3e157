/** KubeDirectorBackups, and clusters that are made of them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackupStatus, KubeDirectorBackup } from '../../../src/apis/kubedirector/types.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { causes, context, Fixture, namespace, refusal } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
  await fixture.app(minimalApp);
});
afterEach(() => fixture.stop());

const jane = { name: 'jane', groups: [] };

async function create(spec: object, name = 'nightly', user = context.user): Promise<Stored<KubeDirectorBackup>> {
  const backup = {
    ...{ apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorBackup', metadata: { name }, spec },
    status: { phase: 'Succeeded' },
  };
  return (await fixture.backups.create({ ...context, user }, namespace, backup as KubeDirectorBackup)).object;
}

async function change(spec: object, name = 'nightly'): Promise<Stored<KubeDirectorBackup>> {
  const target = { namespace, name };
  const written = await fixture.backups.update(
    context,
    target,
    (current) => ({ ...current, spec }) as KubeDirectorBackup,
  );
  return written.object;
}

async function setStatus(status: BackupStatus, name = 'nightly'): Promise<void> {
  const next = (current: KubeDirectorBackup | undefined) => ({ ...current, status }) as KubeDirectorBackup;
  await fixture.backups.update(context, { namespace, name }, next, { subresource: 'status' });
}

describe('a backup', () => {
  it('begins with the status of one that nothing has been done for, whatever its author says', async () => {
    expect((await create({ cluster: 'one' })).status).toEqual({ observedGeneration: 0 });
  });

  it('has no fields of a schedule without one', async () => {
    const more = { timeZone: 'UTC', suspend: true, retention: { keepLast: 1 }, startingDeadlineSeconds: 10 };
    expect(await causes(create({ cluster: 'one', ...more }))).toEqual(
      ['timeZone', 'startingDeadlineSeconds', 'suspend', 'retention'].map(
        (field) => `spec.${field}: Forbidden: needs spec.schedule`,
      ),
    );
  });

  it('needs a schedule that is one', async () => {
    const [cause, ...others] = await causes(create({ cluster: 'one', schedule: 'tomorrow' }));
    expect(cause).toMatch(/^spec\.schedule: Invalid value: "tomorrow": must be five fields of Cron/);
    expect(others).toEqual([]);
  });

  it('has a deadline that its controller can keep, as a CronJob', async () => {
    const short = create({ cluster: 'one', schedule: '@daily', startingDeadlineSeconds: 0 });
    expect(await causes(short)).toEqual([
      'spec.startingDeadlineSeconds: Invalid value: 0: spec.startingDeadlineSeconds in body should be greater than or equal to 10',
    ]);
  });

  it('has a name that its backups and their labels can have', async () => {
    expect(await causes(create({ cluster: 'one' }, 'a'.repeat(64)))).toEqual([
      `metadata.name: Invalid value: "${'a'.repeat(64)}": must be no more than 63 characters`,
    ]);
    const [cause] = await causes(create({ cluster: 'one', schedule: '@daily' }, 'a'.repeat(53)));
    expect(cause).toMatch(/must be no more than 52 characters for a schedule$/);
  });

  it('can not change once it exists', async () => {
    await create({ cluster: 'one' });
    const changes = { cluster: 'two', schedule: '@daily', timeoutSeconds: 90 };
    expect(await causes(change(changes))).toEqual([
      `spec.cluster: Forbidden: can't change; it is "one"`,
      `spec.schedule: Forbidden: can't change; create another backup`,
      `spec.timeoutSeconds: Forbidden: can't change; create another backup`,
    ]);
  });

  it('can change in all but its cluster if it is a schedule, and stays one', async () => {
    await create({ cluster: 'one', schedule: '@daily' });
    const { spec } = await change({ cluster: 'one', schedule: '@hourly', suspend: true, retention: { keepLast: 3 } });
    expect(spec).toMatchObject({ schedule: '@hourly', suspend: true });
    expect(await causes(change({ cluster: 'two', schedule: '@hourly' }))).toEqual([
      `spec.cluster: Forbidden: can't change; it is "one"`,
    ]);
    expect(await causes(change({ cluster: 'one' }))).toContain(
      "spec.schedule: Forbidden: can't be removed; set spec.suspend to make no further backups",
    );
  });

  it('is for users who may read the cluster, whose spec is kept in it', async () => {
    const [cause] = await causes(create({ cluster: 'one' }, 'nightly', jane));
    expect(cause).toMatch(/^spec\.cluster: Forbidden: user "jane" cannot get kubedirectorclusters "one"/);
    fixture.rights.grant('jane', 'get kubedirectorclusters default/one');
    expect((await create({ cluster: 'one' }, 'nightly', jane)).spec.cluster).toBe('one');
  });

  it('is made by the controller for a schedule, whose author was asked', async () => {
    const fence = {
      condition: { key: '/internal/none', revision: 'absent' },
      broken: () => new Error('broken'),
    } as const;
    const made = {
      ...{ apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorBackup', metadata: { name: 'made' } },
      spec: { cluster: 'one' },
    } as KubeDirectorBackup;
    const written = await fixture.backups.create({ ...context, user: jane, fence }, namespace, made);
    expect(written.object.metadata.name).toBe('made');
    expect(fixture.rights.asked).toEqual([]);
  });

  it('tells who deletes it what goes with it', async () => {
    const warnings: string[] = [];
    const warned = { ...context, warn: (text: string) => void warnings.push(text) };
    await create({ cluster: 'one' }, 'once');
    await create({ cluster: 'one', schedule: '@daily' });
    await fixture.backups.delete(warned, { namespace, name: 'once' }, {});
    await fixture.backups.delete(warned, { namespace, name: 'nightly' }, {});
    expect(warnings).toEqual([
      'the VolumeSnapshots of the backup are deleted, too',
      'the backups of the schedule are deleted, too, with their VolumeSnapshots; --cascade=orphan keeps them',
    ]);
  });
});

const [role] = minimalCluster.spec.roles;
const volume = (template: string, restoreSize: string) => ({
  ...{ template, claim: `${template}-set-0`, snapshot: `s-${template}`, restoreSize, ready: true },
});
const succeeded: BackupStatus = {
  phase: 'Succeeded',
  app: { name: 'minimal', distroID: 'example/minimal' },
  members: [
    { pod: 'set-0', role: 'only', ordinal: 0, volumes: [volume('p', '2Gi')] },
    { pod: 'set-1', role: 'only', ordinal: 1, volumes: [volume('p', '2Gi')] },
  ],
};

function restored(more: object = {}, user = context.user) {
  const roles = [{ ...role, members: 2, storage: { size: '2Gi' }, ...more }];
  const spec = { ...minimalCluster.spec, restoreFrom: { backup: 'nightly' }, roles };
  return fixture.cluster({ ...minimalCluster, metadata: { name: 'two' }, spec }, namespace, user);
}

describe('a cluster that is made of a backup', () => {
  it('fits it', async () => {
    await create({ cluster: 'one' });
    await setStatus(succeeded);
    expect((await restored()).spec.restoreFrom).toEqual({ backup: 'nightly' });
  });

  it('waits for one that is not there yet, or has not ended', async () => {
    await restored();
    await create({ cluster: 'one' });
    expect(await refusal(restored())).toMatchObject({ reason: 'AlreadyExists' });
    await setStatus({ phase: 'Finalizing' });
    await fixture.clusters.delete(context, { namespace, name: 'two' }, {});
    expect((await restored()).metadata.name).toBe('two');
  });

  it.each([
    ['has failed', { phase: 'Failed', message: 'no snapshots' }, /has failed: no snapshots$/],
    ['has lost a snapshot', { phase: 'Degraded', message: 'a is gone' }, /has lost a snapshot: a is gone$/],
    [
      'is of another app',
      { ...succeeded, app: { name: 'x', distroID: 'example/other' } },
      /is of an app with the distroID "example\/other", and the app of this cluster has "example\/minimal"$/,
    ],
  ] as const)('is refused where its backup %s', async (_what, status, message) => {
    await create({ cluster: 'one' });
    await setStatus(structuredClone(status));
    const [cause] = await causes(restored());
    expect(cause).toMatch(/^spec\.restoreFrom\.backup: Invalid value: "nightly": /);
    expect(cause).toMatch(message);
  });

  it('is refused with a schedule', async () => {
    await create({ cluster: 'one', schedule: '@daily' });
    expect((await causes(restored()))[0]).toMatch(/is a schedule; name one of the backups that it has made$/);
  });

  it.each([
    ['fewer members', { members: 1 }, /^spec\.roles\[0\]\.members: .* must be at least 2/],
    ['smaller volumes', { storage: { size: '1Gi' } }, /^spec\.roles\[0\]\.storage\.size: .* must be at least 2Gi/],
    ['no volumes', { storage: undefined }, /^spec\.roles\[0\]\.storage: Required value/],
  ])('is refused with %s', async (_what, more, message) => {
    await create({ cluster: 'one' });
    await setStatus(succeeded);
    const found = await causes(restored(more));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it('is refused with another number or size of block devices', async () => {
    await create({ cluster: 'one' });
    const members = (succeeded.members ?? []).map((one) => ({
      ...one,
      volumes: [volume('b0', '3Gi'), volume('b1', '3Gi')],
    }));
    await setStatus({ ...succeeded, members });
    const devices = { storageClassName: 'fast', pathPrefix: '/dev/d', numDevices: 2, size: '3Gi' };
    expect((await restored({ blockStorage: devices })).metadata.name).toBe('two');
    await fixture.clusters.delete(context, { namespace, name: 'two' }, {});
    for (const [more, field] of [
      [{ numDevices: 1 }, 'numDevices'],
      [{ size: '2Gi' }, 'size'],
    ] as const) {
      const [cause] = await causes(restored({ blockStorage: { ...devices, ...more } }));
      expect(cause).toMatch(new RegExp(`^spec\\.roles\\[0\\]\\.blockStorage\\.${field}: Invalid value`));
    }
  });

  it('is for users who may get the files in the backup', async () => {
    await create({ cluster: 'one' });
    await setStatus({ phase: 'Failed' });
    // Nothing is told of the backup.
    const found = await causes(restored({}, jane));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^spec\.restoreFrom\.backup: Forbidden: user "jane" cannot get kubedirectorbackups\/data/);
    await setStatus(succeeded);
    fixture.rights.grant('jane', 'get kubedirectorbackups/data default/nightly');
    expect((await restored({}, jane)).metadata.name).toBe('two');
  });

  it('keeps to its backup', async () => {
    await restored();
    await fixture.cluster(minimalCluster);
    const causesOf = (name: string, backup: string | undefined) =>
      causes(
        fixture.changeCluster(name, ({ spec }) => {
          if (backup === undefined) delete spec.restoreFrom;
          else spec.restoreFrom = { backup };
        }),
      );
    for (const next of ['other', undefined]) {
      expect(await causesOf('two', next)).toEqual([
        `spec.restoreFrom: Forbidden: can't change; its backup is "nightly"`,
      ]);
    }
    expect(await causesOf('one', 'nightly')).toEqual([
      `spec.restoreFrom: Forbidden: can't be added to a cluster that exists`,
    ]);
  });

  it('is refused with a backup that is being deleted', async () => {
    await create({ cluster: 'one' });
    await setStatus(succeeded);
    const target = { namespace, name: 'nightly' };
    await fixture.backups.update(context, target, (current) => {
      const { metadata } = current as KubeDirectorBackup;
      return { ...(current as KubeDirectorBackup), metadata: { ...metadata, finalizers: ['example.com/hold'] } };
    });
    await fixture.backups.delete(context, target, {});
    expect((await causes(restored()))[0]).toMatch(/is being deleted$/);
  });
});
