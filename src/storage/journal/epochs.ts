/**
 * Which files a holder of the folder works on. Usually those in the folder itself. But a holder that seemed dead,
 * because it had no heartbeat, may only have been stopped, and continue in the middle of a write, a truncation or a
 * renaming. So a process that takes over from it first moves to `epoch-N`, a folder named after the new lock, with a
 * copy of the journal. Whatever the old holder still does, nobody reads those files any more.
 *
 * The move is complete when its folder has the marker (format.json). A folder without it is left over from an
 * interrupted move.
 */
import { join } from 'node:path';
import type { Logger } from '../../runtime/logger.ts';
import { isSystemError, StorageFolderError } from './errors.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import type { FolderLock } from './held-lock.ts';
import { formatName, isClosedJournal, journalName, snapshotName, temporarySuffix, writeMarker } from './layout.ts';

const epochPattern = /^epoch-(\d{10})$/;
const epochName = (epoch: number): string => `epoch-${String(epoch).padStart(10, '0')}`;

/** The folder and the names of the files that a holder works on. */
export interface Place {
  /** Of snapshot and journals. */
  readonly path: string;
  /** 0: the data folder itself. */
  readonly epoch: number;
}

/** Where the valid snapshot and journals are. Changes nothing. */
export async function placeOfFiles(files: JournalFiles, directory: string): Promise<Place> {
  for (const epoch of (await epochs(files, directory)).reverse()) {
    const path = join(directory, epochName(epoch));
    if ((await files.list(path)).includes(formatName)) return { path, epoch };
  }
  return { path: directory, epoch: 0 };
}

/** In rising order. */
async function epochs(files: JournalFiles, directory: string): Promise<number[]> {
  const numbers = (await files.list(directory)).map((name) => Number(epochPattern.exec(name)?.[1] ?? 0));
  return numbers.filter((epoch) => epoch > 0).sort((one, other) => one - other);
}

/** What a new holder needs to move the files to a folder of its own. */
export interface MoveOptions {
  readonly files: JournalFiles;
  readonly directory: string;
  readonly logger: Logger;
  readonly lock: FolderLock;
}

/**
 * Moves the files to where nobody but this holder can write them. The originals stay.
 * @throws StorageLostError, StorageFolderError
 */
export async function moveFiles({ files, directory, logger, lock }: MoveOptions, from: Place): Promise<Place> {
  const path = join(directory, epochName(lock.generation));
  await copyFiles(files, from.path, path);
  await lock.confirm();
  await writeMarker(files, path);
  await files.syncFolder(directory);
  logger.warn({ from: from.path, to: path }, 'the data were moved, away from a holder that may still write');
  return { path, epoch: lock.generation };
}

const isData = (name: string): boolean =>
  name === snapshotName || name === journalName || isClosedJournal(name) || name === journalName + temporarySuffix;

/** How often copying is tried again if file names change meanwhile. */
const maxCopies = 5;

async function copyFiles(files: JournalFiles, from: string, to: string): Promise<void> {
  const names = async (): Promise<string[]> => (await files.list(from)).filter(isData).sort();
  await files.makeFolder(to);
  for (let copies = 0; copies < maxCopies; copies++) {
    const before = await names();
    for (const left of await files.list(to)) await files.remove(join(to, left));
    for (const name of before) await copyFile(files, join(from, name), join(to, name));
    if ((await names()).join() !== before.join()) continue; // the old holder is awake, for a moment
    await files.syncFolder(to);
    return;
  }
  throw new StorageFolderError(
    `the files in ${from} change while they are copied: another process writes them. Stop it`,
  );
}

/** A snapshot and a closed journal are never written again, so a hard link is enough, if the file system has them. */
async function copyFile(files: JournalFiles, from: string, to: string): Promise<void> {
  try {
    if (!from.endsWith(journalName) && !from.endsWith(temporarySuffix)) {
      const linked = await files.link(from, to).then(
        () => true,
        (error: unknown) => {
          if (isSystemError(error, 'ENOENT')) throw error;
          return false;
        },
      );
      if (linked) return;
    }
    const source = await files.open(from, 'read');
    try {
      const target = await files.open(to, 'replace');
      await copyBytes(source, target).finally(() => target.close());
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error; // else its name has changed: the names are looked at again
  }
}

const chunkBytes = 1 << 20;

async function copyBytes(source: JournalFile, target: JournalFile): Promise<void> {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  for (let position = 0; ;) {
    const length = await source.read(chunk, position);
    if (length > 0) await target.write(chunk.subarray(0, length), position);
    position += length;
    if (length < chunk.length) break;
  }
  await target.sync();
}

/**
 * Removes files of earlier holders, which are not used any more. What cannot be removed now is removed at a later
 * start.
 */
export async function removeOtherPlaces(files: JournalFiles, directory: string, { epoch }: Place): Promise<void> {
  const ignored = (): undefined => undefined;
  if (epoch > 0) {
    for (const name of (await files.list(directory)).filter(isData)) {
      await files.remove(join(directory, name)).catch(ignored);
    }
  }
  for (const other of (await epochs(files, directory)).filter((each) => each !== epoch)) {
    const path = join(directory, epochName(other));
    for (const name of await files.list(path).catch(() => [])) await files.remove(join(path, name)).catch(ignored);
    await files.removeFolder(path).catch(ignored);
  }
}
