/** The files `lock-N.json` of a data folder: their names, and what they say. Who holds the folder: see lock.ts. */
import { join } from 'node:path';
import { isSystemError } from './errors.ts';
import { readText, type JournalFiles } from './files.ts';
import { decodeLock, encodeLock, type LockRecord, type Reached } from './lock-record.ts';

/** A data folder. */
interface LockFolder {
  readonly files: JournalFiles;
  readonly directory: string;
}

/** Of the number in a lock's name. */
const digits = 10;
/** The highest number that a lock can have. */
export const maxGeneration = 10 ** digits - 1;

/** The name of the file of a lock. */
export const lockName = (generation: number): string => `lock-${String(generation).padStart(digits, '0')}.json`;
const lockPattern = /^lock-(\d{10})\.json$/;

/** Whether a file name is that of a lock. */
export const isLockName = (name: string): boolean => lockPattern.test(name);

/** The numbers of all locks, in rising order. */
export async function generations({ files, directory }: LockFolder): Promise<number[]> {
  const names = await files.list(directory);
  const numbers = names.map((name) => Number(lockPattern.exec(name)?.[1] ?? 0)).filter((number) => number > 0);
  return numbers.sort((one, other) => one - other);
}

/** The number of the newest lock, held or not. */
export async function newestGeneration(options: LockFolder): Promise<number> {
  return (await generations(options)).at(-1) ?? 0;
}

/** A lock as it was seen. */
interface Sight extends LockRecord {
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** Undefined where it is there no more. */
export async function look({ files, directory }: LockFolder, generation: number): Promise<Sight | undefined> {
  const path = join(directory, lockName(generation));
  try {
    // Opened again each time, because network file systems ask the server for a file's times when it is opened.
    const file = await files.open(path, 'read');
    const modified = await file.modified().finally(() => file.close());
    return { modified, ...decodeLock(await readText(files, path)) };
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** By all locks that are left: a copy of the folder that was laid over it does not have the newest. */
export async function lastReached(options: LockFolder): Promise<Reached | undefined> {
  let furthest: Reached | undefined;
  for (const generation of await generations(options)) {
    const reached = (await look(options, generation))?.reached;
    if (reached && (furthest === undefined || reached.revision >= furthest.revision)) furthest = reached;
  }
  return furthest;
}

/**
 * By the newest lock alone, which a running server writes after each batch and before it answers: everything that was
 * acknowledged before the call is at or below it. Undefined if the lock is just being written, or does not say it.
 */
export async function newestReached(options: LockFolder): Promise<Reached | undefined> {
  return (await look(options, await newestGeneration(options)))?.reached;
}

/** In a folder that is to take another's place: its next lock comes after all of the other's. */
export async function writeReleasedLock(
  { files, directory }: LockFolder,
  generation: number,
  reached: Reached | undefined,
): Promise<void> {
  const file = await files.open(join(directory, lockName(generation)), 'replace');
  try {
    await file.write(encodeLock({ holder: undefined, released: true, beat: 0, fence: 0, reached }), 0);
    await file.sync();
  } finally {
    await file.close();
  }
}
