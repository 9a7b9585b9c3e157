import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KubeObject, Stored } from '../../../src/meta/object.ts';
import type { ResourceRegistry } from '../../../src/apiserver/registry/contract.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

function registry(plural: string): ResourceRegistry {
  return cluster.registries.find(({ definition }) => definition.plural === plural)!;
}
/** The cells that kubectl prints with -o wide, by column. */
function cells(plural: string, object: Stored<KubeObject>): Record<string, unknown> {
  const { columns } = registry(plural).definition;
  return Object.fromEntries(columns.map((column) => [column.name, column.value(object, new Date())]));
}
const wide = (plural: string): string[] =>
  registry(plural)
    .definition.columns.filter((column) => column.priority > 0)
    .map((column) => column.name);
async function made(plural: string, object: KubeObject): Promise<Stored<KubeObject>> {
  return (await registry(plural).create(admin, object.metadata.namespace ?? '', object)).object;
}
const metadata = { name: 'x', namespace: 'default' };

describe('The columns of kubectl get in the playground', () => {
  it('show the addresses and ports of services', async () => {
    cluster = await startCluster({ simulate: false });
    const spec = {
      type: 'LoadBalancer',
      ports: [{ port: 80, nodePort: 30123 }],
      selector: { b: '2', a: '1' },
      clusterIP: '10.96.1.1',
    };
    const service = await made('services', { apiVersion: 'v1', kind: 'Service', metadata, spec } as KubeObject);
    expect(cells('services', service)).toMatchObject({
      Type: 'LoadBalancer',
      'Cluster-IP': '10.96.1.1',
      'External-IP': '<pending>',
      'Port(s)': '80:30123/TCP',
      Age: service.metadata.creationTimestamp,
      Selector: 'a=1,b=2',
    });
    expect(wide('services')).toEqual(['Selector']);
  });

  it('show the state and the versions of nodes, namespaces and storage classes', async () => {
    cluster = await startCluster();
    const node = registry('nodes').cache.get('', 'playground-1')!.object;
    expect(cells('nodes', node)).toMatchObject({
      Status: 'Ready',
      Roles: '<none>',
      Version: 'v1.37.2',
      'Internal-IP': '192.0.2.10',
      'External-IP': '<none>',
      'Kernel-Version': 'playground (amd64)',
    });
    expect(wide('nodes')).toEqual(['Internal-IP', 'External-IP', 'OS-Image', 'Kernel-Version', 'Container-Runtime']);
    expect(cells('namespaces', registry('namespaces').cache.get('', 'default')!.object)).toMatchObject({
      Status: 'Active',
    });
    expect(cells('storageclasses', registry('storageclasses').cache.get('', 'standard')!.object)).toMatchObject({
      Name: 'standard (default)',
      ReclaimPolicy: 'Delete',
      VolumeBindingMode: 'Immediate',
      AllowVolumeExpansion: true,
    });
  });

  it('show which claims and volumes are bound to each other', async () => {
    cluster = await startCluster();
    const spec = { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], resources: { requests: { storage: '1024Mi' } } };
    await made('persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata,
      spec,
    } as KubeObject);
    await vi.waitFor(() => {
      const claim = registry('persistentvolumeclaims').cache.get('default', 'x')!.object;
      const volume = `pvc-${claim.metadata.uid}`;
      expect(cells('persistentvolumeclaims', claim)).toMatchObject({
        Status: 'Bound',
        Volume: volume,
        Capacity: '1Gi',
        'Access Modes': 'RWO,ROX',
        StorageClass: 'standard',
        VolumeAttributesClass: '<unset>',
        VolumeMode: 'Filesystem',
      });
      const shown = cells('persistentvolumes', registry('persistentvolumes').cache.get('', volume)!.object);
      expect(shown).toMatchObject({
        Capacity: '1Gi',
        'Reclaim Policy': 'Delete',
        Status: 'Bound',
        Claim: 'default/x',
        Reason: '',
      });
    });
  });

  it('show the numbers of StatefulSets, Endpoints, Secrets and ConfigMaps', async () => {
    cluster = await startCluster({ simulate: false });
    const labels = { a: 'b' };
    const containers = ['one', 'two'].map((name) => ({ name, image: `${name}:1` }));
    const template = { metadata: { labels }, spec: { containers } };
    const spec = { replicas: 2, serviceName: 's', selector: { matchLabels: labels }, template };
    const set = await made('statefulsets', {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec,
    } as KubeObject);
    expect(cells('statefulsets', set)).toMatchObject({ Ready: '0/2', Containers: 'one,two', Images: 'one:1,two:1' });
    const addresses = ['1', '2', '3', '4'].map((last) => ({ ip: `10.0.0.${last}` }));
    const subsets = [{ addresses, ports: [{ port: 80 }] }];
    const endpoints = await made('endpoints', { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets } as KubeObject);
    expect(cells('endpoints', endpoints)).toMatchObject({
      Endpoints: '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...',
    });
    const secret = await made('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      stringData: { a: '', b: '' },
    } as KubeObject);
    expect(cells('secrets', secret)).toMatchObject({ Type: 'Opaque', Data: 2 });
    const map = await made('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { a: '' },
    } as KubeObject);
    expect(cells('configmaps', map)).toMatchObject({ Data: 1 });
  });
});
