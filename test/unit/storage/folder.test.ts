import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { StorageFolderError } from '../../../src/storage/journal/index.ts';
import { encodeJournalHeader } from '../../../src/storage/journal/record.ts';
import { document, journalFolder, type JournalFolder } from './journal-folder.ts';
import { write } from '../../support/store-writes.ts';

describe('a data folder', () => {
  let folder: JournalFolder;
  beforeEach(async () => {
    folder = await journalFolder();
  });
  afterEach(() => folder.remove());

  const mode = async (name: string): Promise<number> => (await stat(join(folder.directory, name))).mode & 0o777;
  const failure = (): Promise<unknown> =>
    folder.open().then(
      (store) => store.close(),
      (error: unknown) => error,
    );

  it('is created so that no other user can read it', async () => {
    await folder.with((store) => write(store, '/a', 'absent', document({})));
    expect(await mode('.')).toBe(0o700);
    for (const name of await readdir(folder.directory)) expect([name, await mode(name)]).toEqual([name, 0o600]);
  });

  it('has one line of JSON for each change', async () => {
    await folder.with(async (store) => {
      const revision = await write(store, '/a', 'absent', document({ kind: 'App' }));
      await write(store, '/a', revision, 'deleted');
    });
    const lines = (await folder.text('journal.jsonl'))
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toMatchObject([
      { journal: 1, base: 1, first: true },
      { revision: 2, key: '/a', value: { kind: 'App' } },
      { revision: 3, key: '/a', deleted: true },
    ]);
    expect(JSON.parse(await folder.text('format.json'))).toEqual({ format: 'kubedirector-journal', version: 2 });
  });

  it('is read as before where an earlier version made it, at revision 0', async () => {
    await folder.with(() => Promise.resolve());
    await folder.write('journal.jsonl', encodeJournalHeader({ base: 0 }));
    for (const name of await readdir(folder.directory)) {
      if (name.startsWith('lock-')) await rm(join(folder.directory, name));
    }
    await folder.with(async (store) => {
      expect(await store.barrier()).toBe(0);
      expect(await write(store, '/a', 'absent', document({}))).toBe(1);
    });
    await folder.with(async (store) => expect(await store.barrier()).toBe(1));
  });

  it('notices that the first snapshot is gone', async () => {
    await folder.with(async (store) => {
      await write(store, '/a', 'absent', document({}));
      await store.purge?.();
    });
    expect(await folder.text('journal.jsonl')).toContain('"base":2');
    await rm(join(folder.directory, 'snapshot.jsonl'));
    expect(String(await failure())).toContain('revisions 1 to 2 are missing');
  });

  it('may be an empty volume that has lost+found', async () => {
    await mkdir(join(folder.directory, 'lost+found'), { recursive: true });
    await folder.with((store) => write(store, '/a', 'absent', document({})));
    expect(await readdir(folder.directory)).toContain('lost+found');
  });

  it.each(['notes.txt', 'journal.jsonl', 'snapshot.jsonl', '.git'])(
    'is refused, and not changed, if it has %s but is not a data folder',
    async (name) => {
      await mkdir(folder.directory);
      await folder.write(name, 'something of value');
      const error = await failure();
      expect(error).toBeInstanceOf(StorageFolderError);
      expect(String(error)).toContain(`the folder ${folder.directory} is not empty`);
      expect(await readdir(folder.directory)).toEqual([name]);
      expect(await folder.text(name)).toBe('something of value');
    },
  );

  it('is refused if a newer version wrote it', async () => {
    await folder.with((store) => write(store, '/a', 'absent', document({})));
    await folder.write('format.json', '{"format":"kubedirector-journal","version":3}');
    const before = await readdir(folder.directory);
    expect(String(await failure())).toContain('format version 3, this program reads versions up to 2');
    expect(await readdir(folder.directory)).toEqual(before);
  });

  it('of version 1 is read as it is, and is of version 2 before anything is written to it', async () => {
    await folder.with((store) => write(store, '/a', 'absent', document({})));
    const old = '{"format":"kubedirector-journal","version":1}\n';
    await folder.write('format.json', old);
    await folder.with(async (store) => expect((await store.list('/')).entries).toHaveLength(1));
    expect(await folder.text('format.json')).toBe(old);
    const value = Buffer.from([0xff, 0x0a, 0x00]);
    await folder.with((store) => write(store, '/b', 'absent', value));
    expect(JSON.parse(await folder.text('format.json'))).toMatchObject({ version: 2 });
    await folder.with(async (store) => expect((await store.read('/b'))?.value).toEqual(value));
  });

  it('is refused if its format.json is not valid', async () => {
    await mkdir(folder.directory);
    for (const marker of ['', 'null', '{}', '{"format":"other","version":1}']) {
      await folder.write('format.json', marker);
      expect(String(await failure())).toContain('is not the marker of a kubedirector data folder');
    }
  });

  it('is refused with its path if it is a file', async () => {
    await mkdir(folder.directory);
    await folder.write('file', '');
    await expect(folder.open({ directory: join(folder.directory, 'file') })).rejects.toThrow(
      `the data folder ${join(folder.directory, 'file')} cannot be used`,
    );
  });

  it('has no temporary file of an ended process after it was opened', async () => {
    await folder.with((store) => write(store, '/a', 'absent', document({})));
    await folder.write('snapshot.jsonl.tmp', 'half a snap');
    await folder.with(async (store) => expect((await store.list('/')).entries).toHaveLength(1));
    expect((await readdir(folder.directory)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is unlocked if it cannot be opened', async () => {
    await folder.with((store) => write(store, '/a', 'absent', document({})));
    const whole = await folder.text('journal.jsonl');
    await folder.write('journal.jsonl', 'damaged\n');
    expect(await failure()).toMatchObject({ name: 'StorageCorruptError' });
    await folder.write('journal.jsonl', whole);
    await folder.with(async (store) => expect(await store.barrier()).toBe(2));
  });

  it('refuses an empty key, a key that is written twice, and a commit of nothing', async () => {
    await folder.with(async (store) => {
      await expect(write(store, '', 'absent', document({}))).rejects.toThrow(TypeError);
      const twice = [document({}), 'deleted' as const].map((value) => ({ key: '/a', value }));
      await expect(store.commit({ require: [], writes: twice })).rejects.toThrow(TypeError);
      await expect(store.commit({ require: [], writes: [] })).rejects.toThrow(TypeError);
      expect(await store.barrier()).toBe(1);
    });
  });

  it('reports its size, its objects and its syncs in metrics', async () => {
    const metrics = createMetrics();
    await folder.with(
      async (store) => {
        const first = await write(store, '/a', 'absent', document({}));
        await write(store, '/b', 'absent', document({}));
        await write(store, '/a', first, 'deleted');
        const size = (await stat(join(folder.directory, 'journal.jsonl'))).size;
        const text = await metrics.text();
        expect(text).toContain('kubedirector_journal_objects 1\n');
        expect(text).toContain('kubedirector_journal_fsync_duration_seconds_count 3\n');
        expect(text).toContain(`kubedirector_journal_bytes ${size}\n`);
      },
      { metrics },
    );
  });
});
