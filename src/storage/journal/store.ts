import { Low } from 'lowdb';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import {
  StorageClosedError,
  StorageCorruptError,
  StorageLostError,
  StorageUnavailableError,
  type Commit,
  type CommitRequest,
  type Entry,
  type ListOptions,
  type Page,
  type Revision,
  type Store,
} from '../contract.ts';
import { ownCommit } from '../check-commit.ts';
import { JournalAdapter } from './adapter.ts';
import { JournalDocument, type StagedCommit } from './document.ts';
import { reasonOf, StorageFolderError, StorageLockedError } from './errors.ts';
import type { JournalFiles } from './files.ts';
import { checkFolder, initializeFolder, useNewestFormat } from './folder.ts';
import { moveFiles, placeOfFiles, removeOtherPlaces, type MoveOptions, type Place } from './epochs.ts';
import { journalMetrics } from './journal-metrics.ts';
import { listPage } from './listing.ts';
import { defaultLockTiming, lossOf, type FolderLock, type LockTiming } from './held-lock.ts';
import { lockFolder } from './lock.ts';
import { nodeFiles } from './node-files.ts';
import { nodeProcesses, type Processes } from './processes.ts';
import { survey } from './recovery.ts';
import { discardStaging } from './staging.ts';
import { watchHistory } from './watch.ts';

/** What opening a journal store needs. */
export interface JournalOptions {
  /** Made where it does not exist. Must be ours or empty. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Least length of the journal before a snapshot replaces it; default 16 MiB. */
  readonly snapshotEveryBytes?: number;
  /** Changes kept in memory for watches and older pages; default 10,000. */
  readonly historyChanges?: number;
  /** Bytes of values kept for the same; default 32 MiB. */
  readonly historyBytes?: number;
  /** For tests: another file system, other processes, another pace. */
  readonly files?: JournalFiles;
  readonly processes?: Processes;
  readonly lockTiming?: LockTiming;
}

/**
 * Opens the store in a folder of plain JSON lines, for this process alone. One that cannot be opened is left as it is.
 * @throws StorageLockedError where another process has it open
 * @throws StorageFolderError where the folder holds something else, or cannot be used
 * @throws StorageCorruptError where an acknowledged write is damaged or missing
 */
export async function openJournalStore(options: JournalOptions): Promise<Store> {
  const { directory, clock, processes = nodeProcesses(), files = nodeFiles() } = options;
  await checkFolder(files, directory, options.logger);
  let lock: FolderLock | undefined;
  try {
    const timing = options.lockTiming ?? defaultLockTiming;
    lock = await lockFolder({ files, directory, clock, processes, timing, logger: options.logger });
    await lock.confirm();
    await discardStaging(files, directory);
    await initializeFolder(files, directory);
    const from = await placeOfFiles(files, directory);
    const place = from.epoch < lock.fence ? await moveAway({ ...options, files, lock }, from) : from;
    const store = await readStore(options, { files, lock, directory: place.path });
    await removeOtherPlaces(files, directory, place);
    return store;
  } catch (cause) {
    // What is found while another process works on the folder means nothing.
    const loss = lock && (await lossOf(lock));
    await lock?.release().catch(() => undefined); // what stopped the start says more
    if (loss !== undefined) throw new StorageLockedError(directory, undefined);
    if (cause instanceof StorageLockedError || cause instanceof StorageCorruptError) throw cause;
    if (cause instanceof StorageFolderError) throw cause;
    throw new StorageFolderError(`the data folder ${directory} could not be opened: ${reasonOf(cause)}`, { cause });
  }
}

/** The data are looked through first: where they are damaged, nothing is moved. */
async function moveAway(options: MoveOptions, from: Place): Promise<Place> {
  await survey({ ...options, directory: from.path, history: { changes: 0, bytes: 0 }, reached: options.lock.before });
  return moveFiles(options, from);
}

interface Held {
  readonly files: JournalFiles;
  readonly lock: FolderLock;
  /** Of snapshot and journals. */
  readonly directory: string;
}

async function readStore(options: JournalOptions, held: Held): Promise<Store> {
  const { files, lock } = held;
  const { clock, logger, metrics } = options;
  const history = { changes: options.historyChanges ?? 10_000, bytes: options.historyBytes ?? 32 << 20 };
  const adapter = new JournalAdapter({
    ...held,
    ...{ clock, logger, history },
    useNewestFormat: () => useNewestFormat(files, options.directory),
    metrics: journalMetrics(metrics),
    snapshotEveryBytes: options.snapshotEveryBytes ?? 16 << 20,
  });
  const low = new Low<JournalDocument>(adapter, new JournalDocument(0, history));
  await low.read();
  return new JournalStore(low, adapter, lock);
}

class JournalStore implements Store {
  readonly #low: Low<JournalDocument>;
  readonly #adapter: JournalAdapter;
  readonly #lock: FolderLock;
  #closing: Promise<void> | undefined;

  constructor(low: Low<JournalDocument>, adapter: JournalAdapter, lock: FolderLock) {
    this.#low = low;
    this.#adapter = adapter;
    this.#lock = lock;
  }

  get lost(): AbortSignal {
    return this.#lock.lost;
  }

  get unavailable(): StorageUnavailableError | undefined {
    const { failure } = this.#lock;
    if (this.#adapter.unavailable !== undefined || failure === undefined) return this.#adapter.unavailable;
    const message = `the lock of the data folder cannot be kept: ${reasonOf(failure)}`;
    return new StorageUnavailableError(message, { cause: failure });
  }

  /** Also for reads: a process that was stopped first checks whether its data are still valid. */
  async barrier(): Promise<Revision> {
    try {
      await this.#lock.verify();
    } catch (error) {
      // If the folder cannot be read at the moment, what is in memory can still be read.
      if (error instanceof StorageLostError) throw error;
    }
    return this.#document().revision;
  }

  // Asynchronous by contract: what they throw, they reject with.
  // eslint-disable-next-line @typescript-eslint/require-await
  async read(key: string): Promise<Entry | undefined> {
    return this.#document().entries.get(key);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async list(prefix: string, options: ListOptions = {}): Promise<Page> {
    return listPage(this.#document(), prefix, options);
  }

  async commit(request: CommitRequest): Promise<Revision> {
    const document = this.#document();
    const staged: StagedCommit = ownCommit(request);
    document.stage(staged);
    try {
      await this.#low.write();
    } catch (error) {
      if (staged.conflict === undefined) throw error;
    }
    if (staged.conflict !== undefined) throw staged.conflict;
    if (staged.revision === undefined) throw new Error('the commit was not decided');
    return staged.revision;
  }

  watch(after: Revision, signal: AbortSignal): AsyncIterable<Commit> {
    return watchHistory(this.#document().history, after, signal);
  }

  purge(): Promise<void> {
    return this.#adapter.snapshot(this.#document());
  }

  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  async #release(): Promise<void> {
    try {
      await this.#adapter.close();
    } finally {
      this.#low.data.history.end();
      await this.#lock.release();
    }
  }

  #document(): JournalDocument {
    if (this.#closing !== undefined) throw new StorageClosedError();
    return this.#low.data;
  }
}
