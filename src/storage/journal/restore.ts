import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Entry, Revision } from '../contract.ts';
import { reasonOf, StorageFolderError, StorageLockedError } from './errors.ts';
import { namesIn, type JournalFiles } from './files.ts';
import { checkFolder, folderState, initializeFolder, useNewestFormat } from './folder.ts';
import { moveFiles, placeOfFiles } from './epochs.ts';
import { defaultLockTiming, type FolderLock, type LockTiming } from './held-lock.ts';
import { noHistory } from './inspect.ts';
import { createJournal } from './journal-log.ts';
import { checkKey } from '../check-commit.ts';
import { stagingFolder, writeMarker } from './layout.ts';
import { lastReached, newestGeneration, writeReleasedLock } from './lock-files.ts';
import { lockFolder } from './lock.ts';
import { nodeFiles } from './node-files.ts';
import { nodeProcesses, type Processes } from './processes.ts';
import { survey } from './recovery.ts';
import { highestReadable, readable } from './salvage.ts';
import { writeSnapshot, type SnapshotOptions } from './snapshot.ts';
import { SortedEntries } from './sorted-entries.ts';
import { discardStaging, finishRestore, moveAside, putInPlace } from './staging.ts';

interface RestoreOptions {
  readonly directory: string;
  /** Of the state that the entries are of; none of them is newer. */
  readonly revision: Revision;
  /** Each key once, in any order; they keep their revisions. */
  readonly entries: Iterable<Entry>;
  /**
   * Where data that are there, readable or not, are moved to: a name beside `directory` that is still free. Without,
   * data that are there stay, and nothing is restored.
   */
  readonly aside?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly files?: JournalFiles;
  readonly processes?: Processes;
  readonly lockTiming?: LockTiming;
}

/** What a restore has written. */
export interface Restored {
  /** What the store goes on from. */
  readonly revision: Revision;
  /** Absent where there were no data before. */
  readonly replaced?: ReplacedData;
}

/** Where the data that a restore replaced are kept. */
export interface ReplacedData {
  readonly directory: string;
  /** The newest revision that can be read in them. */
  readonly revision: Revision;
  /** Not all of them can be read: they may have gone beyond that revision. */
  readonly damaged: boolean;
}

/**
 * Makes the entries the contents of a data folder that has none, or in the place of those that it has. At any moment,
 * also after a crash, the next open finds either what was there before or all of what is restored.
 *
 * Where data are replaced, the store goes on above both revisions: no resourceVersion comes back with another meaning,
 * and a watch that was at the old data's last one is told to list again.
 * @throws StorageLockedError where another process has the folder open
 * @throws StorageFolderError where it holds something else, cannot be used, or has data that are not to be replaced
 * @throws TypeError, RangeError for entries that no store could have held; nothing was touched
 */
export async function restoreJournal(options: RestoreOptions): Promise<Restored> {
  const { directory, logger, clock, aside, files = nodeFiles(), processes = nodeProcesses() } = options;
  const entries = checkedEntries(options);
  try {
    await finishRestore(files, directory, logger);
    if (aside === undefined && (await folderState(files, directory)) === 'written') throw occupied(directory);
    await checkFolder(files, directory, logger);
    const timing = options.lockTiming ?? defaultLockTiming;
    const lock = await lockFolder({ files, directory, clock, processes, timing, logger });
    const restore = new Restore(options, files, lock, entries);
    try {
      await lock.confirm();
      await discardStaging(files, directory);
      // Read while holding the lock, because another restore may just have ended.
      if ((await folderState(files, directory)) !== 'written') return await restore.fill();
      if (aside === undefined) throw occupied(directory);
      return await restore.replace(aside);
    } finally {
      // This process ends soon, and with it the lock, whatever becomes of its file.
      await lock.release().catch(() => undefined);
    }
  } catch (cause) {
    if (cause instanceof StorageLockedError || cause instanceof StorageFolderError) throw cause;
    throw new StorageFolderError(`the data folder ${directory} could not be restored: ${reasonOf(cause)}`, { cause });
  }
}

interface RepairOptions extends Omit<RestoreOptions, 'revision' | 'entries' | 'aside'> {
  /** Where the data are moved to as they are: a name beside `directory` that is still free. */
  readonly aside: string;
}

/** What a repair has written and left out. */
export interface Repaired extends Restored {
  readonly replaced: ReplacedData;
  readonly objects: number;
  /** Everything up to this revision was kept. */
  readonly kept: Revision;
}

/**
 * Puts what can be read of a damaged data folder in its place, up to the first change that is damaged or missing. The
 * store goes on above every revision that was ever acknowledged, so none comes back with another meaning.
 * @throws StorageCorruptError where the snapshot is damaged: then only a backup helps; nothing was changed
 * @throws StorageLockedError, StorageFolderError as restoreJournal does
 */
