import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createKubernetesClients, type KubernetesClients } from '../../../src/clients/kubernetes/clients.ts';
import { createTransport, type ApiTransport } from '../../../src/clients/kubernetes/transport.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { FakeApiServer } from '../../support/fake-api-server.ts';

const label = 'kubedirector.hpe.com/kdcluster';
const names = [
  ...['statefulsets', 'services', 'pods', 'persistentvolumeclaims', 'poddisruptionbudgets'],
  ...['storageclasses', 'nodes', 'namespaces'],
  ...['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  ...['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'],
  ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings', 'resourcequotas'],
];

let server: FakeApiServer;
let transport: ApiTransport;
let clients: KubernetesClients;
beforeEach(async () => {
  server = await FakeApiServer.start();
  transport = createTransport(server.config, { clock: systemClock, metrics: createMetrics() });
  clients = createKubernetesClients({ transport, clock: systemClock, random: Math.random, logger: silentLogger });
});
afterEach(async () => {
  clients.close();
  transport.close();
  await server.close();
});

test('asks for nothing before it is started, then lists and watches what it shows', async () => {
  server.put({ apiVersion: 'apps/v1', kind: 'StatefulSet' }, { name: 'a', namespace: 'ns', labels: { [label]: 'x' } });
  server.put({ apiVersion: 'apps/v1', kind: 'StatefulSet' }, { name: 'foreign', namespace: 'ns' });
  server.put({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' }, { name: 'fast' });
  server.put({ apiVersion: 'v1', kind: 'Namespace' }, { name: 'ns' });
  expect([...clients.unsynced()].sort()).toEqual([...names].sort());
  expect(server.received).toEqual([]);
  clients.start(new AbortController().signal);
  await vi.waitFor(() => expect(clients.unsynced()).toEqual([]));
  const { statefulSets, storageClasses, namespaces } = clients.native;
  expect(statefulSets.byLabel(label, 'x').map(({ metadata }) => metadata.name)).toEqual(['a']);
  expect(statefulSets.list()).toHaveLength(1);
  expect(storageClasses.get('', 'fast')).toMatchObject({ kind: 'StorageClass' });
  expect(namespaces.get('', 'ns')).toBeDefined();
  expect((await namespaces.read({ namespace: '', name: 'ns' }))?.metadata.name).toBe('ns');
});

test('limits the watches of native objects to the cluster label', async () => {
  clients.start(new AbortController().signal);
  await vi.waitFor(() => expect(server.watches).toBe(names.length));
  const selected = server
    .requests('GET', { watch: 'true', labelSelector: label })
    .map(({ path }) => path.split('/').at(-1));
  expect(selected.sort()).toEqual(['persistentvolumeclaims', 'pods', 'services', 'statefulsets']);
});

test('ends every watch when it is closed, those of single objects too', async () => {
  clients.native.secrets.watchOne({ namespace: 'ns', name: 'a' }, () => undefined);
  clients.server.apiServices.watchOne({ namespace: '', name: 'v1beta1.kubedirector.hpe.com' }, () => undefined);
  clients.start(new AbortController().signal);
  await vi.waitFor(() => expect(server.watches).toBe(names.length + 2));
  expect(server.received.map(({ path }) => path)).toContain('/apis/apiregistration.k8s.io/v1/apiservices');
  clients.close();
  await vi.waitFor(() => expect(server.watches).toBe(0));
});
