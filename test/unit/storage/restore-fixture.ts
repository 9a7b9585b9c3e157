/** A data folder, and what is restored into it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { type Entry } from '../../../src/storage/contract.ts';
import {
  inspectJournal,
  restoreJournal,
  type JournalContents,
  type JournalInspection,
  type Restored,
} from '../../../src/storage/journal/index.ts';
import { document, journalFolder, type JournalFolder } from './journal-folder.ts';
import { write } from '../../support/store-writes.ts';

export let folder: JournalFolder;
export let aside: string;

export const inspect = (directory = folder.directory): Promise<JournalInspection> =>
  inspectJournal({ directory, clock: systemClock, logger: silentLogger });
export const contents = async (directory?: string): Promise<JournalContents> => {
  const found = await inspect(directory);
  if (found.state !== 'written') throw new Error(`the folder is ${found.state}`);
  return found;
};
export const restore = (options: Partial<Parameters<typeof restoreJournal>[0]> = {}): Promise<Restored> =>
  restoreJournal({
    ...{ directory: folder.directory, revision: 20, entries: restored, clock: systemClock, logger: silentLogger },
    ...options,
  });

export const restored: readonly Entry[] = [
  { key: '/b', revision: 12, value: document({ b: 1 }) },
  { key: '/a', revision: 17, value: document({ a: 1 }) },
];

export const writeFive = (): Promise<void> =>
  folder.with(async (store) => {
    for (let n = 1; n <= 5; n++) await write(store, `/${n}`, 'absent', document({ n }));
  });
/** Names, contents, times, modes and inodes: everything that an inspection could change. */
export const everything = async (): Promise<unknown> => {
  const parent = dirname(folder.directory);
  const names = (await readdir(parent, { recursive: true })).sort();
  return Promise.all(
    names.map(async (name) => {
      const { mtimeMs, mode, ino } = await stat(join(parent, name));
      return [name, mtimeMs, mode, ino, await readFile(join(parent, name), 'utf8').catch(() => 'folder')];
    }),
  );
};

/** Gives each test of the file that calls this a folder of its own. */
export function eachWithFolder(): void {
  beforeEach(async () => {
    folder = await journalFolder({ countingFromOne: true });
    aside = `${folder.directory}.aside`;
  });
  afterEach(() => folder.remove());
}
