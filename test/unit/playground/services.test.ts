import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Service } from '../../../src/apis/kubernetes/types.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

const service = (spec: NonNullable<Service['spec']>, name = 'web'): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec,
});
const create = async (one: Service): Promise<Stored<Service>> =>
  (await cluster.native.services.create(admin, 'default', one)).object;
const update = async (spec: NonNullable<Service['spec']>): Promise<Stored<Service>> =>
  (await cluster.native.services.update(admin, { namespace: 'default', name: 'web' }, (now) => ({ ...now!, spec })))
    .object;
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 5 });
const ports = [{ name: 'http', port: 80 }];

describe('Services of the playground', () => {
  it('get a cluster IP, node ports and the usual defaults', async () => {
    cluster = await startCluster({ simulate: false });
    const { spec, status } = await create(service({ type: 'NodePort', ports, selector: { app: 'web' } }));
    expect(spec).toMatchObject({
      externalTrafficPolicy: 'Cluster',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      type: 'NodePort',
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80 }],
    });
    expect(spec?.clusterIP).toMatch(/^10\.(9[6-9]|10\d|11[01])\./);
    expect(spec?.clusterIPs).toEqual([spec?.clusterIP]);
    expect(spec?.ports?.[0]?.nodePort).toBeGreaterThanOrEqual(30_000);
    expect(spec?.ports?.[0]?.nodePort).toBeLessThanOrEqual(32_767);
    expect(status).toEqual({ loadBalancer: {} });
  });

  it('that are headless have the defaults of kube-apiserver', async () => {
    cluster = await startCluster({ simulate: false });
    const { spec } = await create(
      service({ clusterIP: 'None', ports: [{ name: 'port', port: 8888 }], publishNotReadyAddresses: true }),
    );
    expect(spec).toEqual({
      clusterIP: 'None',
      clusterIPs: ['None'],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'port', port: 8888, protocol: 'TCP', targetPort: 8888 }],
      publishNotReadyAddresses: true,
      sessionAffinity: 'None',
      type: 'ClusterIP',
    });
  });

  it('never share an address or a node port, even if they are created at the same time', async () => {
    cluster = await startCluster({ simulate: false });
    const made = await Promise.all(
      Array.from({ length: 100 }, (_, index) => create(service({ type: 'NodePort', ports }, `web-${index}`))),
    );
    expect(new Set(made.map((one) => one.spec?.clusterIP)).size).toBe(100);
    expect(new Set(made.map((one) => one.spec?.ports?.[0]?.nodePort)).size).toBe(100);
    const taken = made[0]!.spec!;
    const again = service({ type: 'NodePort', clusterIP: taken.clusterIP!, ports: taken.ports! }, 'thief');
    await expect(create(again)).rejects.toThrow(
      /provided IP is already allocated.*provided port is already allocated/s,
    );
    await expect(create(service({ type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }, 'low'))).rejects.toThrow(
      '30000-32767',
    );
  });

  it('keep their address and node ports in updates, and lose fields that their type does not have', async () => {
    cluster = await startCluster({ simulate: false });
    const { spec: first } = await create(service({ type: 'NodePort', ports }));
    const { spec: replaced } = await update({
      type: 'NodePort',
      ports: [{ name: 'http', port: 80, targetPort: 8080 }],
    });
    expect(replaced?.clusterIP).toBe(first?.clusterIP);
    expect(replaced?.ports?.[0]).toMatchObject({ nodePort: first?.ports?.[0]?.nodePort, targetPort: 8080 });
    const { spec: plain } = await update({ ...replaced, type: 'ClusterIP' });
    expect(plain?.ports?.[0]).not.toHaveProperty('nodePort');
    expect(plain).not.toHaveProperty('externalTrafficPolicy');
    await expect(update({ ...plain, clusterIP: '10.96.9.9' })).rejects.toThrow('may not change once set');
  });

  it('are refused with a message about every invalid field', async () => {
    cluster = await startCluster({ simulate: false });
    const bad = service({ type: 'Wrong', sessionAffinity: 'Some', ports: [{ port: 0 }, { port: 0, name: 'X' }] });
    const error = await create(bad).catch((failure: unknown) => failure as Error);
    expect(error).toHaveProperty('code', 422);
    const { message } = error as Error;
    for (const field of [
      'spec.type',
      'spec.sessionAffinity',
      'spec.ports[0].name',
      'spec.ports[0].port',
      'spec.ports[1].name',
      'spec.ports[1]: Duplicate',
    ]) {
      expect(message).toContain(field);
    }
  });

  it('of type LoadBalancer get an address after a while, and lose it if the type changes', async () => {
    cluster = await startCluster();
    const { spec } = await create(service({ type: 'LoadBalancer', ports }));
    expect(spec?.allocateLoadBalancerNodePorts).toBe(true);
    const ingress = () => cluster.native.services.cache.get('default', 'web')?.object.status?.loadBalancer?.ingress;
    await until(() => {
      expect(ingress()?.[0]?.ip).toMatch(/^203\.0\.113\.\d+$/);
    });
    await update({ ...spec, type: 'ClusterIP' });
    await until(() => {
      expect(ingress()).toBeUndefined();
    });
  });

  it('have their ready pods as endpoints, which are deleted with the Service', async () => {
    cluster = await startCluster();
    const spec = { containers: [{ name: 'app', image: 'nginx:1', ports: [{ name: 'http', containerPort: 8080 }] }] };
    const labels = { app: 'web' };
    await cluster.native.pods.create(admin, 'default', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default', labels },
      spec,
    });
    await create(service({ ports: [{ port: 80, targetPort: 'http' }], selector: labels }));
    const endpoints = () => cluster.native.endpoints.cache.get('default', 'web')?.object;
    await until(() => {
      const ip = cluster.native.pods.cache.get('default', 'p')?.object.status?.podIP;
      expect(endpoints()?.subsets).toMatchObject([
        { addresses: [{ ip, targetRef: { name: 'p' } }], ports: [{ port: 8080, protocol: 'TCP' }] },
      ]);
    });
    const slice = cluster.native.endpointSlices.cache.list({ namespace: 'default' }).objects[0]?.object;
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: [{ conditions: { ready: true, serving: true, terminating: false } }],
    });
    await cluster.native.pods.delete(admin, { namespace: 'default', name: 'p' });
    await until(() => {
      expect(endpoints()?.subsets).toBeUndefined();
    });
    await cluster.native.services.delete(admin, { namespace: 'default', name: 'web' });
    await until(() => {
      expect(endpoints()).toBeUndefined();
      expect(cluster.native.endpointSlices.cache.list({}).objects).toHaveLength(0);
    });
  });
});
