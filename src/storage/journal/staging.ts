/**
 * How a whole data folder takes the place of another: written beside it under a name of its own (staging), durably,
 * its marker last; then the old one is renamed away, then this one into its place. Where the process ends between the
 * two renames there is no data folder and a whole one lies ready; the next start (or restore) makes the last step.
 */
import { dirname, join } from 'node:path';
import type { Logger } from '../../runtime/logger.ts';
import { isSystemError, reasonOf, StorageFolderError } from './errors.ts';
import { namesIn, type JournalFiles } from './files.ts';
import { formatName, journalName, snapshotName, stagingFolder, temporarySuffix } from './layout.ts';
import { isLockName } from './lock-files.ts';

/** Where the data are: in the folder itself, or, where a restore was cut short before its last step, beside it. */
export async function placeOfData(files: JournalFiles, directory: string): Promise<string> {
  if ((await namesIn(files, directory)) !== undefined) return directory;
  const staging = stagingFolder(directory);
  return (await namesIn(files, staging))?.includes(formatName) ? staging : directory;
}

/** Makes the last step of a restore that was interrupted before it; usually there is none. */
export async function finishRestore(files: JournalFiles, directory: string, logger: Logger): Promise<void> {
  const place = await placeOfData(files, directory);
  if (place === directory) return;
  await moveIn(files, directory);
  logger.warn({ directory }, 'a restore that was cut short before its last step was finished');
}

/** @throws StorageFolderError where the data folder cannot be moved aside; nothing was changed */
export async function moveAside(files: JournalFiles, directory: string, aside: string): Promise<void> {
  try {
    await files.rename(directory, aside);
  } catch (cause) {
    const message = `the data folder ${directory} could not be moved aside: ${reasonOf(cause)}; nothing was changed`;
    throw new StorageFolderError(message, { cause });
  }
}

/**
 * Puts staging in the place of the data folder that was moved aside.
 * @throws StorageFolderError where that is not possible
 */
export async function putInPlace(files: JournalFiles, directory: string, aside: string): Promise<void> {
  try {
    // Otherwise, after a loss of power, only the new folder's name might be left, and the old data would be lost.
    await files.syncFolder(dirname(directory));
    await moveIn(files, directory);
  } catch (cause) {
    throw new StorageFolderError(
      `the restored data could not be moved from ${stagingFolder(directory)} to ${directory}: ${reasonOf(cause)}. ` +
        `Move them there yourself, or restore again; the data that were replaced are in ${aside}`,
      { cause },
    );
  }
}

async function moveIn(files: JournalFiles, directory: string): Promise<void> {
  try {
    await files.rename(stagingFolder(directory), directory);
  } catch (error) {
    // A server that was started at the same moment may have made this step.
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
  await files.syncFolder(dirname(directory));
}

/**
 * Removes what a restore that was cut short earlier, or failed, has left: the data folder was not replaced, and nobody
 * is to find it later. What else goes by its name stays. Wants the lock of the data folder: no other restore is at work
 * then.
 */
export async function discardStaging(files: JournalFiles, directory: string): Promise<void> {
  // Without the marker this process was started in the middle of a restore, which has the right of way.
  if (!(await files.list(directory)).includes(formatName)) return;
  const staging = stagingFolder(directory);
  const names = await namesIn(files, staging);
  if (!names?.every(mayBeStaged)) return;
  if (names.includes(formatName)) {
    // A folder whose removal was interrupted must not look complete.
    await files.remove(join(staging, formatName));
    await files.syncFolder(staging);
  }
  for (const name of names) if (name !== formatName) await files.remove(join(staging, name));
  await files.removeFolder(staging);
  await files.syncFolder(dirname(directory));
}

function mayBeStaged(name: string): boolean {
  return [formatName, snapshotName, journalName].includes(name) || name.endsWith(temporarySuffix) || isLockName(name);
}
