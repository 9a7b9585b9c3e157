import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { Store } from '../../src/storage/contract.ts';
import { openJournalStore, type JournalOptions } from '../../src/storage/journal/index.ts';
import { storageContract, type OpenedStore } from './storage/index.ts';

async function openTemporary(options: Partial<JournalOptions>): Promise<OpenedStore> {
  const directory = await mkdtemp(join(tmpdir(), 'kd-journal-'));
  const open = (): Promise<Store> =>
    openJournalStore({ directory, clock: systemClock, logger: silentLogger, ...options });
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
