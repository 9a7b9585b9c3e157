import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { Store } from '../../src/storage/contract.ts';
import { EncryptedStore } from '../../src/storage/encryption/index.ts';
import { fillEtcd, openEtcdStore } from '../../src/storage/etcd/index.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { encryptionWith, forAll, keys } from '../support/encryption.ts';
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

  /** @param reached the newest revision of a store that was copied to here; it had no objects. 0: nothing was copied */
  async function openEmpty(
    reached: number,
    above = (store: Store): Store | Promise<Store> => store,
  ): Promise<OpenedStore> {
    prefixes += 1;
    const prefix = `/kubedirector/${prefixes}`;
    const { endpoints } = cluster;
    const options = { endpoints, prefix, clock: systemClock, random: Math.random, logger: silentLogger };
    if (reached > 0) await fillEtcd({ ...options, revision: reached, entries: [] });
    const open = async (): Promise<Store> => above(await openEtcdStore(options));
    let current = await open();
    const rawRevision = async (): Promise<number> => {
      const [line = ''] = (await cluster.ctl('get', 'x', '-w', 'json')).split('\n');
      return (JSON.parse(line) as { header: { revision: number } }).header.revision;
    };
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
        await cluster.ctl('compact', String(await rawRevision()));
      },
      async moveOn() {
        await cluster.ctl('put', '/somebody/else', 'x');
      },
      // etcd's own limit is 1.5 MiB for a whole request.
      maxValueBytes: 1_499_000,
    };
  }

  storageContract('etcd', () => openEmpty(0));
  storageContract('etcd, filled from a store of higher revisions', () => openEmpty(5_000_000_000));
  storageContract('etcd, encrypted', () =>
    openEmpty(0, async (store) => new EncryptedStore(store, await encryptionWith(forAll(keys('secretbox', 'one'))))),
  );
});
