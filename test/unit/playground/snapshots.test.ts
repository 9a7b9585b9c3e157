import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PersistentVolumeClaim, VolumeSnapshot } from '../../../src/apis/kubernetes/types.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startCluster();
  await claim('data');
  await until(() => expect(status('data')?.phase).toBe('Bound'));
});
afterEach(() => cluster.stop());

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 5 });
const status = (name: string) => cluster.native.claims.cache.get('default', name)?.object.status;
const shown = (name = 'copy') => cluster.native.snapshots.cache.get('default', name)?.object.status;
const contents = () => cluster.native.snapshotContents.cache.list({}).objects.map(({ object }) => object);

const claim = (name: string, spec: Partial<NonNullable<PersistentVolumeClaim['spec']>> = {}) =>
  cluster.native.claims.create(admin, 'default', {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'default' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  });

const snapshot = (spec: Partial<VolumeSnapshot['spec']> = {}) =>
  cluster.native.snapshots.create(admin, 'default', {
    ...{ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot' },
    metadata: { name: 'copy', namespace: 'default' },
    spec: { source: { persistentVolumeClaimName: 'data' }, ...spec },
    status: { readyToUse: true },
  });

describe('VolumeSnapshots of the playground', () => {
  it('are taken, can be used a little later, and go with what was taken', async () => {
    const { object } = await snapshot();
    expect(object.status).toBeUndefined();
    const seen: (boolean | undefined)[] = [];
    await until(() => {
      seen.push(shown()?.readyToUse);
      expect(shown()).toMatchObject({ readyToUse: true, restoreSize: '1Gi' });
    });
    const [content] = contents();
    expect(content).toMatchObject({
      metadata: { name: shown()?.boundVolumeSnapshotContentName },
      spec: { deletionPolicy: 'Delete', volumeSnapshotRef: { name: 'copy', namespace: 'default' } },
      status: { restoreSize: 1024 ** 3 },
    });
    await cluster.native.snapshots.delete(admin, { namespace: 'default', name: 'copy' }, {});
    await until(() => expect(contents()).toEqual([]));
  });

  it('fail where their class does, or does not exist, or where there is no claim', async () => {
    for (const [spec, message] of [
      [{ volumeSnapshotClassName: 'failing' }, /fails on purpose/],
      [{ volumeSnapshotClassName: 'none' }, /volumesnapshotclass.* "none" not found/],
      [{ source: { persistentVolumeClaimName: 'none' } }, /persistentvolumeclaim "none" not found/],
    ] as const) {
      await snapshot(spec);
      await until(() => expect(shown()?.error?.message).toMatch(message));
      expect(shown()?.readyToUse).toBe(false);
      await cluster.native.snapshots.delete(admin, { namespace: 'default', name: 'copy' }, {});
    }
    expect(contents()).toEqual([]);
  });

  it('are taken in a namespace of any name', async () => {
    const metadata = { name: 'copy', namespace: 'content' };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'content' } } as const;
    await cluster.native.namespaces.create(admin, '', namespace);
    await cluster.native.snapshots.create(admin, 'content', {
      ...{ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata },
      spec: { source: { persistentVolumeClaimName: 'none' } },
    });
    const found = () => cluster.native.snapshots.cache.get('content', 'copy')?.object.status;
    await until(() => expect(found()?.error?.message).toMatch(/"none" not found/));
  });

  it('name exactly one source, which can not change', async () => {
    await expect(snapshot({ source: {} })).rejects.toThrow(/exactly one of/);
    await snapshot();
    const change = cluster.native.snapshots.update(admin, { namespace: 'default', name: 'copy' }, (now) => ({
      ...now!,
      spec: { source: { persistentVolumeClaimName: 'other' } },
    }));
    await expect(change).rejects.toThrow(/field is immutable/);
  });
});

describe('Claims made of snapshots', () => {
  const source = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'copy' };

  it('get a volume once the snapshot can be used', async () => {
    await claim('new', { dataSource: source });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(status('new')?.phase).toBe('Pending');
    await snapshot();
    await until(() => expect(status('new')?.phase).toBe('Bound'));
  });

  it('get none that is smaller than the snapshot', async () => {
    await snapshot();
    await until(() => expect(shown()?.readyToUse).toBe(true));
    await claim('small', { dataSource: source, resources: { requests: { storage: '512Mi' } } });
    await claim('large', { dataSource: source, resources: { requests: { storage: '2Gi' } } });
    await until(() => expect(status('large')?.phase).toBe('Bound'));
    expect(status('small')?.phase).toBe('Pending');
  });
});
