import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { pause } from '../../runtime/time-limit.ts';
import { StorageCorruptError, type Entry, type Revision } from '../contract.ts';
import { placeOfFiles } from './epochs.ts';
import { reasonOf, StorageFolderError, StorageLockedError } from './errors.ts';
import type { JournalFiles } from './files.ts';
import { folderState } from './folder.ts';
import { journalName } from './layout.ts';
import { defaultLockTiming, type LockTiming } from './held-lock.ts';
import { lastReached, newestGeneration, newestReached } from './lock-files.ts';
import { freeGeneration } from './lock.ts';
import { nodeFiles } from './node-files.ts';
import { nodeProcesses, type Processes } from './processes.ts';
import { survey, type Survey } from './recovery.ts';
import { placeOfData } from './staging.ts';

interface InspectionOptions {
  readonly directory: string;
  readonly clock: Clock;
  /** Gets warnings about damage that does no harm. */
  readonly logger: Logger;
  readonly files?: JournalFiles;
  readonly processes?: Processes;
  readonly lockTiming?: LockTiming;
}

/** The end of the journal that was never acknowledged; the next start cuts it off. */
export interface TornEnd {
  readonly file: string;
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly bytes: number;
}

/** What a data folder holds, read without changing it. */
export interface JournalContents {
  readonly state: 'written';
  /** Where it was found: beside the requested folder if a restore was interrupted before its last step. */
  readonly directory: string;
  readonly revision: Revision;
  /** In key order. */
  readonly entries: readonly Entry[];
  /** Bytes; 0 where there is none. */
  readonly snapshotBytes: number;
  /** Bytes of all journals that there are. */
  readonly journalBytes: number;
  readonly torn: TornEnd | undefined;
}

/** absent: no such folder. blank: nothing was ever written to it. */
export type JournalInspection = { readonly state: 'absent' | 'blank' } | JournalContents;

/** Without history, because nobody watches. */
export const noHistory = { changes: 0, bytes: 0 };

/**
 * Reads what an open would find, and changes nothing: no lock is taken, nothing repaired. It is nevertheless one state
 * of the store: a process that takes the folder meanwhile makes it fail.
 * @throws StorageLockedError where another process has it open, or opened it meanwhile
 * @throws StorageFolderError where the folder holds something else, or cannot be used
 * @throws StorageCorruptError where an acknowledged write is damaged or missing
 */
export async function inspectJournal(options: InspectionOptions): Promise<JournalInspection> {
  const { clock, files = nodeFiles(), processes = nodeProcesses() } = options;
  try {
    const directory = await placeOfData(files, options.directory);
    const state = await folderState(files, directory);
    if (state === 'absent') return { state };
    const lock = { files, directory, clock, processes, ...timingOf(options) };
    const generation = await freeGeneration(lock);
    const outcome = await (state === 'written' ? read(options, files, directory) : Promise.resolve({ state })).then(
      (inspection) => () => inspection,
      (error: unknown) => () => {
        throw error;
      },
    );
    // What was read while another process was writing, and any damage found in it, means nothing.
    if ((await newestGeneration(lock)) !== generation) throw new StorageLockedError(directory, undefined);
    return outcome();
  } catch (cause) {
    const known = [StorageLockedError, StorageCorruptError, StorageFolderError].some((kind) => cause instanceof kind);
    if (known) throw cause;
    throw new StorageFolderError(`the data folder ${options.directory} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** Tries to read the files of a running server, which may be rotated meanwhile. */
const maxReads = 10;
const againMs = 50;

/**
 * Reads the folder of a server that runs, without its lock, and changes nothing: one state of the store that holds every
 * commit acknowledged before the call, and none that was not.
 *
 * The journal is only appended to, and up to the revision that the lock names it never changes again: so far it is read,
 * each line by its checksum and in unbroken order. A rotation meanwhile shows itself as a missing file or revision; then
 * all is read once more.
 * @throws StorageLockedError where the lock does not say what was acknowledged: an earlier version has the folder open
 * @throws StorageFolderError, StorageCorruptError as inspectJournal does
 */
export async function readRunningJournal(options: InspectionOptions): Promise<JournalContents> {
  const { directory, logger, clock, files = nodeFiles() } = options;
  for (let reads = 1; ; reads++) {
    try {
      const reached = await newestReached({ files, directory });
      if (reached === undefined) throw new StorageLockedError(directory, undefined);
      const { path } = await placeOfFiles(files, directory);
      const until = reached.revision;
      return contentsOf(
        directory,
        await survey({ files, directory: path, logger, history: noHistory, reached, until }),
      );
    } catch (cause) {
      if (reads < maxReads) {
        await pause(clock, againMs, undefined);
        continue;
      }
      if (cause instanceof StorageLockedError || cause instanceof StorageCorruptError) throw cause;
      throw new StorageFolderError(`the data folder ${directory} cannot be read: ${reasonOf(cause)}`, { cause });
    }
  }
}

const timingOf = ({ lockTiming = defaultLockTiming, logger }: InspectionOptions) => ({ timing: lockTiming, logger });

async function read({ logger }: InspectionOptions, files: JournalFiles, directory: string): Promise<JournalContents> {
  const { path } = await placeOfFiles(files, directory);
  const reached = await lastReached({ files, directory });
  return contentsOf(directory, await survey({ files, directory: path, logger, history: noHistory, reached }));
}

function contentsOf(directory: string, found: Survey): JournalContents {
  const { document, closed, snapshotBytes, current } = found;
  return {
    state: 'written',
    directory,
    revision: document.revision,
    entries: [...document.entries.from('')],
    snapshotBytes,
    journalBytes: closed.reduce((sum, { bytes }) => sum + bytes, current?.bytes ?? 0),
    torn: tornEnd(found),
  };
}

function tornEnd({ current }: Survey): TornEnd | undefined {
  return current?.damage && { file: journalName, line: current.damage.line, bytes: current.bytes - current.length };
}
