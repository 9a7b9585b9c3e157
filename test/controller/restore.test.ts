import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { restoringLabel, statusBackupAnnotation } from '../../src/apis/kubedirector/well-known.ts';
import type {
  KubeDirectorCluster,
  KubeDirectorConfig,
  KubeDirectorStatusBackup,
} from '../../src/apis/kubedirector/types.ts';
import { condition, sample, sampleApp, sampleCluster, statusOf, theCluster } from './support/samples.ts';
import { createWorld, systemNamespace, type World } from './support/world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(async () => {
  await world.stop();
});

const config = (spec: KubeDirectorConfig['spec']): KubeDirectorConfig => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorConfig',
  metadata: { name: 'kd-global-config', namespace: systemNamespace },
  ...(spec === undefined ? {} : { spec }),
});
const annotation = (): string | undefined => theCluster(world).metadata.annotations?.[statusBackupAnnotation];
const backup = () => world.statusBackups.get('default', 'sample');

describe('a status backup', () => {
  beforeEach(() => {
    world.apps.direct.create(sampleApp());
    world.start();
  });

  test('mirrors the status while the global config asks for it, and the annotation says so', async () => {
    world.clusters.direct.create(sampleCluster());
    await world.settle();
    expect(backup()).toBeUndefined();
    expect(annotation()).toBe('false');

    world.configs.direct.create(config({ backupClusterStatus: true }));
    await world.settle();
    expect(backup()?.spec.statusBackup).toEqual(statusOf(world));
    expect(backup()?.metadata.ownerReferences?.[0]?.uid).toBe(theCluster(world).metadata.uid);
    expect(annotation()).toBe('true');

    world.configs.direct.remove({ namespace: systemNamespace, name: 'kd-global-config' });
    await world.settle();
    expect(backup()).toBeUndefined();
    expect(annotation()).toBe('false');
  });
});

