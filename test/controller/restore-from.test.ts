/** Clusters whose volumes are made of a backup. */
import { describe, expect, test, vi } from 'vitest';
import type { KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import { backup, backUp, backupStatus, listenToBackups } from './support/backups.ts';
import { at, sampleCluster } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

/** Members of all roles have volumes. */
function withVolumes({ spec }: KubeDirectorCluster): void {
  for (const role of spec.roles) role.storage ??= { size: '1Gi', storageClassName: 'standard' };
}

/** A second cluster like the first one. */
function copy(change: (cluster: KubeDirectorCluster) => void = () => undefined, name = 'copy'): void {
  const cluster = sampleCluster((one) => {
    one.metadata = { name, namespace: 'default', uid: `uid-of-${name}` };
    one.spec.restoreFrom = { backup: 'first' };
  });
  withVolumes(cluster);
  change(cluster);
  world.clusters.direct.create(cluster);
}

const statusOf = (name = 'copy') => world.clusters.get('default', name)?.status ?? {};
const condition = (type: string) => statusOf().conditions?.find((one) => one.type === type);
const claimsOf = (name = 'copy') => world.claims.byLabel('kubedirector.hpe.com/kdcluster', name);
const podsOf = (name = 'copy') => world.pods.byLabel('kubedirector.hpe.com/kdcluster', name);
const restored = (pod: string) => world.guest.notified(pod).filter((args) => args.startsWith('--restore'));

async function backedUp(): Promise<void> {
  await configured(withVolumes);
  backUp();
  await world.settle();
  expect(backupStatus().phase).toBe('Succeeded');
}

describe('a cluster that is made of a backup', () => {
  test('has claims made of the snapshots before any StatefulSet, and tells members of it when they are set up', async () => {
    listenToBackups();
    await backedUp();
    const early: string[] = [];
    world.statefulSets.onChange(({ object, old }) => {
      if (object === undefined || old !== undefined) return;
      const templates = (object.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? '');
      const missing = templates.filter(
        (one) => world.claims.get('default', `${one}-${object.metadata.name}-0`) === undefined,
      );
      early.push(...missing);
    });
    copy();
    await world.settle();
    expect(statusOf().state).toBe('configured');
    expect(early).toEqual([]);
    const { members = [] } = backupStatus();
    const wanted = members.flatMap(({ volumes }) => volumes.map(({ snapshot }) => snapshot)).sort();
    expect(
      claimsOf()
        .map(({ spec }) => spec?.dataSource?.name)
        .sort(),
    ).toEqual(wanted);
    for (const { spec, metadata } of claimsOf()) {
      expect(spec?.dataSource).toMatchObject({ apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot' });
      // Each member has the volumes of the one with its role and number.
      const [, role = '', ordinal = ''] = /^[pb]\d*-\w+-(\w+)-\w+-(\d)$/.exec(metadata.name) ?? [];
      expect(spec?.dataSource?.name).toMatch(new RegExp(`-sample-${role}-\\w+-${ordinal}$`));
      expect(metadata.ownerReferences?.[0]).toMatchObject({ name: 'copy', controller: true });
    }
    const setups = world.guest.runs.filter(({ step, pod }) => step === 'kd-setup' && pod.startsWith('copy'));
    const anew = new Set(setups.filter(({ args }) => args[7]?.startsWith('anew:')).map(({ pod }) => pod));
    const withFiles = podsOf().filter(({ metadata }) =>
      claimsOf().some((claim) => claim.metadata.name.endsWith(metadata.name)),
    );
    expect([...anew].sort()).toEqual(
      withFiles
        .map(({ metadata }) => metadata.name)
        .filter((pod) => setups.some((one) => one.pod === pod))
        .sort(),
    );
    for (const pod of anew) expect(restored(pod)).toEqual(['--restore']);
    expect(condition('Restored')).toMatchObject({ status: 'True', reason: 'Restored' });
    expect(statusOf().restoredFrom).toMatchObject({ backup: 'first', uid: backup().metadata.uid });
    // The first one has nothing to do with it.
    expect(world.guest.runs.some(({ pod, args }) => pod.startsWith('sample') && args.includes('--restore'))).toBe(
      false,
    );
  });

  test('is its own afterwards: new members begin empty, and the backup may go', async () => {
    await backedUp();
    copy();
    await world.settle();
    world.backups.direct.remove(at('first'));
    await world.settle();
    expect(world.backups.list()).toEqual([]);
    const before = claimsOf().length;
    world.clusters.direct.change(at('copy'), ({ spec }) => {
      for (const role of spec.roles) if (role.id === 'work') role.members = 3;
    });
    await world.settle();
    expect(statusOf().state).toBe('configured');
    expect(claimsOf().filter(({ spec }) => spec?.dataSource === undefined).length).toBe(claimsOf().length - before);
    expect(condition('Restored')?.status).toBe('True');
  });

  test('has more members than the backup, where that is asked for', async () => {
    await backedUp();
    copy(({ spec }) => {
      for (const role of spec.roles) if (role.id === 'work') role.members = 3;
    });
    await world.settle();
    expect(statusOf().state).toBe('configured');
    expect(podsOf().filter(({ metadata }) => metadata.name.includes('work')).length).toBe(3);
  });

  test('can be made when the other one is gone', async () => {
    await backedUp();
    world.clusters.direct.remove(at('sample'));
    await world.settle();
    expect(world.claims.list()).toEqual([]);
    copy(undefined, 'sample');
    await world.settle();
    expect(statusOf('sample').state).toBe('configured');
    expect(claimsOf('sample').every(({ spec }) => spec?.dataSource !== undefined)).toBe(true);
  });

  test('waits for a backup that is still to come', async () => {
    await configured(withVolumes);
    copy();
    await world.settle();
    expect(condition('Restored')).toMatchObject({ status: 'False', reason: 'AwaitingBackup' });
    expect(podsOf()).toEqual([]);
    expect(claimsOf()).toEqual([]);
    backUp();
    await world.settle();
    expect(statusOf().state).toBe('configured');
    expect(condition('Restored')?.status).toBe('True');
  });

  test('is not made of a backup that fails, and says so', async () => {
    await configured(withVolumes);
    copy();
    world.snapshots.driver = 'refused';
    backUp();
    await world.settle(10 * 60_000);
    expect(condition('Restored')).toMatchObject({ status: 'False', reason: 'RestoreImpossible' });
    expect(condition('Degraded')).toMatchObject({ status: 'True', reason: 'RestoreImpossible' });
    expect(condition('Ready')?.status).toBe('False');
    expect(podsOf()).toEqual([]);
  });

  test('does not take up claims that were there before', async () => {
    await configured((cluster) => {
      withVolumes(cluster);
      cluster.spec.persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain' };
    });
    backUp();
    await world.settle();
    world.clusters.direct.remove(at('sample'));
    await world.settle();
    expect(world.claims.list().length).toBeGreaterThan(0);
    copy(undefined, 'sample');
    await world.settle();
    const found = statusOf('sample').conditions?.find(({ type }) => type === 'Restored');
    expect(found).toMatchObject({ status: 'False', reason: 'RestoreImpossible' });
    expect(found?.message).toMatch(/exists and is not made of backup first/);
    expect(podsOf('sample')).toEqual([]);
  });

  test('keeps its backup until it has been made', async () => {
    await backedUp();
    const held: string[] = [];
    world.claims.onChange(({ object, old }) => {
      if (object === undefined || old !== undefined || held.length > 0) return;
      held.push(object.metadata.name);
      world.backups.direct.remove(at('first'));
    });
    for (const pod of ['head', 'work']) world.guest.configureExit.set(pod, 'running');
    world.pods.onChange(({ object }) => {
      if (object?.metadata.name.startsWith('copy-work')) world.guest.configureExit.set(object.metadata.name, 'running');
    });
    copy();
    await world.settle();
    expect(held).toHaveLength(1);
    expect(backup().metadata.deletionTimestamp).toBeDefined();
    expect(backupStatus()).toMatchObject({ phase: 'Succeeded', reason: 'InUse' });
    expect(world.snapshots.resource.list().length).toBeGreaterThan(0);
    world.guest.configureExit.clear();
    await world.settle();
    expect(statusOf().state).toBe('configured');
    expect(claimsOf().every(({ spec }) => spec?.dataSource !== undefined)).toBe(true);
    expect(world.backups.list()).toEqual([]);
    expect(world.snapshots.resource.list()).toEqual([]);
  });

  test('makes no member where a snapshot of its backup is gone, and says so', async () => {
    await backedUp();
    const [first] = world.snapshots.resource.list();
    world.snapshots.resource.direct.remove(at(first?.metadata.name ?? ''));
    copy();
    await world.settle();
    const reason = 'RestoreImpossible';
    const message = `VolumeSnapshot ${first?.metadata.name ?? ''} of backup first is gone`;
    expect(condition('Restored')).toMatchObject({ status: 'False', reason });
    expect(condition('Restored')?.message).toContain(message);
    expect(condition('Degraded')).toMatchObject({ status: 'True', reason });
    expect(claimsOf()).toEqual([]);
    expect(podsOf()).toEqual([]);
  });

  test('is made of a backup whose snapshots have lost their labels', async () => {
    await backedUp();
    const hidden = vi.spyOn(world.snapshots.client.view, 'get').mockReturnValue(undefined);
    copy();
    await world.settle();
    expect(hidden).toHaveBeenCalled();
    hidden.mockRestore();
    expect(backupStatus().phase).toBe('Succeeded');
    expect(statusOf().state).toBe('configured');
  });

  test('makes no empty member where its backup is forced away amid it', async () => {
    await backedUp();
    let writes = 0;
    world.gates.check = (verb, resource) => {
      if (verb !== 'create' || resource !== 'persistentvolumeclaims') return;
      writes += 1;
      if (writes > 1) throw new Error('exceeded quota: claims');
    };
    copy();
    await world.settle(2_000);
    world.backups.direct.change(at('first'), ({ metadata }) => (metadata.finalizers = []));
    world.backups.direct.remove(at('first'));
    world.gates.check = () => undefined;
    await world.settle();
    expect(condition('Restored')).toMatchObject({ status: 'False', reason: 'BackupGone' });
    expect(condition('Degraded')).toMatchObject({ status: 'True', reason: 'BackupGone' });
    const sets = world.statefulSets.byLabel('kubedirector.hpe.com/kdcluster', 'copy');
    for (const { metadata, spec } of sets) {
      for (const one of spec.volumeClaimTemplates ?? []) {
        for (let ordinal = 0; ordinal < (spec.replicas ?? 0); ordinal += 1) {
          const claim = world.claims.get('default', `${one.metadata?.name ?? ''}-${metadata.name}-${ordinal}`);
          expect(claim?.spec?.dataSource).toBeDefined();
        }
      }
    }
  });
});
