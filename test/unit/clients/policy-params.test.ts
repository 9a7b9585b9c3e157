import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createKubernetesClients, type KubernetesClients } from '../../../src/clients/kubernetes/clients.ts';
import { createTransport, type ApiTransport } from '../../../src/clients/kubernetes/transport.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { failure, FakeApiServer } from '../../support/fake-api-server.ts';

const kind = { group: '', version: 'v1', kind: 'ConfigMap' };
const missing = { group: 'x.example', version: 'v1', kind: 'Limit' };
const notFound = { status: 404, body: failure(404, 'NotFound', 'the server could not find the requested resource') };

let server: FakeApiServer;
let transport: ApiTransport;
let clients: KubernetesClients;
let ahead = 0;
beforeEach(async () => {
  ahead = 0;
  const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };
  server = await FakeApiServer.start();
  server.interfere = ({ path }) => {
    if (path.startsWith('/apis/x.example/')) return notFound;
    if (path !== '/api/v1') return undefined;
    const resources = [
      { name: 'configmaps/status', kind: 'ConfigMap', namespaced: true },
      { name: 'configmaps', kind: 'ConfigMap', namespaced: true },
    ];
    return { status: 200, body: { kind: 'APIResourceList', groupVersion: 'v1', resources } };
  };
  transport = createTransport(server.config, { clock, metrics: createMetrics() });
  clients = createKubernetesClients({ transport, clock, random: Math.random, logger: silentLogger });
});
afterEach(async () => {
  clients.close();
  transport.close();
  await server.close();
});

it('Params of a kind are followed only as long as a policy names it', async () => {
  const { params } = clients.policies;
  server.put({ apiVersion: 'v1', kind: 'ConfigMap' }, { name: 'a', namespace: 'ns' });
  expect(server.received).toEqual([]);
  params.follow([kind]);
  const objects = await params.of(kind);
  expect(objects?.namespaced).toBe(true);
  await vi.waitFor(() => expect(objects?.synced()).toBe(true));
  expect(objects?.get('ns', 'a')?.metadata.name).toBe('a');
  server.put({ apiVersion: 'v1', kind: 'ConfigMap' }, { name: 'b', namespace: 'ns' });
  await vi.waitFor(() => expect(objects?.list('ns')).toHaveLength(2));
  params.follow([kind]);
  expect(server.received.filter(({ path }) => path === '/api/v1')).toHaveLength(1);
  expect(server.watches).toBe(1);
  params.follow([]);
  await vi.waitFor(() => expect(server.watches).toBe(0));
});

it('A kind that the cluster does not serve has no params, until it does', async () => {
  const { params } = clients.policies;
  expect(await params.of(missing)).toBeUndefined();
  expect(await params.of(missing)).toBeUndefined();
  const asked = () => server.received.filter(({ path }) => path === '/apis/x.example/v1').length;
  expect(asked()).toBe(1);
  const before = server.interfere;
  server.interfere = (request) => {
    if (request.path !== '/apis/x.example/v1') return before(request);
    const resources = [{ name: 'limits', kind: 'Limit', namespaced: false }];
    return { status: 200, body: { kind: 'APIResourceList', groupVersion: 'x.example/v1', resources } };
  };
  ahead = 3000;
  expect((await params.of(missing))?.namespaced).toBe(false);
  expect(asked()).toBe(2);
});

it('A cluster that cannot be asked is asked again', async () => {
  const { params } = clients.policies;
  const before = server.interfere;
  server.interfere = () => ({ status: 403, body: failure(403, 'Forbidden', 'no') });
  await expect(params.of(kind)).rejects.toMatchObject({ code: 403 });
  server.interfere = before;
  expect(await params.of(kind)).toBeDefined();
});

it('An older cluster, which serves no policies, has none', async () => {
  server.interfere = ({ path }) => (path.includes('admissionpolic') ? notFound : undefined);
  clients.start(new AbortController().signal);
  await vi.waitFor(() => expect(clients.unsynced()).toEqual([]));
  expect(clients.policies.validating.policies.list()).toEqual([]);
  expect(clients.policies.mutating.bindings.synced()).toBe(true);
});
