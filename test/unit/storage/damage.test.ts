import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageCorruptError } from '../../../src/storage/contract.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { repairJournal } from '../../../src/storage/journal/index.ts';
import { afterCrash } from '../../fault/storage-crashed.ts';
import { document, journalFolder, type JournalFolder } from './journal-folder.ts';
import { write } from '../../support/store-writes.ts';

describe('a damaged data folder', () => {
  let folder: JournalFolder;
  beforeEach(async () => {
    folder = await journalFolder({ countingFromOne: true });
  });
  afterEach(() => folder.remove());

  /** Makes five writes, each durable before the next begins. They are the lines 2 to 6. */
  const writeFive = (): Promise<void> =>
    folder.with(async (store) => {
      for (let n = 1; n <= 5; n++) await write(store, `/${n}`, 'absent', document({ n }));
    });
  const keys = (): Promise<string[]> =>
    folder.with(async (store) => (await store.list('/')).entries.map(({ key }) => key));
  const lines = async (name = 'journal.jsonl'): Promise<string[]> => (await folder.text(name)).split('\n').slice(0, -1);
  const setLines = (all: readonly string[], name = 'journal.jsonl'): Promise<void> =>
    folder.write(name, all.map((line) => `${line}\n`).join(''));
  const closedJournals = async (): Promise<string[]> =>
    (await readdir(folder.directory)).filter((name) => name.startsWith('journal-'));
  const failure = (): Promise<unknown> =>
    folder.open().then(
      (store) => store.close(),
      (error: unknown) => error,
    );
  const contents = async (): Promise<Map<string, string>> => {
    const names = (await readdir(folder.directory)).filter((name) => !name.startsWith('lock-'));
    return new Map(await Promise.all(names.map(async (name) => [name, await folder.text(name)] as const)));
  };
  /** Removes the locks, which record the last acknowledged revision. The last lines then count as not acknowledged. */
  const forgetAcknowledged = async (): Promise<void> => {
    for (const name of await readdir(folder.directory)) {
      if (name.startsWith('lock-')) await rm(join(folder.directory, name));
    }
  };
  const repair = (): ReturnType<typeof repairJournal> =>
    repairJournal({
      ...{ directory: folder.directory, aside: `${folder.directory}.aside` },
      ...{ clock: systemClock, logger: silentLogger },
    });
  /** Opening fails with StorageCorruptError and leaves every file as it was. */
  const expectRefused = async (...words: string[]): Promise<void> => {
    const before = await contents();
    const error = await failure();
    expect(error).toBeInstanceOf(StorageCorruptError);
    for (const word of [...words, 'The way out']) expect(String(error)).toContain(word);
    expect(await contents()).toEqual(before);
  };

  it('loses an incomplete last line, with a warning, and continues after it', async () => {
    await writeFive();
    const whole = await folder.text('journal.jsonl');
    for (let cut = 1; cut < 60; cut += 7) {
      await folder.write('journal.jsonl', whole.slice(0, -cut));
      await forgetAcknowledged();
      expect(await keys()).toEqual(['/1', '/2', '/3', '/4']);
      expect(folder.warnings.at(-1)).toMatchObject({ fields: { file: 'journal.jsonl', revision: 4 } });
    }
    expect(await folder.with((store) => write(store, '/6', 'absent', document({})))).toBe(5);
    expect(await keys()).toEqual(['/1', '/2', '/3', '/4', '/6']);
  });

  it('loses a last line with a wrong checksum, with a warning, and keeps its text in another file', async () => {
    await writeFive();
    const all = await lines();
    await setLines([...all.slice(0, -1), all.at(-1)?.replace('"n":5', '"n":6') ?? '']);
    await forgetAcknowledged();
    expect(await keys()).toEqual(['/1', '/2', '/3', '/4']);
    expect(folder.warnings).toHaveLength(1);
    expect(await folder.text('journal.cut-0000000000000004.jsonl')).toContain('"n":6');
  });

  it('removes zeros and other invalid bytes at the end', async () => {
    await writeFive();
    const whole = await readFile(join(folder.directory, 'journal.jsonl'));
    await folder.write('journal.jsonl', Buffer.concat([whole, Buffer.alloc(5000)]));
    expect(await keys()).toHaveLength(5);
    await folder.write('journal.jsonl', Buffer.concat([whole, Buffer.from('{"revision":6,"key\n\n\xff\xfe')]));
    expect(await keys()).toHaveLength(5);
    expect(folder.warnings).toHaveLength(2);
    expect((await readFile(join(folder.directory, 'journal.jsonl'))).equals(whole)).toBe(true);
  });

  it('removes a last batch whose middle was not written to the disk', async () => {
    await folder.with(async (store) => {
      await write(store, '/1', 'absent', document({}));
      await Promise.all([2, 3, 4, 5].map((n) => write(store, `/${n}`, 'absent', document({ n }))));
    });
    const all = await lines();
    expect(all.filter((line) => line.includes('"durable":1,'))).toHaveLength(4);
    await setLines(all.with(3, '\0'.repeat(all[3]?.length ?? 0)));
    await forgetAcknowledged();
    expect(await keys()).toEqual(['/1', '/2']);
    expect(folder.warnings).toHaveLength(1);
  });

  it.each([1, 2, 3, 4])('is refused if the line of the acknowledged revision %d is damaged', async (revision) => {
    await writeFive();
    const all = await lines();
    await setLines(all.with(revision, all[revision]?.replace('"n":', '"m":') ?? ''));
    await expectRefused(
      `${join(folder.directory, 'journal.jsonl')}, line ${revision + 1}: revision ${revision}`,
      'kubedirector storage repair --data',
    );
  });

  it('is refused if an acknowledged line is missing', async () => {
    await writeFive();
    await setLines((await lines()).toSpliced(3, 1));
    await expectRefused('journal.jsonl, line 4: revision 3');
  });

  it('can be opened after a repair, with all data before the damage, and reuses no revision', async () => {
    await writeFive();
    await setLines((await lines()).with(3, 'damaged'));
    const old = await folder.text('journal.jsonl');
    expect(await repair()).toMatchObject({
      kept: 2,
      objects: 2,
      revision: 6,
      replaced: { revision: 5, damaged: true },
    });
    expect(await readFile(`${folder.directory}.aside/journal.jsonl`, 'utf8')).toBe(old);
    expect(await keys()).toEqual(['/1', '/2']);
    expect(await folder.with((store) => write(store, '/new', 'absent', document({})))).toBe(7);
  });

  it.each([1, 2, 4])('is refused if the last %d lines of the journal are missing', async (gone) => {
    await writeFive();
    await setLines((await lines()).slice(0, -gone));
    await expectRefused(
      `journal.jsonl, line ${7 - gone}:`,
      `ends at revision ${5 - gone}, but revision 5 was acknowledged`,
    );
  });

  it('is refused if the last acknowledged line is truncated or changed', async () => {
    await writeFive();
    const whole = await folder.text('journal.jsonl');
    for (const cut of [1, 20, 60]) {
      await folder.write('journal.jsonl', whole.slice(0, -cut));
      await expectRefused('journal.jsonl, line 6:', 'revision 5 was acknowledged');
    }
    await folder.write('journal.jsonl', whole.replace('"n":5', '"n":6'));
    await expectRefused('journal.jsonl, line 6:');
  });

  it('is refused if its holder was killed and an acknowledged line is missing', async () => {
    const store = await folder.open();
    for (let n = 1; n <= 3; n++) await write(store, `/${n}`, 'absent', document({ n }));
    const killed = `${folder.directory}-killed`;
    await cp(folder.directory, killed, { recursive: true });
    await store.close();
    const journal = join(killed, 'journal.jsonl');
    const text = await readFile(journal, 'utf8');
    await writeFile(journal, text.split('\n').slice(0, -2).join('\n').concat('\n'));
    const opened = folder.open({ directory: killed, processes: afterCrash });
    await expect(opened).rejects.toThrow('revision 3 was acknowledged');
    await writeFile(journal, text);
    const again = await folder.open({ directory: killed, processes: afterCrash });
    expect(await again.barrier()).toBe(3);
    await again.close();
  });

  it('is refused if an old copy of its files was written over it', async () => {
    await writeFive();
    await cp(folder.directory, `${folder.directory}-old`, { recursive: true });
    await folder.with((store) => write(store, '/6', 'absent', document({})));
    await cp(`${folder.directory}-old`, folder.directory, { recursive: true });
    await expectRefused('ends at revision 5, but revision 6 was acknowledged');
  });

  it('is refused if its journal was replaced by another copy of the same data with other later writes', async () => {
    await writeFive();
    await cp(folder.directory, `${folder.directory}-other`, { recursive: true });
    await folder.with((store) => write(store, '/6', 'absent', document({ n: 6 })));
    const other = await folder.open({ directory: `${folder.directory}-other` });
    await write(other, '/6', 'absent', document({ n: 7 }));
    await other.close();
    await cp(`${folder.directory}-other/journal.jsonl`, join(folder.directory, 'journal.jsonl'));
    await expectRefused('journal.jsonl, line 7:', 'another copy of the data');
  });

  it('is refused if a line is repeated', async () => {
    await writeFive();
    const all = await lines();
    await setLines([...all, all[3] ?? '']);
    await expectRefused('line 7: revision 3 comes after 5');
  });

  it('is refused if the first line of the journal is damaged or missing', async () => {
    await writeFive();
    await setLines((await lines()).with(0, '{"journal":1}'));
    await expectRefused('journal.jsonl, line 1: the header');
    await folder.write('journal.jsonl', '');
    await expectRefused('journal.jsonl, line 1: the file is empty');
  });

  describe('after a snapshot', () => {
    /** Writes a snapshot at revision 5, and a journal after it. */
    const writeSnapshot = async (): Promise<void> => {
      await writeFive();
      await folder.with(
        async (store) => {
          await write(store, '/6', 'absent', document({ n: 6 }));
          while (!(await readdir(folder.directory)).includes('snapshot.jsonl') || (await closedJournals()).length > 0) {
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        },
        { snapshotEveryBytes: 100 },
      );
      expect((await lines('snapshot.jsonl'))[0]).toContain('"revision":5,"entries":5');
    };

    it.each([1, 2, 5])('is refused if line %d + 1 of the snapshot is damaged', async (index) => {
      await writeSnapshot();
      const all = await lines('snapshot.jsonl');
      await setLines(all.with(index, all[index]?.replace('"n":', '"m":') ?? ''), 'snapshot.jsonl');
      await expectRefused(`${join(folder.directory, 'snapshot.jsonl')}, line ${index + 1}:`);
    });

    it('is refused if lines of the snapshot are missing, repeated, truncated or swapped', async () => {
      await writeSnapshot();
      const all = await lines('snapshot.jsonl');
      await setLines(all.slice(0, -1), 'snapshot.jsonl');
      await expectRefused('snapshot.jsonl, line 6: 1 entries are missing');
      await setLines([...all, all.at(-1) ?? ''], 'snapshot.jsonl');
      await expectRefused('snapshot.jsonl, line 7');
      await folder.write('snapshot.jsonl', all.join('\n'));
      await expectRefused('snapshot.jsonl, line 6');
      await setLines([...all.slice(0, 4), all[5] ?? '', all[4] ?? ''], 'snapshot.jsonl');
      await expectRefused('snapshot.jsonl, line 6: the keys are out of order');
      await setLines(all.slice(1), 'snapshot.jsonl');
      await expectRefused('snapshot.jsonl, line 1: the header');
    });

    it('is refused if the snapshot is missing', async () => {
      await writeSnapshot();
      await rm(join(folder.directory, 'snapshot.jsonl'));
      await expectRefused('revisions 1 to 5 are missing');
    });

    it('is refused if the journal is missing, and can be repaired without it', async () => {
      await writeSnapshot();
      await rm(join(folder.directory, 'journal.jsonl'));
      await expectRefused('journal.jsonl is missing', 'after revision 5', 'storage repair');
      expect(await repair()).toMatchObject({ kept: 5, revision: 7 });
      expect(await keys()).toEqual(['/1', '/2', '/3', '/4', '/5']);
    });

    it('is refused if only the header of the journal is left', async () => {
      await writeSnapshot();
      await setLines((await lines()).slice(0, 1));
      await expectRefused('journal.jsonl, line 2:', 'ends at revision 5, but revision 6 was acknowledged');
    });

    it('cannot be repaired if the snapshot is damaged, only restored from a backup', async () => {
      await writeSnapshot();
      const all = await lines('snapshot.jsonl');
      await setLines(all.with(2, 'damaged'), 'snapshot.jsonl');
      await expect(repair()).rejects.toThrow('restore the data folder from a backup');
      expect((await lines('snapshot.jsonl'))[2]).toBe('damaged');
    });

    it('opens with a warning if the damage is in a part of the journal that the snapshot contains', async () => {
      await writeFive();
      const old = await lines();
      await folder.with(
        async (store) => {
          await write(store, '/6', 'absent', document({ n: 6 }));
          while (!(await readdir(folder.directory)).includes('snapshot.jsonl') || (await closedJournals()).length > 0) {
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        },
        { snapshotEveryBytes: 100 },
      );
      await setLines(old.with(2, 'damaged'), 'journal-0000000000000000.jsonl');
      expect(await keys()).toEqual(['/1', '/2', '/3', '/4', '/5', '/6']);
      expect(folder.warnings).toMatchObject([{ fields: { file: 'journal-0000000000000000.jsonl', line: 3 } }]);
    });
  });
});
