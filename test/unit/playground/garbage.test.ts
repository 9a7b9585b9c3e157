import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ConfigMap, Pod } from '../../../src/apis/kubernetes/types.ts';
import type { KubeObject, OwnerReference, Stored } from '../../../src/meta/object.ts';
import { versionOf } from '../../../src/apiserver/versions/index.ts';
import { admin, startCluster, testSchema, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 5 });
const reference = (owner: Stored<KubeObject>, extra: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  ...extra,
});
async function map(name: string, owners: OwnerReference[], finalizers: string[] = []): Promise<Stored<ConfigMap>> {
  const metadata = { name, namespace: 'default', ownerReferences: owners, finalizers };
  return (await cluster.native.configMaps.create(admin, 'default', { apiVersion: 'v1', kind: 'ConfigMap', metadata }))
    .object;
}
async function owner(name: string): Promise<Stored<KubeObject>> {
  const object = {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: 'KubeDirectorCluster',
    metadata: { name, namespace: 'default' },
  };
  return (await cluster.clusters.create(admin, 'default', object)).object;
}
const get = (name: string) => cluster.native.configMaps.cache.get('default', name)?.object;
const target = (name: string) => ({ namespace: 'default', name });

describe('The garbage collector', () => {
  it('deletes objects whose owners are all deleted, and then the objects that they own', async () => {
    cluster = await startCluster();
    const top = await owner('top');
    const child = await map('child', [reference(top)]);
    await map('grandchild', [reference(child)]);
    await cluster.clusters.delete(admin, target('top'));
    await until(() => {
      expect(get('child')).toBeUndefined();
      expect(get('grandchild')).toBeUndefined();
    });
  });

  it('finds an owner in each of its versions', async () => {
    const same = (object: KubeObject): KubeObject => object;
    const shape = { schema: testSchema('io.k8s.api.core.v1.ServiceAccount'), columns: [], selectableFields: {} };
    cluster = await startCluster({ versions: [versionOf({ version: 'v1', ...shape, toHub: same, fromHub: same })] });
    const top = await owner('top');
    const asV1 = { apiVersion: 'kubedirector.hpe.com/v1' };
    await map('child', [reference(top, asV1)]);
    await map('stale', [reference(top, { ...asV1, uid: '00000000-0000-0000-0000-000000000000' })]);
    await until(() => {
      expect(get('stale')).toBeUndefined();
    });
    expect(get('child')).toBeDefined();
    await cluster.clusters.delete(admin, target('top'));
    await until(() => {
      expect(get('child')).toBeUndefined();
    });
  });

  it('keeps an object that still has an owner, and removes the reference to the deleted owner', async () => {
    cluster = await startCluster();
    const [a, b] = [await owner('a'), await owner('b')];
    await map('shared', [reference(a), reference(b)]);
    await cluster.clusters.delete(admin, target('a'));
    await until(() => {
      expect(get('shared')?.metadata.ownerReferences).toEqual([reference(b)]);
    });
  });

  it('deletes an object if its owner has another uid, and keeps references to unknown kinds', async () => {
    cluster = await startCluster();
    const a = await owner('a');
    await map('stale', [reference(a, { uid: '00000000-0000-0000-0000-000000000000' })]);
    await map('foreign', [{ apiVersion: 'example.com/v1', kind: 'Thing', name: 'x', uid: 'u' }]);
    await until(() => {
      expect(get('stale')).toBeUndefined();
    });
    expect(get('foreign')).toBeDefined();
  });

  it('removes an owner that is deleted in the foreground after the dependents that block it', async () => {
    cluster = await startCluster();
    const top = await owner('top');
    await map('child', [reference(top, { blockOwnerDeletion: true })], ['example.com/wait']);
    await cluster.clusters.delete(admin, target('top'), { propagationPolicy: 'Foreground' });
    await until(() => {
      expect(get('child')?.metadata.deletionTimestamp).toBeDefined();
    });
    expect(cluster.clusters.cache.get('default', 'top')).toBeDefined();
    await cluster.native.configMaps.update(admin, target('child'), (now) => ({
      ...now!,
      metadata: { ...now!.metadata, finalizers: [] },
    }));
    await until(() => {
      expect(get('child')).toBeUndefined();
      expect(cluster.clusters.cache.get('default', 'top')).toBeUndefined();
    });
  });

  it('deletes objects that lost their owner while it did not run', async () => {
    cluster = await startCluster();
    const { store } = cluster;
    const top = await owner('top');
    await map('child', [reference(top)]);
    cluster.stop();
    cluster = await startCluster({ store, simulate: false });
    await cluster.clusters.delete(admin, target('top'));
    expect(get('child')).toBeDefined();
    cluster.stop();
    cluster = await startCluster({ store });
    await until(() => {
      expect(get('child')).toBeUndefined();
    });
  });
});

describe('Namespaces', () => {
  const create = (name: string) =>
    cluster.native.namespaces.create(admin, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const namespace = (name: string) => cluster.native.namespaces.cache.get('', name)?.object;

  it('get a service account and the CA', async () => {
    cluster = await startCluster();
    const { object } = await create('team');
    expect(object).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'team' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    await until(() => {
      expect(cluster.native.serviceAccounts.cache.get('team', 'default')).toBeDefined();
      expect(cluster.native.configMaps.cache.get('team', 'kube-root-ca.crt')?.object.data).toEqual({ 'ca.crt': 'CA' });
    });
    await cluster.native.serviceAccounts.delete(admin, { namespace: 'team', name: 'default' });
    await until(() => {
      expect(cluster.native.serviceAccounts.cache.get('team', 'default')).toBeDefined();
    });
  });

  it('are deleted with their contents, and refuse new objects in the meantime', async () => {
    cluster = await startCluster({ delays: { terminate: [50, 50] } });
    await create('team');
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'team' },
      spec: { containers: [{ name: 'app', image: 'x:1' }] },
    };
    await cluster.native.pods.create(admin, 'team', pod);
    await until(() => {
      expect(cluster.native.pods.cache.get('team', 'p')?.object.status?.phase).toBe('Running');
    });
    await cluster.native.namespaces.delete(admin, { namespace: '', name: 'team' });
    await until(() => {
      expect(namespace('team')?.status?.phase).toBe('Terminating');
    });
    const late = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late', namespace: 'team' } } as const;
    await expect(cluster.native.configMaps.create(admin, 'team', late)).rejects.toMatchObject({ code: 403 });
    await until(() => {
      expect(namespace('team')).toBeUndefined();
    });
    for (const registry of cluster.registries) expect(registry.cache.list({ namespace: 'team' }).objects).toEqual([]);
  });

  it('that Kubernetes needs cannot be deleted', async () => {
    cluster = await startCluster();
    const error = await cluster.native.namespaces
      .delete(admin, { namespace: '', name: 'default' })
      .catch((failure: unknown) => failure);
    expect(error).toMatchObject({
      code: 403,
      message: 'namespaces "default" is forbidden: this namespace may not be deleted',
    });
  });
});
