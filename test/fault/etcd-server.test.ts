import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger, type Logger } from '../../src/runtime/logger.ts';
import { storageChecks } from '../../src/server/storage-check.ts';
import type { Store } from '../../src/storage/contract.ts';
import { openEtcdStore } from '../../src/storage/etcd/index.ts';
import { Api, bodyOf, widget, widgetsPath } from '../support/api.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { WatchClient } from '../unit/watchcache/watch-client.ts';

interface Replica {
  readonly api: Api;
  readonly store: Store;
  readonly url: string;
  readonly http: Server;
  readonly warnings: string[];
}

const title = 'servers on etcd';

describe.skipIf(etcdBinary === undefined)(etcdBinary === undefined ? `${title} (${noEtcd})` : title, () => {
  let cluster: EtcdCluster;
  const replicas: Replica[] = [];
  const watches: WatchClient[] = [];
  let prefixes = 0;

  beforeAll(async () => {
    cluster = await startEtcd({ members: 3, flags: ['--heartbeat-interval=50', '--election-timeout=500'] });
  });
  afterAll(async () => {
    await cluster.stop();
  });
  beforeEach(() => {
    prefixes += 1;
  });
  afterEach(async () => {
    for (const client of watches.splice(0)) client.close();
    for (const { api, store, http } of replicas.splice(0)) {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await api.stop();
      await store.close();
    }
  });

  async function started(): Promise<Replica> {
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_, message) => void warnings.push(message) };
    const store = await openEtcdStore({
      ...{
        endpoints: cluster.endpoints,
        prefix: `/servers-${prefixes}`,
        clock: systemClock,
        random: Math.random,
        logger,
      },
      pace: { silentMs: 500, probeMs: { well: 500, unavailable: 100 }, requestMs: 2_000, noMemberMs: 500 },
    });
    const api = await Api.started({ store, logger, checks: storageChecks(store) });
    const http = createServer(api.server.app).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const replica = { api, store, url, http, warnings };
    replicas.push(replica);
    return replica;
  }
  async function watching({ url }: Replica, query: string): Promise<WatchClient> {
    const client = await WatchClient.http1(`${url}${widgetsPath}?watch=1&${query}`, { 'x-user': 'admin' });
    watches.push(client);
    return client;
  }
  const post = ({ api }: Replica, name: string) => api.request('post', widgetsPath).send(widget(name));
  const health = async ({ api }: Replica, path: string): Promise<number> => (await api.request('get', path)).status;
  const named = (client: WatchClient): string[] =>
    client.lines.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`);

  it('answer from their caches while etcd is gone, refuse the rest in words, and go on without listing again', async () => {
    const replica = await started();
    await post(replica, 'before').expect(201);
    const client = await watching(replica, 'resourceVersion=0');
    await client.next(1);
    await Promise.all(cluster.members.map((member) => member.kill()));
    await expect.poll(() => health(replica, '/readyz')).toBe(500);
    expect(await health(replica, '/livez')).toBe(200);

    const { api } = replica;
    await api.request('get', `${widgetsPath}/before?resourceVersion=0`).expect(200);
    const old = bodyOf(await api.request('get', `${widgetsPath}?resourceVersion=0`).expect(200));
    expect(old).toMatchObject({ items: [{ metadata: { name: 'before' } }] });
    const read = bodyOf(await api.request('get', widgetsPath).expect(503));
    expect(read).toMatchObject({ reason: 'ServiceUnavailable', details: { retryAfterSeconds: 2 } });
    expect((bodyOf(await post(replica, 'lost').expect(503)) as { message: string }).message).toContain(
      'nothing was written: no etcd member can be used',
    );

    for (const member of cluster.members) member.start();
    await expect.poll(() => health(replica, '/readyz')).toBe(200);
    await post(replica, 'after').expect(201);
    await client.next(1);
    expect(named(client)).toEqual(['ADDED before', 'ADDED after']);
    expect(replica.warnings.filter((message) => message.includes('listing again'))).toEqual([]);
  });

  it('show at once what another one has written, and let a watch go on where another one has listed', async () => {
    const [first, second, third] = [await started(), await started(), await started()];
    const all = [first, second, third];
    const expected: string[] = [];
    for (let round = 0; round < 30; round++) {
      const writer = all[round % 3]!;
      const reader = all[(round + 1) % 3]!;
      await post(writer, `w-${round}`).expect(201);
      await reader.api.request('get', `${widgetsPath}/w-${round}`).expect(200);
      const listed = bodyOf(await reader.api.request('get', widgetsPath).expect(200)) as {
        items: unknown[];
        metadata: { resourceVersion: string };
      };
      expect(listed.items).toHaveLength(round + 1);
      expected.push(`ADDED w-${round}`);
      if (round % 10 !== 0) continue;
      const other = all[(round + 2) % 3]!;
      const client = await watching(other, `resourceVersion=${listed.metadata.resourceVersion}`);
      await post(reader, `x-${round}`).expect(201);
      await client.next(1);
      expect(named(client)).toEqual([`ADDED x-${round}`]);
      await writer.api.request('delete', `${widgetsPath}/x-${round}`).expect(200);
    }
  });
});
