import { join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { isSystemError, reasonOf, StorageFolderError, StorageLockedError } from './errors.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import { HeldLock, type FolderLock, type LockTiming } from './held-lock.ts';
import { generations, lastReached, lockName, look, maxGeneration, newestGeneration } from './lock-files.ts';
import { encodeLock, type LockRecord, type Reached } from './lock-record.ts';
import type { ProcessIdentity, Processes, Liveness } from './processes.ts';

interface LockOptions {
  readonly files: JournalFiles;
  readonly directory: string;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly timing: LockTiming;
  readonly logger: Logger;
}

/**
 * Takes the folder for this process alone.
 *
 * Node has no flock, so a lock is a file `lock-N.json`, made with O_EXCL and naming its holder; the highest N holds.
 * - Is a holder dead? In the same pid namespace of the same boot: the process is gone, or its number has another start
 *   time; known at once, and safe against reused numbers. From another container or node (a shared volume), or where
 *   there is no /proc: it is taken for dead once its heartbeat, the text and time of the file, stood still for
 *   `staleAfterMs`, counted by our own timers. No two clocks are compared. A holder that stopped in good order has said
 *   so in its file.
 * - Who may take over? Whoever makes N+1: O_EXCL lets one win. Nobody removes the newest lock, not even its holder,
 *   so the highest number that was held never falls; that is why a slow challenger can neither remove another's new lock
 *   nor win with a number that was held before: it finds a higher one after making its own.
 * - A holder that only stood still may wake up in the middle of anything. It looks for a higher number after each write
 *   and before the answer (see held-lock.ts), and whoever took over has moved to files of its own (see epochs.ts).
 * @throws StorageLockedError where another process holds it
 * @throws StorageFolderError where a lock cannot be read or made
 */
export async function lockFolder(options: LockOptions): Promise<FolderLock> {
  const { files, directory, processes } = options;
  const self = await processes.self();
  for (;;) {
    const free = await freeLock(options);
    const generation = free.generation + 1;
    if (generation > maxGeneration) throw absurd(directory, free.generation);
    const fence = free.silent ? generation : free.fence;
    const record: LockRecord = { holder: self, released: false, beat: 0, fence, reached: free.reached };
    const file = await createLock(options, free, record);
    if (file === undefined) continue; // another challenger was faster: it is judged next
    if ((await newestGeneration(options)) !== generation) {
      await file.close();
      await files.remove(join(directory, lockName(generation)));
      continue;
    }
    await removeBelow(options, generation - 1);
    return new HeldLock({ ...options, file, generation, record, held: () => isHeld(options, generation) });
  }
}

/** A lock that nobody holds (any longer). */
interface FreeLock {
  /** 0 where there never was one. */
  readonly generation: number;
  /** Its holder was not seen to end: it only showed no heartbeat. */
  readonly silent: boolean;
  readonly fence: number;
  readonly reached: Reached | undefined;
}

function absurd(directory: string, generation: number): StorageFolderError {
  const path = join(directory, lockName(generation));
  return new StorageFolderError(`${path} has the highest number that a lock can have: no server made it. Remove it`);
}

/**
 * Makes the lock after a free one; undefined where somebody else did.
 * @throws StorageFolderError where the disk has no room for it, and the free one may not be used again
 */
async function createLock(
  { files, directory }: LockOptions,
  free: FreeLock,
  record: LockRecord,
): Promise<JournalFile | undefined> {
  const path = join(directory, lockName(free.generation + 1));
  try {
    const file = await files.open(path, 'exclusive');
    try {
      await file.write(encodeLock(record), 0);
      // A lock that lost its text in a crash would keep the next start waiting.
      await file.sync();
      return file;
    } catch (error) {
      await file.close();
      await files.remove(path);
      throw error;
    }
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return undefined;
    if (!isSystemError(error, 'ENOSPC') && !isSystemError(error, 'EDQUOT')) throw error;
    if (free.generation === 0 || free.silent) throw full(directory, error);
  }
  return reuseLock({ files, path, free: join(directory, lockName(free.generation)), directory }, record);
}

/**
 * A full disk must not keep a server from starting again: a second name for a file needs no room, and its text is
 * replaced in place. Only for a lock whose holder is gone: one that merely stood still would write to the same file.
 */
async function reuseLock(
  { files, path, free, directory }: { files: JournalFiles; path: string; free: string; directory: string },
  record: LockRecord,
): Promise<JournalFile | undefined> {
  try {
    await files.link(free, path);
    const file = await files.open(path, 'update');
    await file.write(encodeLock(record), 0);
    return file;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return undefined;
    throw full(directory, error);
  }
}

function full(directory: string, cause: unknown): StorageFolderError {
  return new StorageFolderError(
    `the data folder ${directory} cannot be taken: ${reasonOf(cause)}. Make room on its disk, and start again`,
    { cause },
  );
}

/**
 * Looks without taking: the number of the newest lock, which nobody holds (any longer); 0 where there never was one.
 * As long as newestGeneration stays the same, nobody has taken the folder since.
 * @throws StorageLockedError where another process holds it
 */
export async function freeGeneration(options: LockOptions): Promise<number> {
  return (await freeLock(options)).generation;
}

/**
 * Looks at a lock that vanish again and again, with a heartbeat's time between them, before it is called unreadable.
 */
const maxLooks = 10;

async function freeLock(options: LockOptions): Promise<FreeLock> {
  for (let looks = 0; ; looks++) {
    const generation = await newestGeneration(options);
    if (generation === 0) return { generation, silent: false, fence: 0, reached: undefined };
    const found = await judgeLock(options, generation);
    if (found !== undefined) return { generation, ...found, reached: await lastReached(options) };
    if (looks === maxLooks && (await newestGeneration(options)) === generation) {
      const path = join(options.directory, lockName(generation));
      throw new StorageFolderError(`${path} cannot be opened, though the folder has it (a dangling link?). Remove it`);
    }
    await pause(options.clock, dyingMs);
  }
}

async function isHeld(options: LockOptions, generation: number): Promise<boolean> {
  return (await newestGeneration(options)) === generation;
}

/** The one before the newest stays too: a list read while locks come and go then never shows none at all. */
async function removeBelow(options: LockOptions, kept: number): Promise<void> {
  for (const generation of await generations(options)) {
    if (generation < kept) await options.files.remove(join(options.directory, lockName(generation)));
  }
}

/**
 * What the newest lock says where its holder is gone; undefined where the lock itself is, so that one has to look anew.
 * @throws StorageLockedError where the holder lives
 */
async function judgeLock(
  options: LockOptions,
  generation: number,
): Promise<Pick<FreeLock, 'silent' | 'fence'> | undefined> {
  const { directory } = options;
  const before = await look(options, generation);
  if (before === undefined) return undefined;
  if (before.released) return { silent: false, fence: before.fence };
  const liveness = before.holder ? await judge(options, before.holder) : 'unknown';
  if (liveness === 'dead') return { silent: false, fence: before.fence };
  if (liveness === 'alive') throw new StorageLockedError(directory, before.holder);
  const { heartbeatMs, staleAfterMs } = options.timing;
  const { logger } = options;
  logger.warn(
    { directory, holder: before.holder },
    `the data folder may be in use on another machine: waiting ${staleAfterMs / 1000} s for a sign of life`,
  );
  for (let waited = 0; waited < staleAfterMs; waited += heartbeatMs) {
    await pause(options.clock, heartbeatMs);
    const now = await look(options, generation);
    if (now === undefined) return undefined;
    if (now.released) return { silent: false, fence: now.fence };
    if (now.modified !== before.modified || now.beat !== before.beat) {
      throw new StorageLockedError(directory, now.holder);
    }
  }
  logger.warn(
    { directory, holder: before.holder },
    'the holder of the data folder has shown no sign of life and is taken for dead',
  );
  return { silent: true, fence: before.fence };
}

/** Milliseconds between two looks at a holder that is dying. */
const dyingMs = 20;

/**
 * A holder that was killed a moment ago is waited for. One that hangs in a disk operation cannot die, and may still
 * write.
 */
async function judge({ clock, processes, timing }: LockOptions, holder: ProcessIdentity): Promise<Liveness> {
  for (let waited = 0; waited < timing.staleAfterMs; waited += dyingMs) {
    const liveness = await processes.judge(holder);
    if (liveness !== 'dying') return liveness;
    await pause(clock, dyingMs);
  }
  return 'alive';
}

async function pause(clock: Clock, milliseconds: number): Promise<void> {
  // The clock's timers let the process end. A process that waits for its data folder must not end.
  const stay = setInterval(() => undefined, milliseconds);
  await new Promise<void>((resolve) => clock.after(milliseconds, resolve));
  clearInterval(stay);
}
