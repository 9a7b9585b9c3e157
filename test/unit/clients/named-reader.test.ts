import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ConfigMap } from '../../../src/apis/kubernetes/types.ts';
import type { NamedReader } from '../../../src/clients/contract.ts';
import { createNamedReader } from '../../../src/clients/kubernetes/named-reader.ts';
import { createObjectClient } from '../../../src/clients/kubernetes/object-client.ts';
import { objectPath, resources } from '../../../src/clients/kubernetes/resources.ts';
import { createTransport, type ApiTransport } from '../../../src/clients/kubernetes/transport.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { FakeApiServer } from '../../support/fake-api-server.ts';

const configMap = { apiVersion: 'v1', kind: 'ConfigMap' };
const target = { namespace: 'ns', name: 'conf' };
let server: FakeApiServer;
let transport: ApiTransport;
let abort: AbortController;
let reader: NamedReader<ConfigMap>;
beforeEach(async () => {
  server = await FakeApiServer.start();
  transport = createTransport(server.config, { clock: systemClock, metrics: createMetrics() });
  abort = new AbortController();
  const context = { transport, clock: systemClock, random: Math.random, logger: silentLogger };
  const client = createObjectClient<ConfigMap>(transport, resources.configMaps);
  reader = createNamedReader(context, resources.configMaps, client, abort.signal);
});
afterEach(async () => {
  abort.abort();
  transport.close();
  await server.close();
});

function listen() {
  const seen: (string | undefined)[] = [];
  const stop = reader.watchOne(target, (object) => seen.push(object?.metadata.resourceVersion));
  return { seen, stop };
}

test('reads the object, and undefined if there is none', async () => {
  expect(await reader.read(target)).toBeUndefined();
  const { resourceVersion } = server.put(configMap, target).metadata;
  const found = await reader.read(target);
  expect(found?.metadata).toMatchObject({ name: 'conf', resourceVersion });
  expect(found?.metadata).not.toHaveProperty('managedFields');
});

test('reports that the object is absent, then that it is added, changed and deleted', async () => {
  const { seen } = listen();
  await vi.waitFor(() => expect(seen).toEqual([undefined]));
  await vi.waitFor(() => expect(server.watches).toBe(1));
  server.put(configMap, { ...target, name: 'other' });
  const first = server.put(configMap, target).metadata.resourceVersion;
  const second = server.put(configMap, target).metadata.resourceVersion;
  server.remove('ConfigMap', 'ns', 'conf');
  await vi.waitFor(() => expect(seen).toEqual([undefined, first, second, undefined]));
});

test('watches one object once for all its listeners, each of which is told what is known', async () => {
  const { resourceVersion } = server.put(configMap, target).metadata;
  const one = listen();
  await vi.waitFor(() => expect(one.seen).toEqual([resourceVersion]));
  const two = listen();
  expect(two.seen).toEqual([]);
  await vi.waitFor(() => expect(two.seen).toEqual([resourceVersion]));
  await vi.waitFor(() => expect(server.watches).toBe(1));
  one.stop();
  const next = server.put(configMap, target).metadata.resourceVersion;
  await vi.waitFor(() => expect(two.seen).toEqual([resourceVersion, next]));
  expect(one.seen).toEqual([resourceVersion]);
  expect(server.requests('GET', { watch: 'true' })).toHaveLength(1);
  expect(server.received[0]?.query.fieldSelector).toBe('metadata.name=conf');
});

test('ends the watch with its last listener, and begins anew with the next', async () => {
  const one = listen();
  await vi.waitFor(() => expect(server.watches).toBe(1));
  one.stop();
  one.stop();
  await vi.waitFor(() => expect(server.watches).toBe(0));
  const { resourceVersion } = server.put(configMap, target).metadata;
  const two = listen();
  await vi.waitFor(() => expect(two.seen).toEqual([resourceVersion]));
});

test('sees changes from the time of a broken connection', async () => {
  const { seen } = listen();
  await vi.waitFor(() => expect(server.watches).toBe(1));
  server.cutWatches();
  const { resourceVersion } = server.put(configMap, target).metadata;
  await vi.waitFor(() => expect(seen).toEqual([undefined, resourceVersion]));
});

test.each(['..', '.', 'a/b', '../../nodes', 'a%2fb', 'a,metadata.namespace=other', ''])(
  'sends no request for %j, which is not a valid name',
  async (name) => {
    const seen: unknown[] = [];
    const stop = reader.watchOne({ namespace: 'ns', name }, (object) => seen.push(object));
    await vi.waitFor(() => expect(seen).toEqual([undefined]));
    stop();
    if (!name.includes(',')) expect(await reader.read({ namespace: 'ns', name })).toBeUndefined();
    expect(server.requests('GET')).toEqual([]);
  },
);

test('makes no path of an invalid name', () => {
  expect(() => objectPath(resources.secrets, { namespace: 'ns', name: '..' })).toThrow(
    "can't be the name of an object",
  );
  expect(() => objectPath(resources.secrets, { namespace: '..', name: 'a' })).toThrow("can't be the name of an object");
  expect(objectPath(resources.secrets, { namespace: 'ns', name: 'a' })).toBe('/api/v1/namespaces/ns/secrets/a');
});
