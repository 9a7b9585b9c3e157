import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeBackup, encodeBackup } from '../../../src/storage/backup.ts';
import { CompactedError, type Entry, type Store } from '../../../src/storage/contract.ts';
import { StorageLockedError, type Restored } from '../../../src/storage/journal/index.ts';
import { document } from './journal-folder.ts';
import { write } from '../../support/store-writes.ts';
import {
  aside,
  contents,
  eachWithFolder,
  everything,
  folder,
  inspect,
  restore,
  restored,
  writeFive,
} from './restore-fixture.ts';

eachWithFolder();

const all = async (store: Store): Promise<readonly Entry[]> => (await store.list('/')).entries;
const inOrder = restored.toReversed();

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

  it('marks a folder of version 1 as newer before it gets values that are no text', async () => {
    await folder.with(() => Promise.resolve());
    await folder.write('format.json', '{"format":"kubedirector-journal","version":1}\n');
    const value = Buffer.from([0xff, 0x0a]);
    await restore({ entries: [{ key: '/a', revision: 1, value }] });
    expect(JSON.parse(await folder.text('format.json'))).toMatchObject({ version: 2 });
    await folder.with(async (store) => expect((await store.read('/a'))?.value).toEqual(value));
  });

  it('refuses invalid entries before it writes anything', async () => {
    const value = document({});
    for (const entries of [
      [{ key: '/a', revision: 21, value }],
      [{ key: '/a', revision: 0, value }],
      [{ key: '', revision: 1, value }],
      [...restored, ...restored],
    ]) {
      await expect(restore({ entries })).rejects.toThrow(/Error|revision|empty|twice/);
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
