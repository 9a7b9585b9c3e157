import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { decodeBackup, encodeBackup } from '../../../src/storage/backup.ts';
import { CompactedError, type Entry, type Store } from '../../../src/storage/contract.ts';
import {
  inspectJournal,
  restoreJournal,
  StorageFolderError,
  StorageLockedError,
  type JournalContents,
  type JournalInspection,
  type Restored,
} from '../../../src/storage/journal/index.ts';
import { encodeJournalHeader } from '../../../src/storage/journal/record.ts';
import { document, journalFolder, type JournalFolder } from './journal-folder.ts';
import { write } from '../../support/store-writes.ts';

let folder: JournalFolder;
let aside: string;
beforeEach(async () => {
  folder = await journalFolder();
  aside = `${folder.directory}.aside`;
});
afterEach(() => folder.remove());

const inspect = (directory = folder.directory): Promise<JournalInspection> =>
  inspectJournal({ directory, clock: systemClock, logger: silentLogger });
const contents = async (directory?: string): Promise<JournalContents> => {
  const found = await inspect(directory);
  if (found.state !== 'written') throw new Error(`the folder is ${found.state}`);
  return found;
};
const restore = (options: Partial<Parameters<typeof restoreJournal>[0]> = {}): Promise<Restored> =>
  restoreJournal({
    ...{ directory: folder.directory, revision: 20, entries: restored, clock: systemClock, logger: silentLogger },
    ...options,
  });
const all = async (store: Store): Promise<readonly Entry[]> => (await store.list('/')).entries;

const restored: readonly Entry[] = [
  { key: '/b', revision: 12, value: document({ b: 1 }) },
  { key: '/a', revision: 17, value: document({ a: 1 }) },
];
const inOrder = restored.toReversed();

const writeFive = (): Promise<void> =>
  folder.with(async (store) => {
    for (let n = 1; n <= 5; n++) await write(store, `/${n}`, 'absent', document({ n }));
  });
/** Names, contents, times, modes and inodes: everything that an inspection could change. */
const everything = async (): Promise<unknown> => {
  const parent = dirname(folder.directory);
  const names = (await readdir(parent, { recursive: true })).sort();
  return Promise.all(
    names.map(async (name) => {
      const { mtimeMs, mode, ino } = await stat(join(parent, name));
      return [name, mtimeMs, mode, ino, await readFile(join(parent, name), 'utf8').catch(() => 'folder')];
    }),
  );
};

describe('the inspection of a data folder', () => {
  it('finds the data of the store, and changes nothing', async () => {
    await writeFive();
    await folder.with((store) => write(store, '/3', 3, 'deleted'));
    const before = await everything();
    const found = await contents();
    expect(found).toMatchObject({ revision: 6, snapshotBytes: 0, torn: undefined, directory: folder.directory });
    expect(found.entries.map(({ key, revision }) => [key, revision])).toEqual([
      ['/1', 1],
      ['/2', 2],
      ['/4', 4],
      ['/5', 5],
    ]);
    expect(found.journalBytes).toBe((await folder.text('journal.jsonl')).length);
    expect(await everything()).toEqual(before);
  });

  it('reports a truncated end without removing it', async () => {
    await writeFive();
    const whole = await folder.text('journal.jsonl');
    await folder.write('journal.jsonl', `${whole}{"revision":6,`);
    const before = await everything();
    expect(await contents()).toMatchObject({ revision: 5, torn: { file: 'journal.jsonl', line: 7, bytes: 14 } });
    expect(await everything()).toEqual(before);
  });

  it('accepts the temporary journal of an unfinished rotation', async () => {
    await writeFive();
    const closed = 'journal-0000000000000000.jsonl';
    await rename(join(folder.directory, 'journal.jsonl'), join(folder.directory, closed));
    await expect(inspect()).rejects.toThrow('journal.jsonl is missing');
    await folder.write('journal.jsonl.tmp', encodeJournalHeader({ base: 5 }));
    const before = await everything();
    expect(await contents()).toMatchObject({ revision: 5 });
    expect(await everything()).toEqual(before);
  });

  it('distinguishes an absent folder from a folder without data, and creates nothing', async () => {
    expect(await inspect()).toEqual({ state: 'absent' });
    await mkdir(folder.directory);
    expect(await inspect()).toEqual({ state: 'blank' });
    expect(await readdir(folder.directory)).toEqual([]);
    await folder.with(() => Promise.resolve());
    expect(await inspect()).toEqual({ state: 'blank' });
  });

  it('is refused while a process has it open, also before the first write', async () => {
    await folder.with(async (store) => {
      await expect(inspect()).rejects.toThrow(StorageLockedError);
      await write(store, '/a', 'absent', document({}));
      await expect(inspect()).rejects.toThrow(`in use by process ${process.pid}`);
    });
    expect(await contents()).toMatchObject({ revision: 1 });
  });

  it('is refused if a process took the folder in the meantime', async () => {
    await writeFive();
    let store: Store | undefined;
    const { nodeFiles } = await import('../../../src/storage/journal/node-files.ts');
    const files = nodeFiles();
    const racing = inspectJournal({
      ...{ directory: folder.directory, clock: systemClock, logger: silentLogger },
      files: {
        ...files,
        async open(path, mode) {
          if (path.endsWith('journal.jsonl')) store ??= await folder.open();
          return files.open(path, mode);
        },
      },
    });
    await expect(racing).rejects.toThrow(StorageLockedError);
    expect(store).toBeDefined();
    await store?.close();
  });

  it('is refused, as a restore is, if the folder has other files', async () => {
    await mkdir(folder.directory);
    await folder.write('notes.txt', 'mine');
    await expect(inspect()).rejects.toThrow(StorageFolderError);
    await expect(restore({ aside })).rejects.toThrow('not empty and not a kubedirector data folder');
    expect(await readdir(dirname(folder.directory))).toEqual(['data']);
    expect(await readdir(folder.directory)).toEqual(['notes.txt']);
  });
});

