import { expect, it } from 'vitest';
import { silentLogger } from '../../src/runtime/logger.ts';
import { storageChecks } from '../../src/server/storage-check.ts';
import { StorageUnavailableError } from '../../src/storage/contract.ts';
import { openJournalStore } from '../../src/storage/journal/index.ts';
import { afterCrash, hastyClock } from './storage-crashed.ts';
import { SimulatedDisk, systemError } from './storage-disk.ts';
import { write } from '../support/store-writes.ts';

it('is not ready while the disk takes no writes, stays alive, and becomes ready again without any request', async () => {
  const disk = new SimulatedDisk();
  const store = await openJournalStore({
    ...{ directory: '/data', clock: hastyClock(), logger: silentLogger, processes: afterCrash, files: disk },
    lockTiming: { heartbeatMs: 5, staleAfterMs: 10_000 },
  });
  const check = async (endpoint: 'livez' | 'readyz'): Promise<string> => {
    const found = storageChecks(store).find(({ endpoints }) => endpoints.includes(endpoint));
    try {
      await found?.check();
      return 'ok';
    } catch (error) {
      return String(error);
    }
  };
  const value = Buffer.from('{"pad":"x"}');
  expect(await check('readyz')).toBe('ok');
  disk.intercept = (operation, path) => {
    if (operation === 'write' && !path.includes('lock-')) throw systemError('ENOSPC');
  };
  await expect(write(store, '/refused', 'absent', value)).rejects.toBeInstanceOf(StorageUnavailableError);
  expect(await check('readyz')).toContain('ENOSPC');
  expect(await check('livez')).toBe('ok');

  disk.intercept = () => undefined;
  await expect.poll(() => check('readyz')).toBe('ok');
  await write(store, '/kept', 'absent', value);
  expect((await store.list('/')).entries.map(({ key }) => key)).toEqual(['/kept']);
  await store.close();
});
