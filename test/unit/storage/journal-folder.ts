import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger, type Logger } from '../../../src/runtime/logger.ts';
import type { Store } from '../../../src/storage/contract.ts';
import { openJournalStore, type JournalOptions } from '../../../src/storage/journal/index.ts';
import { encodeJournalHeader } from '../../../src/storage/journal/record.ts';

/** A folder for one test, with operations on its files while no store has it open. */
export interface JournalFolder {
  readonly directory: string;
  /** Messages and fields of the warnings logged so far. */
  readonly warnings: { message: string; fields: object }[];
  open(options?: Partial<JournalOptions>): Promise<Store>;
  /** Opens the store, does the work, and closes the store. */
  with<T>(work: (store: Store) => Promise<T>, options?: Partial<JournalOptions>): Promise<T>;
  text(name: string): Promise<string>;
  write(name: string, content: string | Buffer): Promise<void>;
  remove(): Promise<void>;
}

/**
 * @param options.countingFromOne as earlier versions made it: its first commit is revision 1, and on line 2. For tests that
 *        name revisions and lines; the first one of other folders is 2
 */
export async function journalFolder({ countingFromOne = false } = {}): Promise<JournalFolder> {
  const parent = await mkdtemp(join(tmpdir(), 'kd-unit-'));
  const directory = join(parent, 'data');
  const warnings: { message: string; fields: object }[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields, message) => warnings.push({ fields, message }) };
  const open = async (options: Partial<JournalOptions> = {}): Promise<Store> => {
    if (countingFromOne && (await readdir(parent)).length === 0) await makeAtRevision0(directory);
    return openJournalStore({ directory, clock: systemClock, logger, ...options });
  };
  return {
    directory,
    warnings,
    open,
    async with(work, options) {
      const store = await open(options);
      try {
        return await work(store);
      } finally {
        await store.close();
      }
    },
    text: (name) => readFile(join(directory, name), 'utf8'),
    write: (name, content) => writeFile(join(directory, name), content),
    remove: () => rm(parent, { recursive: true }),
  };
}

/** What an earlier version made of a new folder. */
async function makeAtRevision0(directory: string): Promise<void> {
  await mkdir(directory, { mode: 0o700 });
  await writeFile(join(directory, 'journal.jsonl'), encodeJournalHeader({ base: 0 }), { mode: 0o600 });
  const marker = JSON.stringify({ format: 'kubedirector-journal', version: 2 });
  await writeFile(join(directory, 'format.json'), `${marker}\n`, { mode: 0o600 });
}

export const document = (fields: object): Buffer => Buffer.from(JSON.stringify(fields));
