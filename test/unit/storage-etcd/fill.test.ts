/** Copies and restores into etcd, on a real one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { CompactedError, StorageLostError, type Entry, type Store } from '../../../src/storage/contract.ts';
import { EtcdOccupiedError, fillEtcd, openEtcdStore } from '../../../src/storage/etcd/index.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../../support/etcd.ts';

const entry = (key: string, value: unknown, revision = 7): Entry => ({
  ...{ key, revision, value: Buffer.from(JSON.stringify(value)) },
});
const many = Array.from({ length: 350 }, (_, index) => entry(`/g/r/${String(index).padStart(4, '0')}`, { index }));

describe.skipIf(etcdBinary === undefined)(etcdBinary === undefined ? noEtcd : 'a fill of etcd', () => {
  let cluster: EtcdCluster;
  let prefixes = 0;
  const stores: Store[] = [];

  beforeAll(async () => {
    cluster = await startEtcd();
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await cluster.stop();
  });

  function target() {
    prefixes += 1;
    const { endpoints } = cluster;
    const prefix = `/fill/${prefixes}`;
    return { endpoints, prefix, clock: systemClock, random: Math.random, logger: silentLogger };
  }
  async function opened(options: ReturnType<typeof target>): Promise<Store> {
    const store = await openEtcdStore(options);
    stores.push(store);
    return store;
  }
  const keysOf = async (store: Store) => (await store.list('')).entries.map(({ key }) => key);
  const put = (store: Store, key: string) => store.commit({ require: [], writes: [{ key, value: Buffer.from('{}') }] });
  async function firstOf(store: Store, after: number): Promise<unknown> {
    for await (const event of store.watch(after, new AbortController().signal)) return event;
    return undefined;
  }

  it('has all objects, and its revisions go on above those of the source', async () => {
    const options = target();
    const { revision } = await fillEtcd({ ...options, revision: 1_000_000, entries: many });
    expect(revision).toBeGreaterThan(1_000_000);
    const store = await opened(options);
    const { entries, revision: shown } = await store.list('');
    expect(shown).toBeGreaterThanOrEqual(revision);
    expect(entries.map(({ key, value }) => [key, value.toString()])).toEqual(
      many.map(({ key, value }) => [key, value.toString()]),
    );
    for (const each of entries) expect(each.revision).toBeGreaterThan(1_000_000);
    expect(await put(store, '/g/r/new')).toBeGreaterThan(shown);
  });

  it('tells watches from before that they are too old, and lets those from after go on', async () => {
    const options = target();
    const { revision } = await fillEtcd({ ...options, revision: 1_000_000, entries: many });
    const store = await opened(options);
    for (const old of [1, 999_999, 1_000_000, revision - 1]) {
      await expect(firstOf(store, old)).rejects.toThrow(CompactedError);
    }
    const after = await put(store, '/g/r/new');
    expect(await firstOf(store, revision)).toMatchObject({ type: 'commit', revision: after });
    // What a start fills its caches from is whole, too.
    expect((await store.list('', { at: 'oldest' })).entries).toHaveLength(many.length);
  });

  it('adds nothing where etcd has gone further already', async () => {
    const options = target();
    const { revision } = await fillEtcd({ ...options, revision: 1, entries: many });
    expect(await cluster.ctl('get', `${options.prefix}/origin`, '--print-value-only')).toBe(
      '{"state":"ready","offset":0}\n',
    );
    expect(await (await opened(options)).barrier()).toBeGreaterThanOrEqual(revision);
  });

  it('refuses a prefix that has objects, and changes nothing', async () => {
    const options = target();
    const store = await opened(options);
    await put(store, '/g/r/mine');
    await expect(fillEtcd({ ...options, revision: 9, entries: many })).rejects.toThrow(EtcdOccupiedError);
    expect(await keysOf(store)).toEqual(['/g/r/mine']);
    await put(store, '/g/r/other');
  });

  it('ends the servers that run on what is replaced, before they see anything of it', async () => {
    const options = target();
    await fillEtcd({ ...options, revision: 5_000_000, entries: [entry('/g/r/old', {})] });
    const store = await opened(options);
    const from = await store.barrier();
    const watched: unknown[] = [];
    const watch = (async () => {
      for await (const event of store.watch(from, new AbortController().signal)) {
        if (event.type === 'commit') watched.push(event);
      }
    })();
    const ended = expect(watch).rejects.toThrow(StorageLostError);
    await put(store, '/g/r/last');
    await expect.poll(() => watched).toHaveLength(1);
    let kept: readonly Entry[] = [];
    const filled = await fillEtcd({
      ...{ ...options, revision: 9, entries: many },
      keep: ({ entries }) => {
        kept = entries;
        return Promise.resolve();
      },
    });
    expect(kept.map(({ key }) => key)).toEqual(['/g/r/last', '/g/r/old']);
    for (const { revision } of kept) expect(revision).toBeGreaterThan(5_000_000);
    expect(filled.revision).toBeGreaterThan(filled.replaced?.revision ?? Infinity);
    await ended;
    expect(store.lost.aborted).toBe(true);
    expect(watched).toHaveLength(1);
    await expect(put(store, '/g/r/late')).rejects.toThrow(StorageLostError);
    await expect(store.barrier()).rejects.toThrow(StorageLostError);
    expect(await keysOf(await opened(options))).toEqual(many.map(({ key }) => key));
  });

  it('leaves the objects where they cannot be kept', async () => {
    const options = target();
    const store = await opened(options);
    await put(store, '/g/r/mine');
    const failing = fillEtcd({
      ...{ ...options, revision: 9, entries: many },
      keep: () => Promise.reject(new Error('no room')),
    });
    await expect(failing).rejects.toThrow('no room');
    expect(await keysOf(await opened(options))).toEqual(['/g/r/mine']);
  });

  it('opens for no server when it was cut short, and can be run again', async () => {
    const options = target();
    await cluster.ctl('put', `${options.prefix}/origin`, '{"state":"filling","offset":10}');
    await cluster.ctl('put', `${options.prefix}/objects/g/r/half`, '{}');
    await expect(openEtcdStore(options)).rejects.toThrow('the data in etcd are not whole');
    await fillEtcd({ ...options, revision: 9, entries: many });
    expect(await keysOf(await opened(options))).toEqual(many.map(({ key }) => key));
  });
});
