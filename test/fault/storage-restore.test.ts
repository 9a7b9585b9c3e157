import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { Entry, Store } from '../../src/storage/contract.ts';
import { openJournalStore, restoreJournal, type Restored } from '../../src/storage/journal/index.ts';
import { afterCrash, hastyClock } from './storage-crashed.ts';
import { seeded } from '../support/seeded.ts';
import { SimulatedDisk, systemError } from './storage-disk.ts';
import { write } from '../support/store-writes.ts';

const surroundings = {
  directory: '/kd/data',
  clock: hastyClock(),
  logger: silentLogger,
  processes: afterCrash,
  lockTiming: { heartbeatMs: 5, staleAfterMs: 10 },
};

const restored: readonly Entry[] = Array.from({ length: 5 }, (_, n) => ({
  key: `/restored/${n}`,
  revision: n + 1,
  value: Buffer.from(JSON.stringify({ n, pad: 'x'.repeat(100) })),
}));
const restoreOn = (files: SimulatedDisk, replace: boolean): Promise<Restored> =>
  restoreJournal({ ...surroundings, files, revision: 7, entries: restored, ...(replace && { aside: '/kd/aside' }) });
const withStore = async <T>(files: SimulatedDisk, work: (store: Store) => Promise<T>): Promise<T> => {
  const store = await openJournalStore({ ...surroundings, files });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
};
const keysOn = (files: SimulatedDisk): Promise<string> =>
  withStore(files, async (store) => (await store.list('/')).entries.map(({ key }) => key).join(' '));

async function diskWithOldData(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  await withStore(disk, async (store) => {
    for (const n of [1, 2, 3]) await write(store, `/old/${n}`, 'absent', Buffer.from('{}'));
  });
  return disk;
}

const oldKeys = '/old/1 /old/2 /old/3';
const newKeys = restored.map(({ key }) => key).join(' ');
type Crash = (disk: SimulatedDisk, seed: number) => SimulatedDisk;
const ways: readonly [string, Crash][] = [
  ['losing power', (disk, seed) => disk.losePower(seeded(seed))],
  ['being killed', (disk) => disk.killProcess()],
];

describe.each(ways)('a restore that ends at any step by %s', (_way, crash) => {
  it.each([
    ['replaces data', true, diskWithOldData, oldKeys],
    ['fills a new folder', false, () => Promise.resolve(new SimulatedDisk()), ''],
  ])('leaves either the old data or all of the new ones where it %s', async (_what, replace, prepare, before) => {
    const outcomes = new Set<string>();
    let finished = false;
    for (let step = 0; !finished; step++) {
      for (const seed of [1, 2, 3, 4, 5]) {
        const disk = await prepare();
        const end = disk.steps.length + step;
        disk.intercept = () => {
          if (disk.steps.length <= end) return;
          disk.stop();
          throw systemError('EIO');
        };
        finished = await restoreOn(disk, replace).then(
          () => disk.steps.length <= end,
          () => false,
        );
        const after = crash(disk, seed);
        const keys = await keysOn(after);
        expect([before, newKeys], `step ${step}: ${disk.steps.at(-1)}`).toContain(keys);
        if (finished) expect(keys).toBe(newKeys);
        outcomes.add(keys);
        if (keys === newKeys) continue;
        // It can be repeated.
        await restoreOn(after, replace);
        expect(await keysOn(after)).toBe(newKeys);
      }
    }
    expect(outcomes).toEqual(new Set([before, newKeys]));
  });
});

describe('a restore whose disk refuses any one step', () => {
  it.each(['ENOSPC', 'EIO'])('with %s leaves the old data or all of the new ones', async (code) => {
    let refused = 0;
    for (let step = 1; refused === step - 1; step++) {
      const disk = await diskWithOldData();
      const at = disk.steps.length + step;
      disk.intercept = () => {
        if (disk.steps.length !== at) return;
        refused = step;
        throw systemError(code);
      };
      const succeeded = await restoreOn(disk, true).then(
        () => true,
        () => false,
      );
      disk.intercept = () => undefined;
      const keys = await keysOn(disk);
      expect(succeeded ? [newKeys] : [oldKeys, newKeys], `step ${step}: ${disk.steps[at - 1]}`).toContain(keys);
    }
    expect(refused).toBeGreaterThan(20);
  });
});
