/** What many clusters cost while nothing changes: nothing, however long that is. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sampleApp, sampleCluster } from './support/samples.ts';
import { createWorld, type World } from './support/world.ts';

const count = 30;
const day = 24 * 3_600_000;
const requests = new Set(['create', 'apply', 'patch', 'update', 'delete', 'read', 'evict', 'resize']);

let world: World;
/** "read secrets": every request that the controller has made. */
const calls: string[] = [];

/** Takes down the requests to this resource. */
function overheard(resource: string, client: object): void {
  for (const [name, method] of Object.entries(client) as [string, unknown][]) {
    if (!requests.has(name) || typeof method !== 'function') continue;
    const heard = (...given: unknown[]): unknown => {
      calls.push(`${name} ${resource}`);
      return Reflect.apply(method, client, given);
    };
    Reflect.set(client, name, heard);
  }
}

beforeEach(() => {
  world = createWorld();
  calls.length = 0;
  const { clusters, apps, configs, backups, statusBackups, native } = world;
  const clients = { clusters, apps, configs, backups, statusBackups, ...native };
  for (const [resource, client] of Object.entries(clients)) overheard(resource, client);
});
afterEach(() => world.stop());

async function reconciles(): Promise<number> {
  const lines = (await world.metrics.text()).matchAll(/^kubedirector_reconcile_total\{.*\} (\d+)$/gm);
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}

test('clusters that are as they should be cause no reconcile, no request and no command in a container', async () => {
  const metadata = { namespace: 'default' };
  world.apps.direct.create(sampleApp());
  const labels = (type: string) => ({ [`kubedirector.hpe.com/${type}`]: 'some' });
  world.configMaps.direct.create({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, name: 'settings', labels: labels('cmType') } },
    data: { level: '9' },
  });
  world.secrets.direct.create({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { ...metadata, name: 'creds', labels: labels('secretType') } },
    data: { user: 'YWRtaW4=' },
  });
  for (let index = 0; index < count; index++) {
    world.clusters.direct.create(
      sampleCluster((cluster) => Object.assign(cluster.metadata, { name: `c${index}`, uid: `uid-of-${index}` })),
    );
  }
  world.start();
  await world.settle();
  const states = world.clusters.list().map(({ status }) => status?.state);
  expect(states).toEqual(Array.from({ length: count }, () => 'configured'));
  // What is counted below is there to be counted.
  expect(await reconciles()).toBeGreaterThan(count);
  expect(new Set(calls)).toContain('create statefulSets');
  expect(new Set(calls)).toContain('read secrets');

  const before = { reconciles: await reconciles(), runs: world.guest.runs.length, events: world.events.length };
  calls.length = 0;
  await world.settle(day);
  expect(calls).toEqual([]);
  expect({
    reconciles: await reconciles(),
    runs: world.guest.runs.length,
    events: world.events.length,
  }).toEqual(before);
});
