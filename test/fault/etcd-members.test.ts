import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { Store } from '../../src/storage/contract.ts';
import { openEtcdStore } from '../../src/storage/etcd/index.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { EtcdLoad, rest } from './etcd-load.ts';

const title = 'a store on three members of etcd under load';

describe.skipIf(etcdBinary === undefined)(etcdBinary === undefined ? `${title} (${noEtcd})` : title, () => {
  let cluster: EtcdCluster;
  let store: Store;
  let load: EtcdLoad;
  let prefixes = 0;

  beforeAll(async () => {
    cluster = await startEtcd({ members: 3, flags: ['--heartbeat-interval=50', '--election-timeout=500'] });
  });
  afterAll(async () => {
    await cluster.stop();
  });
  beforeEach(async () => {
    prefixes += 1;
    store = await openEtcdStore({
      ...{ endpoints: cluster.endpoints, prefix: `/test-${prefixes}`, compactEveryMs: 0 },
      // The first member is asked first.
      ...{ clock: systemClock, random: () => 0, logger: silentLogger },
      pace: { silentMs: 500, probeMs: { well: 500, unavailable: 100 }, requestMs: 2_500, connectMs: 1_000 },
    });
    load = new EtcdLoad(store, await store.barrier());
    await load.progress();
  });
  afterEach(async () => {
    await store.close();
  });

  it('loses nothing when the member that it asks is killed, and when it comes back', async () => {
    for (const member of cluster.members) {
      await member.kill();
      await load.progress();
      member.start();
      await load.progress();
    }
    expect(await load.problems()).toEqual([]);
  });

  it('loses nothing when the leader is killed', async () => {
    for (let round = 0; round < 3; round++) {
      const leader = await cluster.leader();
      await leader.kill();
      await load.progress();
      leader.start();
      await vi.waitFor(() => cluster.leader());
      await load.progress();
    }
    expect(await load.problems()).toEqual([]);
  });

  it('says that it is unavailable while all members are gone, and goes on when they are back', async () => {
    await Promise.all(cluster.members.map((member) => member.kill()));
    await vi.waitFor(() => {
      expect(store.unavailable).toBeDefined();
    });
    await expect(store.read('/load/0/a')).rejects.toMatchObject({ name: 'StorageUnavailableError' });
    await expect(store.barrier()).rejects.toMatchObject({ name: 'StorageUnavailableError' });
    for (const member of cluster.members) member.start();
    await vi.waitFor(() => {
      expect(store.unavailable).toBeUndefined();
    });
    await load.progress();
    expect(await load.problems()).toEqual([]);
  });

  it('says that it is unavailable while most members are gone', async () => {
    const [first, second] = cluster.members;
    await Promise.all([first?.kill(), second?.kill()]);
    await vi.waitFor(() => {
      expect(store.unavailable).toBeDefined();
    });
    first?.start();
    second?.start();
    await load.progress();
    expect(store.unavailable).toBeUndefined();
    expect(await load.problems()).toEqual([]);
  });

  it('turns to another member when the one that it asks stands still', async () => {
    const [first] = cluster.members;
    first?.pause();
    try {
      await load.progress();
      await store.read('/load/0/a');
      await store.barrier();
    } finally {
      first?.resume();
    }
    await load.progress();
    expect(await load.problems()).toEqual([]);
  });

  it('loses nothing while all members stand still again and again', async () => {
    for (let round = 0; round < 6; round++) {
      for (const member of cluster.members) member.pause();
      await rest(100 * round);
      for (const member of cluster.members) member.resume();
      await load.progress(5);
    }
    expect(await load.problems()).toEqual([]);
  });
});
