import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/storage/contract.ts';
import type { JournalFile, JournalFiles } from '../../../src/storage/journal/index.ts';
import { nodeFiles } from '../../../src/storage/journal/node-files.ts';
import { writeSnapshot } from '../../../src/storage/journal/snapshot.ts';
import { document, journalFolder, type JournalFolder } from './journal-folder.ts';
import { processorMs } from '../../support/growth.ts';
import { write } from '../../support/store-writes.ts';

/** The real file system, which counts writes and syncs. Writes of the lock do not count: no write waits for them. */
function countingFiles(): JournalFiles & { steps: string[]; bytes: number } {
  const real = nodeFiles();
  const counting = {
    ...real,
    steps: [] as string[],
    bytes: 0,
    async open(...args: Parameters<JournalFiles['open']>): Promise<JournalFile> {
      const file = await real.open(...args);
      const name = args[0].slice(args[0].lastIndexOf('/') + 1);
      return {
        ...file,
        write(bytes, position) {
          if (name.startsWith('lock-')) return file.write(bytes, position);
          counting.steps.push(`write ${name}`);
          counting.bytes += bytes.length;
          return file.write(bytes, position);
        },
        sync() {
          counting.steps.push(`sync ${name}`);
          return file.sync();
        },
      };
    },
  };
  return counting;
}

describe('the cost of a write', () => {
  const folders: JournalFolder[] = [];
  let small: JournalFolder;
  let large: JournalFolder;
  beforeEach(async () => {
    small = await journalFolder({ countingFromOne: true });
    large = await journalFolder({ countingFromOne: true });
    folders.push(small, large);
  });
  afterEach(async () => {
    for (const folder of folders.splice(0)) await folder.remove();
  });

  const value = document({ text: 'x'.repeat(100) });

  /** Fills a folder with this number of objects by writing a snapshot. */
  async function fill(folder: JournalFolder, count: number): Promise<void> {
    await folder.with((store) => store.barrier());
    const block = Array.from({ length: count }, (_, index) => ({
      key: `/objects/${String(index).padStart(6, '0')}`,
      value,
      revision: 100_000 + index,
    }));
    await writeSnapshot(nodeFiles(), folder.directory, { revision: 200_000, size: count, blocks: [block] });
  }

  it('is the same with a hundred objects and with a hundred thousand', { timeout: 60_000 }, async () => {
    await fill(small, 100);
    await fill(large, 100_000);
    const files = [countingFiles(), countingFiles()] as const;
    const stores = [await small.open({ files: files[0] }), await large.open({ files: files[1] })] as const;
    expect((await stores[1].list('/')).entries).toHaveLength(100_000);
    for (const counted of files) {
      counted.steps.length = 0;
      counted.bytes = 0;
    }
    const took: [number, number] = [0, 0];
    const timed = async (which: 0 | 1, index: number): Promise<void> => {
      const key = `/objects/${String(index * 997).padStart(6, '0')}-new`;
      took[which] += await processorMs(() => write(stores[which], key, 'absent', value));
    };
    for (let index = 0; index < 100; index++) {
      await timed(0, index);
      await timed(1, index);
    }
    // In the file system: one record and one fsync, independent of the number of objects.
    expect(files[1].bytes).toBe(files[0].bytes);
    expect(files[1].steps).toEqual(
      Array.from({ length: 100 }, () => ['write journal.jsonl', 'sync journal.jsonl']).flat(),
    );
    // In processor time.
    expect(took[1]).toBeLessThan(3 * took[0] + 20);
    for (const store of stores) await store.close();
  });

  it('is one fsync for all writes that are made at the same time', async () => {
    const files = countingFiles();
    await small.with(
      async (store) => {
        files.steps.length = 0;
        await Promise.all(Array.from({ length: 64 }, (_, index) => write(store, `/${index}`, 'absent', value)));
        expect(files.steps).toEqual(['write journal.jsonl', 'sync journal.jsonl']);
      },
      { files },
    );
  });

  it('does not include the time of a snapshot that is being written', async () => {
    const files = nodeFiles();
    const order: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow: JournalFiles = {
      ...files,
      async open(path, mode) {
        const file = await files.open(path, mode);
        if (!path.endsWith('snapshot.jsonl.tmp')) return file;
        return { ...file, write: (...args) => held.then(() => (order.push('snapshot'), file.write(...args))) };
      },
    };
    const writeSome = async (store: Store): Promise<void> => {
      for (let index = 0; index < 50; index++) await write(store, `/new/${index}`, 'absent', value);
      order.push('writes');
    };
    await small.with(
      async (store) => {
        await writeSome(store);
        release();
        while (!(await readdir(small.directory)).includes('snapshot.jsonl')) await pause(5);
      },
      { files: slow, snapshotEveryBytes: 1 },
    );
    expect(order.slice(0, 2)).toEqual(['writes', 'snapshot']);
    await small.with(async (store) => expect((await store.list('/')).entries).toHaveLength(50));
  });

  it('does not grow with the journal, which snapshots replace during writes', { timeout: 60_000 }, async () => {
    const snapshotEveryBytes = 20_000;
    await small.with(
      async (store) => {
        let revision = await write(store, '/one', 'absent', value);
        for (let index = 0; index < 1500; index++) revision = await write(store, '/one', revision, value);
        await pause(100);
        await write(store, '/two', 'absent', value);
      },
      { snapshotEveryBytes },
    );
    // 1,500 records are about 330,000 bytes.
    expect((await stat(join(small.directory, 'journal.jsonl'))).size).toBeLessThan(3 * snapshotEveryBytes);
    await small.with(async (store) => expect(await store.barrier()).toBe(1502));
  });
});
