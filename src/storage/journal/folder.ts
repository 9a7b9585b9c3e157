import { join } from 'node:path';
import type { Logger } from '../../runtime/logger.ts';
import { isSystemError, reasonOf, StorageFolderError } from './errors.ts';
import { placeOfFiles } from './epochs.ts';
import { namesIn, readText, type JournalFiles } from './files.ts';
import { createFirstJournal } from './journal-log.ts';
import {
  format,
  formatName,
  isClosedJournal,
  journalName,
  replacementName,
  snapshotName,
  temporarySuffix,
  version,
  writeMarker,
} from './layout.ts';
import { isLockName } from './lock-files.ts';
import { encodeJournalHeader, firstHeader } from './record.ts';
import { finishRestore } from './staging.ts';

/**
 * Makes the folder where there is none (finishing a restore that was cut short), and looks whose it is. Changes nothing
 * in one that exists.
 * @throws StorageFolderError where it holds something else, is of a newer version, or cannot be used
 */
export async function checkFolder(files: JournalFiles, directory: string, logger: Logger): Promise<void> {
  try {
    await finishRestore(files, directory, logger);
    await files.makeFolder(directory);
    const names = await files.list(directory);
    if (names.includes(formatName)) await checkFormat(files, directory);
    else await checkNew(files, directory, names);
  } catch (cause) {
    if (cause instanceof StorageFolderError) throw cause;
    throw new StorageFolderError(`the data folder ${directory} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

/** blank: nothing was ever written to it. */
type FolderState = 'absent' | 'blank' | 'written';

/**
 * Whose the folder is, and whether it holds anything. Changes nothing.
 * @throws StorageFolderError as checkFolder does
 */
export async function folderState(files: JournalFiles, directory: string): Promise<FolderState> {
  const names = await namesIn(files, directory);
  if (names === undefined) return 'absent';
  if (!names.includes(formatName)) {
    await checkNew(files, directory, names);
    return 'blank';
  }
  await checkFormat(files, directory);
  const { path, epoch } = await placeOfFiles(files, directory);
  const data = epoch === 0 ? names : await files.list(path);
  // A folder with the marker and without a journal has lost its journal.
  if (data.includes(snapshotName) || data.some(isClosedJournal) || !data.includes(journalName)) return 'written';
  return (await isUnwritten(files, join(path, journalName))) ? 'blank' : 'written';
}

/**
 * Makes a new folder ours; does nothing in one that is. The marker comes after the first journal, so that a folder
 * with the marker and without a journal is one that lost it. Wants the lock.
 */
export async function initializeFolder(files: JournalFiles, directory: string): Promise<void> {
  if ((await files.list(directory)).includes(formatName)) return;
  const journal = await createFirstJournal(files, directory);
  await journal.file.close();
  await writeMarker(files, directory);
}

/**
 * Keeps programs from opening the folder that know only version 1: they would take a commit of several changes, or a
 * value that is no text, for damage, and do not look for the format of the objects (storage/format.ts). To be called before
 * anything is written.
 */
export async function useNewestFormat(files: JournalFiles, directory: string): Promise<void> {
  const marker = parseMarker(await readText(files, join(directory, formatName)));
  if (marker?.version !== version) await writeMarker(files, directory);
}

async function checkFormat(files: JournalFiles, directory: string): Promise<void> {
  const path = join(directory, formatName);
  const marker = parseMarker(await readText(files, path));
  if (marker?.format !== format || typeof marker.version !== 'number') {
    throw new StorageFolderError(`${path} is not the marker of a kubedirector data folder; nothing was changed`);
  }
  if (marker.version < 1 || marker.version > version) {
    throw new StorageFolderError(
      `${path}: the data is of format version ${marker.version}, this program reads versions up to ${version}; ` +
        'use a program of the version that wrote it; nothing was changed',
    );
  }
}

function parseMarker(text: string): { readonly format?: unknown; readonly version?: unknown } | undefined {
  try {
    const marker: unknown = JSON.parse(text);
    return typeof marker === 'object' && marker !== null ? marker : undefined;
  } catch {
    return undefined; // reported by the caller as what it is: no marker
  }
}

/** A new ext4 volume contains it. */
const lostAndFound = 'lost+found';

/** Nothing but what an initialization that was cut short left may be in a folder without the marker. */
async function checkNew(files: JournalFiles, directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (name === lostAndFound || isLockName(name)) continue;
    if (name === formatName + temporarySuffix || name === replacementName) continue;
    if (name === journalName && (await isUnwritten(files, join(directory, name)))) continue;
    throw new StorageFolderError(
      `the folder ${directory} is not empty and not a kubedirector data folder (it has ${name} and no ` +
        `${formatName}); nothing was changed. Name an empty folder or one that does not exist yet`,
    );
  }
}

async function isUnwritten(files: JournalFiles, path: string): Promise<boolean> {
  // The second one is what earlier versions began with.
  const headers = [firstHeader, { base: 0 }].map((header) => encodeJournalHeader(header).toString());
  try {
    return headers.includes(await readText(files, path));
  } catch (error) {
    // A second process that starts at the same moment may have finished meanwhile.
    if (isSystemError(error, 'ENOENT')) return true;
    throw error;
  }
}