describe('a restore', () => {
  it('fills a folder that is absent, empty or without data, and keeps the revisions of entries', async () => {
    for (const prepare of [
      () => Promise.resolve(),
      () => mkdir(join(folder.directory, 'lost+found'), { recursive: true }),
      () => folder.with(() => Promise.resolve()),
    ]) {
      await prepare();
      expect(await restore()).toEqual({ revision: 20 });
      await folder.with(async (store) => {
        expect(await store.barrier()).toBe(20);
        expect(await all(store)).toEqual(inOrder);
        expect(await write(store, '/c', 'absent', document({}))).toBe(21);
      });
      await folder.with(async (store) => expect(await all(store)).toHaveLength(3));
      await rm(folder.directory, { recursive: true });
    }
    expect(folder.warnings).toEqual([]);
  });

  it('restores the objects of a store unchanged, without deleted ones', { timeout: 60_000 }, async () => {
    let held: readonly Entry[] = [];
    await folder.with(
      async (store) => {
        const keys = Array.from({ length: 1000 }, (_, n) => `/g/r/ns-${n % 7}/object-${n}`);
        await Promise.all(
          keys.map((key, n) => write(store, key, 'absent', document({ n, text: `ä\n${'x'.repeat(n)}` }))),
        );
        const old = await all(store);
        for (const { key, revision } of old.filter((_, n) => n % 5 === 0)) {
          await write(store, key, revision, 'deleted');
        }
        await Promise.all(
          old
            .filter((_, n) => n % 5 === 1)
            .map(({ key, revision }, n) => write(store, key, revision, Buffer.from(`{"again": ${n}.0}\n`))),
        );
        held = await all(store);
      },
      { snapshotEveryBytes: 100_000 },
    );
    expect(held).toHaveLength(800);
    const found = await contents();
    expect(found).toMatchObject({ revision: 1400, entries: held });
    const lines = [...encodeBackup({ ...found, created: new Date() })];
    async function* chunks(): AsyncGenerator<Buffer> {
      for (const line of lines) yield await Promise.resolve(Buffer.from(line));
    }
    const backup = await decodeBackup(chunks());
    const directory = join(folder.directory, '../elsewhere/data');
    expect(await restore({ ...backup, directory })).toEqual({ revision: 1400 });
    await folder.with(
      async (store) => {
        expect(await store.barrier()).toBe(1400);
        expect(await all(store)).toEqual(held);
      },
      { directory },
    );
  });

  it('is refused without --replace if the folder has data', async () => {
    await writeFive();
    const before = await everything();
    await expect(restore()).rejects.toThrow('has data already; nothing was changed. With --replace');
    expect(await everything()).toEqual(before);
  });

  it.each([
    ['older', 3],
    ['newer', 20],
  ])(
    'replaces data by a backup that is %s, keeps the old data, and continues with a higher revision than both',
    async (_what, revision) => {
      await writeFive();
      const entries = [{ key: '/a', revision: 2, value: document({}) }];
      const next = Math.max(5, revision) + 1;
      expect(await restore({ aside, revision, entries })).toEqual({
        revision: next,
        replaced: { directory: aside, revision: 5, damaged: false },
      });
      expect((await contents(aside)).entries).toHaveLength(5);
      await folder.with(async (store) => {
        expect(await all(store)).toEqual(entries);
        // Clients that know the old data must list again.
        const watch = store.watch(5, AbortSignal.timeout(5000))[Symbol.asyncIterator]();
        await expect(watch.next()).rejects.toThrow(CompactedError);
        expect(await write(store, '/b', 'absent', document({}))).toBe(next + 1);
      });
      expect((await readdir(dirname(folder.directory))).sort()).toEqual(['data', 'data.aside']);
    },
  );

  it.each([
    ['a line of the journal is damaged', 5, (text: string) => text.replace('"n":2', '"n":8')],
    ['the first line of the journal is damaged', 5, (text: string) => text.slice(5)],
    ['the journal is empty', 5, () => ''],
    ['the last lines of the journal are zeros', 5, (text: string) => text.slice(0, 210) + '\0'.repeat(300) + '\n'],
  ])('replaces data if %s, with a higher revision than the last acknowledged one', async (_what, revision, damage) => {
    await writeFive();
    await folder.write('journal.jsonl', damage(await folder.text('journal.jsonl')));
    const damaged = await readFile(join(folder.directory, 'journal.jsonl'));
    const result = await restore({ aside, revision: 1, entries: [] });
    expect(result.replaced).toMatchObject({ directory: aside, revision });
    expect(result.revision).toBe(Math.max(1, revision) + 1);
    expect((await readFile(join(aside, 'journal.jsonl'))).equals(damaged)).toBe(true);
    await folder.with(async (store) => expect(await all(store)).toEqual([]));
  });

  it('is refused while a process has the folder open', async () => {
    await folder.with(async (store) => {
      await expect(restore({ aside })).rejects.toThrow(StorageLockedError);
      await write(store, '/a', 'absent', document({}));
      await expect(restore({ aside })).rejects.toThrow(StorageLockedError);
      expect(await all(store)).toHaveLength(1);
    });
    expect(await readdir(dirname(folder.directory))).toEqual(['data']);
  });

  it('refuses invalid entries before it writes anything', async () => {
    const value = document({});
    for (const entries of [
      [{ key: '/a', revision: 21, value }],
      [{ key: '/a', revision: 0, value }],
      [{ key: '', revision: 1, value }],
      [{ key: '/a', revision: 1, value: Buffer.from([0xff]) }],
      [...restored, ...restored],
    ]) {
      await expect(restore({ entries })).rejects.toThrow(/Error|revision|empty|UTF-8|twice/);
    }
    await expect(restore({ revision: Number.MAX_SAFE_INTEGER, entries: [] })).rejects.toThrow(RangeError);
    expect(await readdir(dirname(folder.directory))).toEqual([]);
  });

  it('is refused if the folder for the old data is not empty', async () => {
    await writeFive();
    await mkdir(aside);
    await writeFile(join(aside, 'notes.txt'), 'mine');
    await expect(restore({ aside })).rejects.toThrow('could not be moved aside');
    expect((await readdir(dirname(folder.directory))).sort()).toEqual(['data', 'data.aside']);
    expect((await contents()).entries).toHaveLength(5);
  });

  describe('that was interrupted', () => {
    const staging = (): string => `${folder.directory}.restoring`;
    /** Writes a complete data folder that is not in its place yet. */
    const stage = (): Promise<Restored> => restore({ directory: staging() });

    it('between its last two steps is finished by the next start, with a warning', async () => {
      await stage();
      expect(await contents()).toMatchObject({ directory: staging(), revision: 20 });
      await folder.with(async (store) => expect(await all(store)).toEqual(inOrder));
      expect(folder.warnings).toMatchObject([{ message: expect.stringContaining('restore') as unknown }]);
      expect(await readdir(dirname(folder.directory))).toEqual(['data']);
    });

    it('between its last two steps is finished by the next restore, which then fails because of the data', async () => {
      await stage();
      await expect(restore()).rejects.toThrow('has data already');
      expect(await readdir(dirname(folder.directory))).toEqual(['data']);
    });

    it('before it replaced the old data is dropped by the next start', async () => {
      await writeFive();
      await stage();
      await folder.with(async (store) => expect(await all(store)).toHaveLength(5));
      expect(await readdir(dirname(folder.directory))).toEqual(['data']);
    });

    it('before all data was written is ignored', async () => {
      await mkdir(staging());
      await writeFile(join(staging(), 'snapshot.jsonl.tmp'), 'half');
      expect(await inspect()).toEqual({ state: 'absent' });
      await folder.with(async (store) => expect(await all(store)).toEqual([]));
    });

    it('does not make the next restore remove another folder with the same name', async () => {
      await writeFive();
      await mkdir(staging());
      await writeFile(join(staging(), 'notes.txt'), 'mine');
      await expect(restore({ aside })).rejects.toThrow(`${staging()} is in the way`);
      expect(await readdir(staging())).toEqual(['notes.txt']);
      expect((await contents()).entries).toHaveLength(5);
    });
  });
});