export async function repairJournal(options: RepairOptions): Promise<Repaired> {
  const { directory, logger, clock, aside, files = nodeFiles(), processes = nodeProcesses() } = options;
  await finishRestore(files, directory, logger);
  if ((await folderState(files, directory)) !== 'written') {
    throw new StorageFolderError(`the data folder ${directory} has no data: there is nothing to repair`);
  }
  const timing = options.lockTiming ?? defaultLockTiming;
  const lock = await lockFolder({ files, directory, clock, processes, timing, logger });
  try {
    await discardStaging(files, directory);
    const { path } = await placeOfFiles(files, directory);
    const { entries, revision } = await readable({ files, directory: path, logger, history: noHistory });
    const restored = await new Restore({ ...options, revision, entries: [] }, files, lock, entries).replace(aside);
    return { ...restored, objects: entries.size, kept: revision };
  } finally {
    await lock.release().catch(() => undefined);
  }
}

class Restore {
  readonly #options: RestoreOptions;
  readonly #files: JournalFiles;
  readonly #lock: FolderLock;
  readonly #entries: SortedEntries;

  constructor(options: RestoreOptions, files: JournalFiles, lock: FolderLock, entries: SortedEntries) {
    this.#options = options;
    this.#files = files;
    this.#lock = lock;
    this.#entries = entries;
  }

  /** Into a blank folder: the step that counts is the renaming of the snapshot. */
  async fill(): Promise<Restored> {
    const { directory, logger } = this.#options;
    // As a new store: none is at revision 0.
    const revision = Math.max(1, this.#options.revision);
    const files = this.#files;
    await initializeFolder(files, directory);
    await useNewestFormat(files, directory);
    const found = await placeOfFiles(files, directory);
    const lock = this.#lock;
    const { path } = found.epoch < lock.fence ? await moveFiles({ files, directory, logger, lock }, found) : found;
    await this.#write(path, revision, { confirm: () => this.#lock.confirm() });
    return { revision };
  }

  async replace(aside: string): Promise<Required<Restored>> {
    const { directory } = this.#options;
    const replaced = await this.#reached(directory);
    const revision = Math.max(this.#options.revision, replaced.revision) + 1;
    const staging = stagingFolder(directory);
    if ((await namesIn(this.#files, staging)) !== undefined) {
      throw new StorageFolderError(`${staging} is in the way: it is not ours; nothing was changed`);
    }
    try {
      await this.#files.makeFolder(staging);
      await this.#write(staging, revision);
      // A holder of the old folder that wakes up then sees that it holds this one no more.
      await writeReleasedLock({ files: this.#files, directory: staging }, this.#lock.generation + 1, undefined);
      await writeMarker(this.#files, staging);
      await this.#lock.confirm();
      await moveAside(this.#files, directory, aside);
      await this.#checkAside(aside);
    } catch (error) {
      // Frees the space at once; where even that fails, the next start removes it.
      await discardStaging(this.#files, directory).catch(() => undefined);
      throw error;
    }
    await putInPlace(this.#files, directory, aside);
    return { revision, replaced: { directory: aside, ...replaced } };
  }

  /**
   * A process that took over the folder just before it was moved may have acknowledged writes in it, so it is moved
   * back.
   */
  async #checkAside(aside: string): Promise<void> {
    const { directory } = this.#options;
    if ((await newestGeneration({ files: this.#files, directory: aside })) === this.#lock.generation) return;
    await this.#files.rename(aside, directory);
    throw new StorageLockedError(directory, undefined);
  }

  async #write(directory: string, revision: Revision, options: SnapshotOptions = {}): Promise<void> {
    const source = { revision, size: this.#entries.size, blocks: this.#entries.view() };
    await writeSnapshot(this.#files, directory, source, options);
    // One that begins at revision 0 would do too, but not tell when the snapshot was lost.
    const journal = await createJournal(this.#files, directory, revision);
    await journal.file.close();
  }

  async #reached(directory: string): Promise<Omit<ReplacedData, 'directory'>> {
    const files = this.#files;
    const { path } = await placeOfFiles(files, directory);
    const reached = await lastReached({ files, directory });
    try {
      const { logger } = this.#options;
      const { document } = await survey({ files, directory: path, logger, history: noHistory, reached });
      return { revision: document.revision, damaged: false };
    } catch (error) {
      this.#options.logger.info({ error }, 'the data that are replaced cannot all be read');
      return { revision: Math.max(await highestReadable(files, path), reached?.revision ?? 0), damaged: true };
    }
  }
}

function checkedEntries({ revision, entries }: RestoreOptions): SortedEntries {
  // One revision is left for what follows.
  if (!Number.isSafeInteger(revision + 1) || revision < 0) throw new RangeError(`${revision} is not a revision`);
  const sorted = new SortedEntries();
  for (const entry of entries) {
    checkKey(entry.key);
    if (!Number.isSafeInteger(entry.revision) || entry.revision < 1 || entry.revision > revision) {
      throw new RangeError(`${entry.key}: revision ${entry.revision} is not one from 1 to ${revision}`);
    }
    if (sorted.put(entry) !== undefined) throw new TypeError(`${entry.key} comes twice`);
  }
  return sorted;
}

function occupied(directory: string): StorageFolderError {
  return new StorageFolderError(
    `the data folder ${directory} has data already; nothing was changed. With --replace they are moved aside first`,
  );
}