describe('a cluster being restored', () => {
  /** Everything as it was saved; the objects' owner has a new uid. */
  async function savedWorld(change?: (cluster: KubeDirectorCluster) => void): Promise<{
    readonly saved: KubeDirectorStatusBackup;
    readonly app: () => void;
    readonly status: () => void;
    readonly objects: (change?: { replicas: number }) => void;
    readonly claims: (prefix?: string) => void;
  }> {
    const before = createWorld();
    before.apps.direct.create(sampleApp());
    before.configs.direct.create(config({ backupClusterStatus: true }));
    before.clusters.direct.create(sampleCluster(change));
    before.start();
    await before.settle();
    await before.stop();
    const saved = before.statusBackups.get('default', 'sample');
    if (saved === undefined) throw new Error('no backup');
    return {
      saved,
      app: () => world.apps.direct.create(sampleApp()),
      status: () => world.statusBackups.direct.create(saved),
      objects: (change?: { replicas: number }) => {
        for (const set of before.statefulSets.list()) {
          world.statefulSets.direct.create({ ...set, spec: { ...set.spec, ...change } });
        }
        for (const service of before.services.list()) world.services.direct.create(service);
      },
      claims: (prefix = '') => {
        const claims = before.native.persistentVolumeClaims.list();
        for (const claim of claims) if (claim.metadata.name.startsWith(prefix)) world.claims.direct.create(claim);
      },
    };
  }

  const comesBack = (): void => {
    world.clusters.direct.create(
      sampleCluster(({ metadata, spec }) => {
        metadata.uid = 'new-uid';
        metadata.labels = { [restoringLabel]: '' };
        metadata.annotations = { [statusBackupAnnotation]: 'true' };
        delete spec.connections;
      }),
    );
    world.start();
  };

  test('waits for app, status and objects, then continues with them', async () => {
    const saved = await savedWorld();
    comesBack();
    await world.settle();
    expect(statusOf(world).restoreProgress).toEqual({
      ...{ awaitingApp: true, awaitingStatus: true, awaitingResources: true, error: '' },
    });
    saved.app();
    saved.status();
    await world.settle();
    expect(statusOf(world).restoreProgress).toMatchObject({
      ...{ awaitingApp: false, awaitingStatus: false, awaitingResources: true },
    });
    expect(condition(world, 'Ready')).toMatchObject({ status: 'False', reason: 'Restoring', observedGeneration: 1 });
    expect(condition(world, 'Ready')?.message).toMatch(/^awaiting service /);
    expect(condition(world, 'Progressing')).toMatchObject({ status: 'True', reason: 'Restoring' });
    expect(condition(world, 'Degraded')?.status).toBe('False');
    expect(world.statefulSets.created).toEqual([]);
    expect(theCluster(world).metadata.labels).toHaveProperty([restoringLabel]);

    saved.objects();
    const made = world.services.created.length;
    await world.settle();
    expect(theCluster(world).metadata.labels ?? {}).not.toHaveProperty([restoringLabel]);
    expect(statusOf(world)).toMatchObject({ state: 'configured', lastNodeID: 4 });
    expect(statusOf(world)).not.toHaveProperty('restoreProgress');
    expect(condition(world, 'Ready')?.status).toBe('True');
    expect(world.services.created).toHaveLength(made);
    expect(world.statefulSets.created).toHaveLength(3);
    for (const { metadata } of [...world.statefulSets.list(), ...world.services.list()]) {
      expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual(['new-uid']);
    }
  });

  test('waits for the volumes of its members, so that no new ones are made', async () => {
    const saved = await savedWorld();
    saved.app();
    saved.status();
    saved.objects({ replicas: 0 });
    comesBack();
    await world.settle();
    expect(condition(world, 'Ready')?.message).toMatch(/^awaiting persistentvolumeclaim p-sample-head-/);
    expect(world.claims.list()).toEqual([]);
    expect(world.statefulSets.list().map(({ spec }) => spec.replicas)).toEqual([0, 0, 0]);
    saved.claims();
    await world.settle();
    expect(theCluster(world).metadata.labels ?? {}).not.toHaveProperty([restoringLabel]);
    expect(condition(world, 'Ready')?.status).toBe('True');
    expect(world.claims.created).toHaveLength(1);
  });

  test('waits for the block devices of its members as well', async () => {
    const { app, status, objects, claims } = await savedWorld(({ spec }) => {
      for (const role of spec.roles) {
        if (role.id === 'head') role.blockStorage = { storageClassName: 'raw', pathPrefix: '/dev/x', numDevices: 2 };
      }
    });
    app();
    status();
    objects({ replicas: 0 });
    claims('p-');
    claims('b0-');
    comesBack();
    await world.settle();
    expect(condition(world, 'Ready')?.message).toMatch(/^awaiting persistentvolumeclaim b1-sample-head-/);
    claims('b1-');
    await world.settle();
    expect(theCluster(world).metadata.labels ?? {}).not.toHaveProperty([restoringLabel]);
  });

  test('does not wait for what members that were leaving had, and that was deleted with them', async () => {
    const { saved, app, objects, claims } = await savedWorld();
    const left = { pod: 'kdss-left-0', service: 's-kdss-left-0', pvc: 'p-kdss-left-0', nodeID: 3 };
    const stateDetail = { lastSetupGeneration: 1, lastKnownContainerState: 'absent' } as const;
    saved.spec.statusBackup?.roles?.push(
      { id: 'left', statefulSet: 'kdss-left', members: [{ ...left, state: 'deleting', stateDetail }] },
      { id: 'empty', statefulSet: 'kdss-empty', members: [] },
    );
    world.statusBackups.direct.create(saved);
    app();
    objects();
    claims();
    comesBack();
    await world.settle();
    expect(theCluster(world).metadata.labels ?? {}).not.toHaveProperty([restoringLabel]);
    expect(condition(world, 'Ready')?.status).toBe('True');
    expect(statusOf(world).roles?.map(({ id }) => id)).not.toContain('left');
    expect(statusOf(world).roles?.map(({ id }) => id)).not.toContain('empty');
    expect([...world.statefulSets.list()].map(({ metadata }) => metadata.name)).not.toContain('kdss-left');
  });

  test('waits for its connections too, unless the global config says otherwise', async () => {
    const saved = await savedWorld();
    saved.app();
    saved.status();
    saved.objects();
    comesBack();
    world.clusters.direct.change(sample, ({ spec }) => (spec.connections = { configmaps: ['settings'] }));
    await world.settle();
    expect(statusOf(world).restoreProgress).toMatchObject({ awaitingResources: true });
    world.configs.direct.create(config({ allowRestoreWithoutConnections: true }));
    await world.settle();
    expect(statusOf(world).state).toBe('configured');
  });

  test('reports that there never was a backup to wait for', async () => {
    comesBack();
    world.clusters.direct.change(sample, ({ metadata }) => {
      metadata.annotations = { [statusBackupAnnotation]: 'false' };
    });
    await world.settle();
    expect(statusOf(world).restoreProgress?.error).toContain('backupClusterStatus');
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'RestoreImpossible' });
  });
});
