import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { Store } from '../../src/storage/contract.ts';
import { openEtcdStore } from '../../src/storage/etcd/index.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { storageContract, type OpenedStore } from './storage/index.ts';

describe.skipIf(etcdBinary === undefined)(etcdBinary === undefined ? noEtcd : 'with one member', () => {
  let cluster: EtcdCluster;
  let prefixes = 0;

  beforeAll(async () => {
    cluster = await startEtcd();
  });
  afterAll(async () => {
    await cluster.stop();
  });

  async function openEmpty(): Promise<OpenedStore> {
    prefixes += 1;
    const prefix = `/kubedirector/${prefixes}`;
    const { endpoints } = cluster;
    const open = (): Promise<Store> =>
      openEtcdStore({ endpoints, prefix, clock: systemClock, random: Math.random, logger: silentLogger });
    let current = await open();
    return {
      store: current,
      async reopen() {
        await current.close();
        current = await open();
        return current;
      },
      // Nothing is removed: the next test has another prefix.
      close: () => current.close(),
      async compact() {
        await cluster.ctl('compact', String(await current.barrier()));
      },
      async moveOn() {
        await cluster.ctl('put', '/somebody/else', 'x');
      },
      // etcd's own limit is 1.5 MiB for a whole request.
      maxValueBytes: 1_500_000,
    };
  }

  storageContract('etcd', openEmpty);
});
