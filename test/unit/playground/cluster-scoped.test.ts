import { afterEach, describe, expect, it } from 'vitest';
import type { Lease, Namespace, Pod } from '../../../src/apis/kubernetes/types.ts';
import type { ActionSubresource, ObjectSubresource } from '../../../src/apiserver/resource.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

const lease = (spec: NonNullable<Lease['spec']>): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'one', namespace: 'default' },
  spec,
});

describe('Leases of the playground', () => {
  it('exist for every node, as kubectl describe needs them', async () => {
    cluster = await startCluster();
    const { objects } = cluster.native.leases.cache.list({ namespace: 'kube-node-lease' });
    expect(objects.map(({ object }) => [object.metadata.name, object.spec?.holderIdentity])).toEqual([
      ['playground-1', 'playground-1'],
      ['playground-2', 'playground-2'],
    ]);
    const node = cluster.native.nodes.cache.get('', 'playground-1')!.object;
    expect(objects[0]!.object.metadata.ownerReferences).toMatchObject([{ kind: 'Node', uid: node.metadata.uid }]);
    expect(objects[0]!.object.spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  it('are refused with a duration that is not positive, or with other invalid fields', async () => {
    cluster = await startCluster({ simulate: false });
    const wrong = lease({ leaseDurationSeconds: 0, leaseTransitions: -1, preferredHolder: 'me' });
    await expect(cluster.native.leases.create(admin, 'default', wrong)).rejects.toThrow(
      '[spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0, spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0, spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined]',
    );
    await cluster.native.leases.create(admin, 'default', lease({ leaseDurationSeconds: 1, leaseTransitions: 0 }));
    const change = cluster.native.leases.update(admin, { namespace: 'default', name: 'one' }, (now) => ({
      ...now!,
      spec: { leaseDurationSeconds: -1 },
    }));
    await expect(change).rejects.toThrow('spec.leaseDurationSeconds: Invalid value: -1');
  });
});

describe('Finalizing a namespace', () => {
  const target = { namespace: '', name: 'one' };
  const finalize = (finalizers: string[]) => {
    const subresource = cluster.native.namespaces.definition.subresources['finalize'] as ObjectSubresource;
    return subresource.update!(admin, target, (now) => ({ ...now, spec: { finalizers } }) as Namespace, {});
  };
  const there = () => cluster.native.namespaces.cache.get('', 'one')?.object;

  it('sets finalizers, unlike an update', async () => {
    cluster = await startCluster({ simulate: false });
    const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'one' } };
    await cluster.native.namespaces.create(admin, '', namespace);
    await cluster.native.namespaces.update(admin, target, (now) => ({ ...now!, spec: { finalizers: [] } }));
    expect(there()?.spec?.finalizers).toEqual(['kubernetes']);
    const answer = (await finalize(['kubernetes', 'example.com/mine'])) as Namespace;
    expect(answer.spec?.finalizers).toEqual(['kubernetes', 'example.com/mine']);
    expect(there()?.spec?.finalizers).toEqual(['kubernetes', 'example.com/mine']);
    await expect(finalize(['bad'])).rejects.toThrow(
      'Namespace "one" is invalid: spec.finalizers[0]: Invalid value: "bad": name is neither a standard finalizer name nor is it fully qualified',
    );
    await finalize([]);
    expect(there(), 'not being deleted, it stays').toBeDefined();
  });

  it('removes a deleted namespace after its last finalizer is removed', async () => {
    cluster = await startCluster({ simulate: false });
    const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'one' } };
    await cluster.native.namespaces.create(admin, '', namespace);
    await cluster.native.namespaces.delete(admin, target);
    await finalize(['example.com/mine']);
    expect(there()).toBeDefined();
    await finalize([]);
    expect(there()).toBeUndefined();
  });
});

describe('Evicting a pod', () => {
  const evict = (name: string, deleteOptions?: object) => {
    const subresource = cluster.native.pods.definition.subresources['eviction'] as ActionSubresource;
    const target = { namespace: 'default', name };
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: target, deleteOptions };
    return subresource.create(admin, target, body, {});
  };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'one', namespace: 'default' },
    spec: { containers: [{ name: 'main', image: 'x' }] },
  };
  const there = () => cluster.native.pods.cache.get('default', 'one')?.object;

  it('deletes it, with the preconditions and the dryRun of the delete options', async () => {
    cluster = await startCluster({ simulate: false });
    await cluster.native.pods.create(admin, 'default', pod);
    await expect(evict('one', { preconditions: { uid: 'another' } })).rejects.toMatchObject({ code: 409 });
    await evict('one', { dryRun: ['All'] });
    expect(there()).toBeDefined();
    expect(await evict('one')).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      code: 201,
    });
    expect(there()).toBeUndefined();
    await expect(evict('one')).rejects.toThrow('pods "one" not found');
  });
});
