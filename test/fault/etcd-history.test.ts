import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import {
  CompactedError,
  StorageLimitError,
  type Commit,
  type Progress,
  type Store,
} from '../../src/storage/contract.ts';
import { openEtcdStore, type EtcdOptions } from '../../src/storage/etcd/index.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { EtcdLoad, rest } from './etcd-load.ts';

const title = 'what etcd keeps';

describe.skipIf(etcdBinary === undefined)(etcdBinary === undefined ? `${title} (${noEtcd})` : title, () => {
  let cluster: EtcdCluster;
  const stores: Store[] = [];

  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await cluster.stop();
  });

  async function opened(options: Partial<EtcdOptions> = {}): Promise<Store> {
    const common = { clock: systemClock, random: Math.random, logger: silentLogger, compactEveryMs: 0 };
    const store = await openEtcdStore({ ...common, endpoints: cluster.endpoints, ...options });
    stores.push(store);
    return store;
  }
  const put = (store: Store, key: string, bytes = 2) =>
    store.commit({ require: [], writes: [{ key, value: Buffer.alloc(bytes, 0x31) }] });
  const compactedBy = async (): Promise<number> => {
    const { kvs } = JSON.parse(await cluster.ctl('get', '/kubedirector/compaction', '-w', 'json')) as {
      kvs?: { value: string }[];
    } & Record<string, never>;
    return Number(Buffer.from(kvs?.[0]?.value ?? '', 'base64').toString());
  };

  it('is compacted by several replicas that do not get in each other’s way, under load', async () => {
    cluster = await startEtcd();
    const metrics = createMetrics();
    const replicas = await Promise.all([1, 2, 3].map(() => opened({ compactEveryMs: 100, metrics })));
    const load = new EtcdLoad(replicas[0]!, await replicas[0]!.barrier());
    await vi.waitFor(async () => {
      expect(await metrics.text()).toMatch(/kubedirector_etcd_compactions_total\{result="success"\} ([5-9]|\d\d)/);
    });
    expect(await load.problems()).toEqual([]);
    expect(await metrics.text()).not.toContain('result="failure"');
    const late = replicas[1]!.watch(1, AbortSignal.timeout(60_000))[Symbol.asyncIterator]();
    await expect(late.next()).rejects.toThrow(CompactedError);
  });

  it('is known from the oldest state on that a list can show', async () => {
    cluster = await startEtcd();
    const compacting = await opened({ compactEveryMs: 200 });
    for (let index = 0; index < 10; index++) {
      await put(compacting, `/a/${index}`);
      await rest(100);
    }
    await vi.waitFor(async () => {
      expect(await compactedBy()).toBeGreaterThan(0);
    });
    // The next compaction must not come between the list and the watch.
    await compacting.close();
    const store = await opened();
    const page = await store.list('/', { at: 'oldest' });
    const watch = store.watch(page.revision, AbortSignal.timeout(60_000))[Symbol.asyncIterator]();
    const keys = new Set(page.entries.map(({ key }) => key));
    await put(store, '/a/last');
    while (!keys.has('/a/last')) {
      const { value } = (await watch.next()) as { value: Commit | Progress };
      if (value.type === 'commit') for (const { key } of value.changes) keys.add(key);
    }
    expect(keys.size).toBe(11);
  });

  it('ends pages and watches that are older than what somebody else compacted', async () => {
    cluster = await startEtcd();
    const store = await opened();
    for (let index = 0; index < 5; index++) await put(store, `/a/${index}`);
    const page = await store.list('/a/', { limit: 2 });
    const revision = await put(store, '/a/9');
    await cluster.ctl('compact', String(revision));
    await expect(store.list('/a/', { limit: 2, continue: page.continue ?? '' })).rejects.toThrow(CompactedError);
    const watch = store.watch(page.revision - 1, AbortSignal.timeout(60_000))[Symbol.asyncIterator]();
    await expect(watch.next()).rejects.toMatchObject({ name: 'CompactedError', compactedRevision: revision });
  });

  it('comes in whole commits although etcd sends it in fragments', async () => {
    cluster = await startEtcd({ flags: ['--max-request-bytes=65536'] });
    const store = await opened();
    const revisions: number[] = [];
    for (let index = 0; index < 40; index++) {
      const writes = ['/c', '/a', '/b'].map((key) => ({ key, value: Buffer.alloc(15_000, 0x31) }));
      revisions.push(await store.commit({ require: [], writes }));
    }
    const watch = store.watch(0, AbortSignal.timeout(60_000))[Symbol.asyncIterator]();
    for (const revision of revisions) {
      const { value } = (await watch.next()) as { value: Commit };
      expect([value.revision, value.changes.map(({ key }) => key)]).toEqual([revision, ['/a', '/b', '/c']]);
    }
  });

  it('is listed whole, however much it is, at one revision', async () => {
    cluster = await startEtcd();
    const store = await opened();
    const keys = Array.from({ length: 3_000 }, (_, index) => `/big/${String(index).padStart(5, '0')}`);
    for (let at = 0; at < keys.length; at += 100) {
      const writes = keys.slice(at, at + 100).map((key) => ({ key, value: Buffer.alloc(10_000, 0x31) }));
      await store.commit({ require: [], writes });
    }
    const [{ entries, revision }] = await Promise.all([
      store.list('/big/'),
      ...[1, 2, 3].map((index) => put(store, `/big/00000-${index}`)),
    ]);
    expect(entries.filter(({ key }) => !key.includes('-')).map(({ key }) => key)).toEqual(keys);
    for (const entry of entries) expect(entry.revision).toBeLessThanOrEqual(revision);
    const { etcdserver } = (await (await fetch(`${cluster.endpoints[0]}/version`)).json()) as { etcdserver: string };
    const streamed = /grpc_method="RangeStream",[^}]*\} [1-9]/.test(
      await (await fetch(`${cluster.endpoints[0]}/metrics`)).text(),
    );
    expect([etcdserver, streamed]).toEqual([etcdserver, !/^3\.[0-6]\./.test(etcdserver)]);
    const half = await store.list('/big/', { limit: 1_500 });
    const rest = await store.list('/big/', { continue: half.continue ?? '' });
    expect([half.entries.length, rest.entries.length, rest.revision]).toEqual([1_500, 1_503, half.revision]);
    expect(rest.continue).toBeUndefined();
  });

  it('has limits that are named', async () => {
    cluster = await startEtcd({ flags: ['--max-request-bytes=65536', '--max-txn-ops=4'] });
    const store = await opened();
    for (const bytes of [70_000, 1_000_000]) {
      const error: unknown = await put(store, '/large', bytes).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StorageLimitError);
      expect(String(error)).toContain('--max-request-bytes');
    }
    const writes = [1, 2, 3, 4, 5].map((index) => ({ key: `/${index}`, value: Buffer.from('1') }));
    const error: unknown = await store.commit({ require: [], writes }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StorageLimitError);
    expect(String(error)).toContain('--max-txn-ops');
    expect((await store.list('/')).entries).toEqual([]);
  });

  it('takes no writes once its space is used up, and again when there is room', async () => {
    cluster = await startEtcd({ flags: ['--quota-backend-bytes=3000000'] });
    const store = await opened({ pace: { probeMs: { well: 60_000, unavailable: 50 } } });
    const fill = async (): Promise<void> => {
      for (;;) await put(store, '/a', 500_000);
    };
    await expect(fill()).rejects.toMatchObject({ name: 'EtcdSpaceError', indeterminate: false });
    expect(store.unavailable?.message).toContain('etcdctl alarm disarm');
    expect(await store.read('/a')).toBeDefined();
    expect(store.unavailable).toBeDefined();
    await cluster.ctl('compact', String(await store.barrier()));
    await cluster.ctl('defrag');
    await cluster.ctl('alarm', 'disarm');
    await vi.waitFor(() => {
      expect(store.unavailable).toBeUndefined();
    });
    await put(store, '/b');
  });
});
