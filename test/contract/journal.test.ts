import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { Store } from '../../src/storage/contract.ts';
import { EncryptedStore } from '../../src/storage/encryption/index.ts';
import { openJournalStore, type JournalOptions } from '../../src/storage/journal/index.ts';
import { encryptionWith, forAll, keys } from '../support/encryption.ts';
import { storageContract, type OpenedStore } from './storage/index.ts';

async function openTemporary(
  options: Partial<JournalOptions>,
  above = (store: Store): Store | Promise<Store> => store,
): Promise<OpenedStore> {
  const directory = await mkdtemp(join(tmpdir(), 'kd-journal-'));
  const open = async (): Promise<Store> =>
    above(await openJournalStore({ directory, clock: systemClock, logger: silentLogger, ...options }));
  const store = await open();
  let current = store;
  return {
    store,
    async reopen() {
      await current.close();
      current = await open();
      return current;
    },
    async close() {
      await current.close();
      await rm(directory, { recursive: true });
    },
  };
}

storageContract('the journal', () => openTemporary({}));

storageContract('a journal that is always writing a snapshot', () => openTemporary({ snapshotEveryBytes: 1 }));

const encrypted = async (store: Store): Promise<Store> =>
  new EncryptedStore(store, await encryptionWith(forAll(keys('aesgcm', 'one'))));

storageContract('an encrypted journal', () => openTemporary({ snapshotEveryBytes: 1 }, encrypted));

storageContract('a journal with a short history', async () => {
  const historyChanges = 500;
  const opened = await openTemporary({ historyChanges });
  return {
    ...opened,
    async compact() {
      const keys = Array.from({ length: historyChanges + 1 }, (_, index) => `/filler/${index}`);
      await opened.store.commit({ require: [], writes: keys.map((key) => ({ key, value: Buffer.from('{}') })) });
    },
  };
});
