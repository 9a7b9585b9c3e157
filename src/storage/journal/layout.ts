/**
 * What lies in a data folder:
 *
 *   format.json                        whose folder it is, and in which format
 *   lock-0000000003.json               who has it open, and how far the journal was acknowledged (see lock.ts)
 *   epoch-0000000003                   a folder with snapshot and journals, in the place of those here (see epochs.ts)
 *   snapshot.jsonl                     everything, as of one revision
 *   journal.jsonl                      every change since the journal's base revision
 *   journal-0000000000000041.jsonl     an earlier journal (base 41) that no snapshot covers yet
 *   journal.cut-0000000000000044.jsonl damaged lines that a start took from the end of the journal, kept for a person
 *   NAME.tmp                           a file being written when the process ended; removed at the next start
 *
 * and beside it, while a restore replaces it (see staging.ts):
 *
 *   FOLDER.restoring                   the data folder that is to take its place; without format.json: not whole yet
 */
import { join } from 'node:path';
import type { Revision } from '../contract.ts';
import type { JournalFile, JournalFiles } from './files.ts';

/** The name of the format in format.json. */
export const format = 'kubedirector-journal';
/** The newest version of the format, in format.json; in 1, every line of a journal is one change, and every value text. */
export const version = 2;

/** The file that says whose folder it is, and in which format. */
export const formatName = 'format.json';
/** The file with all entries at one revision. */
export const snapshotName = 'snapshot.jsonl';
/** The file to which changes are appended. */
export const journalName = 'journal.jsonl';
/** The end of the names of files that are not complete yet. */
export const temporarySuffix = '.tmp';
/** Not the name under which a rotation lays the next journal ready: that one must stay until there is a journal. */
export const replacementName = `journal.new${temporarySuffix}`;

/** Made and removed at once, to see whether the disk takes writes. */
export const probeName = `probe${temporarySuffix}`;

const padded = (revision: Revision): string => String(revision).padStart(16, '0');

/** The name of a journal that a snapshot is being made of. */
export const closedJournalName = (base: Revision): string => `journal-${padded(base)}.jsonl`;
/** Whether a file name is that of a closed journal. */
export const isClosedJournal = (name: string): boolean => /^journal-\d{16}\.jsonl$/.test(name);
/** The name under which the damaged end of a journal is kept. */
export const cutName = (revision: Revision): string => `journal.cut-${padded(revision)}.jsonl`;

/** The folder beside the data folder in which a restore is prepared. */
export const stagingFolder = (directory: string): string => `${directory}.restoring`;

interface ReplaceOptions {
  readonly temporaryName?: string;
  /** Asked once all is written, before it is put in place; what it throws leaves the old file where it was. */
  readonly confirm?: () => Promise<void>;
}

/**
 * Writes a file beside its final place, makes it durable, and puts it there in one step: at any moment, also after a
 * crash, there is either what was there before or the whole new file.
 */
export async function replaceFile(
  files: JournalFiles,
  directory: string,
  name: string,
  write: (file: JournalFile) => Promise<void>,
  { temporaryName = name + temporarySuffix, confirm }: ReplaceOptions = {},
): Promise<void> {
  const temporary = join(directory, temporaryName);
  try {
    const file = await files.open(temporary, 'replace');
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await confirm?.();
    await files.rename(temporary, join(directory, name));
  } catch (error) {
    // Frees its space at once; where even that fails, the next start removes it.
    await files.remove(temporary).catch(() => undefined);
    throw error;
  }
  await files.syncFolder(directory);
}

/** To come last: it says that everything else is there. */
export async function writeMarker(files: JournalFiles, directory: string): Promise<void> {
  const marker = Buffer.from(`${JSON.stringify({ format, version })}\n`);
  await replaceFile(files, directory, formatName, (file) => file.write(marker, 0));
}
