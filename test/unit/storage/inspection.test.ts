/** The inspection of data folders. */
import { mkdir, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { type Store } from '../../../src/storage/contract.ts';
import { inspectJournal, StorageFolderError, StorageLockedError } from '../../../src/storage/journal/index.ts';
import { encodeJournalHeader } from '../../../src/storage/journal/record.ts';
import { document } from './journal-folder.ts';
import { write } from '../../support/store-writes.ts';
import { aside, contents, eachWithFolder, everything, folder, inspect, restore, writeFive } from './restore-fixture.ts';

eachWithFolder();

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
