import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PersistentVolumeClaim, StorageClass } from '../../../src/apis/kubernetes/types.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 5 });
const claim = (spec: Partial<NonNullable<PersistentVolumeClaim['spec']>> = {}): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'default' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});
const create = (one: PersistentVolumeClaim) => cluster.native.claims.create(admin, 'default', one);
const current = () => cluster.native.claims.cache.get('default', 'data')?.object;
const target = { namespace: 'default', name: 'data' };
const storageClass = (name: string, extra: Partial<StorageClass> = {}): Promise<unknown> =>
  cluster.native.storageClasses.create(admin, '', {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'example.com/any',
    ...extra,
  });
const pod = (more: { readonly nodeSelector?: Record<string, string> } = {}) =>
  cluster.native.pods.create(admin, 'default', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'user', namespace: 'default' },
    spec: {
      containers: [{ name: 'app', image: 'x:1' }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
      ...more,
    },
  });

describe('Claims of the playground', () => {
  it('have the default class, are bound, and can grow', async () => {
    cluster = await startCluster();
    const { object } = await create(claim());
    expect(object.spec).toMatchObject({ storageClassName: 'standard', volumeMode: 'Filesystem' });
    expect(object.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    await until(() => {
      expect(current()?.status).toEqual({
        phase: 'Bound',
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
      });
    });
    await cluster.native.claims.update(admin, target, (now) => ({
      ...now!,
      spec: { ...now!.spec, resources: { requests: { storage: '2Gi' } } },
    }));
    await until(() => {
      expect(current()?.status?.capacity).toEqual({ storage: '2Gi' });
    });
    const smaller = cluster.native.claims.update(admin, target, (now) => ({
      ...now!,
      spec: { ...now!.spec, resources: { requests: { storage: '1Gi' } } },
    }));
    await expect(smaller).rejects.toThrow('field can not be less than');
  });

  it('do not grow where their class does not allow it', async () => {
    cluster = await startCluster();
    await storageClass('stiff');
    await create(claim({ storageClassName: 'stiff' }));
    await until(() => {
      expect(current()?.status?.phase).toBe('Bound');
    });
    const larger = cluster.native.claims.update(admin, target, (now) => ({
      ...now!,
      spec: { ...now!.spec, resources: { requests: { storage: '2Gi' } } },
    }));
    await expect(larger).rejects.toThrow('must support resize');
  });

  it('show that they grow, for as long as it takes', async () => {
    cluster = await startCluster({ delays: { expandVolume: [200, 200] } });
    await create(claim());
    await until(() => {
      expect(current()?.status?.phase).toBe('Bound');
    });
    await cluster.native.claims.update(admin, target, (now) => ({
      ...now!,
      spec: { ...now!.spec, resources: { requests: { storage: '2Gi' } } },
    }));
    await until(() => {
      expect(current()?.status).toMatchObject({ capacity: { storage: '1Gi' }, conditions: [{ type: 'Resizing' }] });
    });
    await until(() => {
      expect(current()?.status).toEqual({
        phase: 'Bound',
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '2Gi' },
      });
    });
  });

  it('wait for their class, and for their first pod with WaitForFirstConsumer', async () => {
    cluster = await startCluster();
    await create(claim({ storageClassName: 'late' }));
    await until(() => {
      expect(cluster.events().map((one) => one.message)).toContain('storageclass.storage.k8s.io "late" not found');
    });
    await storageClass('late', { volumeBindingMode: 'WaitForFirstConsumer' });
    await until(() => {
      expect(cluster.events().map((one) => one.reason)).toContain('WaitForFirstConsumer');
    });
    expect(current()?.status?.phase).toBe('Pending');
    await pod();
    await until(() => {
      expect(current()?.status?.phase).toBe('Bound');
      expect(cluster.native.pods.cache.get('default', 'user')?.object.status?.phase).toBe('Running');
    });
  });

  it('in use are deleted only after their pod, and then their volume is deleted', async () => {
    cluster = await startCluster();
    await create(claim());
    await pod();
    await until(() => {
      expect(cluster.native.pods.cache.get('default', 'user')?.object.status?.phase).toBe('Running');
    });
    await cluster.native.claims.delete(admin, target);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(current()?.metadata.deletionTimestamp).toBeDefined();
    await cluster.native.pods.delete(admin, { namespace: 'default', name: 'user' });
    await until(() => {
      expect(current()).toBeUndefined();
      expect(cluster.native.volumes.cache.list({}).objects).toHaveLength(0);
    });
  });

  it('are deleted although a pod that no node can run asks for them', async () => {
    cluster = await startCluster();
    await create(claim());
    await pod({ nodeSelector: { no: 'node' } });
    await until(() => {
      expect(current()?.status?.phase).toBe('Bound');
    });
    await cluster.native.claims.delete(admin, target);
    await until(() => {
      expect(current()).toBeUndefined();
    });
  });

  it('bind to the smallest volume that is large enough, which is Released after the claim is deleted', async () => {
    cluster = await startCluster();
    await storageClass('manual', { provisioner: 'kubernetes.io/no-provisioner' });
    for (const [name, storage] of [
      ['large', '10Gi'],
      ['small', '2Gi'],
      ['tiny', '1Mi'],
    ] as const) {
      await cluster.native.volumes.create(admin, '', {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name },
        spec: {
          capacity: { storage },
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'manual',
          hostPath: { path: '/x' },
        },
      });
    }
    const phase = (name: string) => cluster.native.volumes.cache.get('', name)?.object.status?.phase;
    await until(() => {
      expect(phase('tiny')).toBe('Available');
      expect(phase('small')).toBe('Available');
      expect(phase('large')).toBe('Available');
    });
    await create(claim({ storageClassName: 'manual' }));
    await until(() => {
      expect(current()).toMatchObject({
        spec: { volumeName: 'small' },
        status: { phase: 'Bound', capacity: { storage: '2Gi' } },
      });
    });
    await cluster.native.claims.delete(admin, target);
    await until(() => {
      expect(phase('small')).toBe('Released');
    });
  });
});
