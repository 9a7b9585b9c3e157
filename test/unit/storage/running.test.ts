/** Reading the data folder of a store that is open and written. */
import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { StorageCorruptError, type Store } from '../../../src/storage/contract.ts';
import { readRunningJournal, StorageLockedError, type JournalContents } from '../../../src/storage/journal/index.ts';
import { nodeFiles } from '../../../src/storage/journal/node-files.ts';
import { document } from './journal-folder.ts';
import { eachWithFolder, everything, folder, writeFive } from './restore-fixture.ts';

eachWithFolder();

const read = (files = nodeFiles()): Promise<JournalContents> =>
  readRunningJournal({ directory: folder.directory, clock: systemClock, logger: silentLogger, files });
const fieldOf = (contents: JournalContents, key: string): number => {
  const entry = contents.entries.find((each) => each.key === key);
  return (JSON.parse(entry?.value.toString() ?? '{"n":-1}') as { n: number }).n;
};
/** Two keys that are always the same, and a third one that makes the journal grow. */
const commitAll = (store: Store, n: number): Promise<number> =>
  store.commit({
    require: [],
    writes: [
      { key: '/one', value: document({ n }) },
      { key: '/other', value: document({ n }) },
      { key: `/filler/${n % 50}`, value: document({ text: 'x'.repeat(500), n }) },
    ],
  });

describe('reading the folder of a running store', () => {
  it('finds what was acknowledged, and changes nothing', async () => {
    await folder.with(async (store) => {
      const revision = await commitAll(store, 1);
      const before = (await everything()) as [string][];
      const isData = ([name]: [string]): boolean => !name.includes('lock-');
      expect(await read()).toMatchObject({ revision, torn: undefined });
      expect(((await everything()) as [string][]).filter(isData)).toEqual(before.filter(isData));
    });
  });

  it('shows one state amid writes, snapshots and rotations, with all that was acknowledged before', async () => {
    const total = 1500;
    await folder.with(
      async (store) => {
        let [acknowledged, sent] = [0, 0];
        const writing = (async () => {
          for (let n = 1; n <= total; n++) {
            sent = n;
            await commitAll(store, n);
            acknowledged = n;
          }
        })();
        let reads = 0;
        let rotations = 0;
        while (acknowledged < total) {
          const before = acknowledged;
          const contents = await read();
          const n = fieldOf(contents, '/one');
          if (before > 0) {
            expect(n).toBeGreaterThanOrEqual(before);
            expect(n).toBeLessThanOrEqual(sent);
            expect(fieldOf(contents, '/other')).toBe(n);
            expect(contents.revision).toBe(n);
          }
          reads += 1;
          if ((await readdir(folder.directory)).some((name) => name.startsWith('journal-'))) rotations += 1;
        }
        await writing;
        expect(reads).toBeGreaterThan(3);
        expect(contentsHaveSnapshot(await readdir(folder.directory)), `${rotations} rotations seen`).toBe(true);
        expect(await read()).toMatchObject({ revision: total });
      },
      { snapshotEveryBytes: 32 << 10 },
    );
  });

  it('leaves out what is written to the journal and not acknowledged yet', async () => {
    await folder.with(async (store) => {
      await commitAll(store, 1);
      await appendFile(
        join(folder.directory, 'journal.jsonl'),
        '{"revision":2,"durable":1,"key":"/half","value":{"a":1},"chec',
      );
      const { revision, entries } = await read();
      expect(revision).toBe(1);
      expect(entries.map(({ key }) => key)).toEqual(['/filler/1', '/one', '/other']);
    });
  });

  it('begins anew when files are rotated away between two steps', async () => {
    await folder.with(
      async (store) => {
        for (let n = 1; n <= 40; n++) await commitAll(store, n);
        const files = nodeFiles();
        let rotated = 0;
        const racing = await read({
          ...files,
          async list(path) {
            const names = await files.list(path);
            // Between the list of names and the reading of the files.
            if (rotated < 2) for (let n = 0; n < 100; n++) await commitAll(store, 41 + rotated * 100 + n);
            rotated += 1;
            return names;
          },
        });
        const n = fieldOf(racing, '/one');
        expect(fieldOf(racing, '/other')).toBe(n);
        expect(racing.revision).toBe(n);
        expect(n).toBeGreaterThanOrEqual(40);
      },
      { snapshotEveryBytes: 8 << 10 },
    );
  });

  it('tells of damage to what was acknowledged', async () => {
    await folder.with(async (store) => {
      for (let n = 1; n <= 3; n++) await commitAll(store, n);
      const text = await folder.text('journal.jsonl');
      await folder.write('journal.jsonl', text.replace('"n":2', '"n":7'));
      await expect(read()).rejects.toThrow(StorageCorruptError);
      await folder.write('journal.jsonl', text);
      await store.close();
    });
  });

  it('is refused where no lock says how far the journal was acknowledged', async () => {
    await writeFive();
    const [lock = ''] = (await readdir(folder.directory)).filter((name) => name.startsWith('lock-'));
    await folder.write(lock, '{"pid":1}\n');
    await expect(read()).rejects.toThrow(StorageLockedError);
  });
});

const contentsHaveSnapshot = (names: readonly string[]): boolean => names.includes('snapshot.jsonl');
