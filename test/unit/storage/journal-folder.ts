import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger, type Logger } from '../../../src/runtime/logger.ts';
import type { Store } from '../../../src/storage/contract.ts';
import { openJournalStore, type JournalOptions } from '../../../src/storage/journal/index.ts';

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

export async function journalFolder(): Promise<JournalFolder> {
  const parent = await mkdtemp(join(tmpdir(), 'kd-unit-'));
  const directory = join(parent, 'data');
  const warnings: { message: string; fields: object }[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields, message) => warnings.push({ fields, message }) };
  const open = (options: Partial<JournalOptions> = {}): Promise<Store> =>
    openJournalStore({ directory, clock: systemClock, logger, ...options });
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

export const document = (fields: object): Buffer => Buffer.from(JSON.stringify(fields));
