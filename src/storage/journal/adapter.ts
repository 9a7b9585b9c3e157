import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Adapter } from 'lowdb';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { StorageUnavailableError, type Revision } from '../contract.ts';
import type { JournalDocument } from './document.ts';
import { reasonOf } from './errors.ts';
import type { JournalFiles } from './files.ts';
import type { HistoryLimits } from './history.ts';
import { JournalLog } from './journal-log.ts';
import type { JournalMetrics } from './journal-metrics.ts';
import { lossOf, type FolderLock } from './held-lock.ts';
import { probeName } from './layout.ts';
import { encodeCommit } from './record.ts';
import { recover } from './recovery.ts';
import { writeSnapshot, type SnapshotSource } from './snapshot.ts';
import { WriteHealth } from './write-health.ts';

interface AdapterOptions {
  readonly files: JournalFiles;
  /** Of snapshot and journals. */
  readonly directory: string;
  /** Called before the first commit. */
  readonly useNewestFormat: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: JournalMetrics;
  readonly lock: FolderLock;
  readonly history: HistoryLimits;
  readonly snapshotEveryBytes: number;
}

/** Between two tries to write everything anew after a failed fsync. */
const repairPauseMs = 1000;

/**
 * lowdb's adapter: read() is recovery, write() makes durable what is staged in the document, by appending it to the
 * journal. Calls made while one write is under way share the next one, and its fsync.
 *
 * A snapshot is begun by a write that finds the journal longer than `snapshotEveryBytes` and than the last snapshot
 * (so that snapshots cost at most as much again as the writes themselves), and goes on beside the following writes.
 */
export class JournalAdapter implements Adapter<JournalDocument> {
  readonly #options: AdapterOptions;
  #log: JournalLog | undefined;
  #read: JournalDocument | undefined;
  /** The journal's length at which the next snapshot is due. */
  #snapshotAt: number;
  #snapshot: Promise<void> | undefined;
  readonly #stopping = new AbortController();
  #repairNotBefore = -Infinity;
  readonly #health: WriteHealth;
  #isNewestFormat = false;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(options: AdapterOptions) {
    this.#options = options;
    this.#snapshotAt = options.snapshotEveryBytes;
    this.#health = new WriteHealth({ ...options, probe: () => this.#probe() });
  }

  /** Why no write can be made durable at present. */
  get unavailable(): StorageUnavailableError | undefined {
    return this.#health.failure;
  }

  /** @throws StorageCorruptError, StorageLostError */
  async read(): Promise<JournalDocument> {
    const { lock } = this.#options;
    const { document, open, closed, snapshotBytes } = await recover({ ...this.#options, reached: lock.before });
    const acknowledge = lock.acknowledge.bind(lock);
    this.#log = new JournalLog({ ...this.#options, acknowledge }, open, closed);
    // What a start has found counts as acknowledged, because it will be read.
    const { base, length: bytes, checksum } = open;
    await acknowledge({ revision: document.revision, base, bytes, checksum });
    this.#snapshotAt = Math.max(this.#options.snapshotEveryBytes, snapshotBytes);
    this.#options.metrics.objects(document.entries.size);
    this.#read = document;
    return document;
  }

  /**
   * Resolves once everything that was staged before the call is decided and durable.
   * @throws StorageUnavailableError conflicts, which need no write, are answered nevertheless
   */
  write(document: JournalDocument): Promise<void> {
    if (this.#next === undefined) {
      const turn = this.#last
        // Gives the writers whose last write was answered the time to add their next one to this batch.
        .then(() => setImmediate())
        .then(() => {
          this.#next = undefined;
          return this.#commit(document);
        });
      this.#next = turn;
      this.#last = turn.catch(() => undefined); // whoever called write() learns of it
    }
    return this.#next;
  }

  async #commit(document: JournalDocument): Promise<void> {
    const { lock, metrics } = this.#options;
    const { records, commit } = document.decide();
    if (records.length === 0) {
      commit();
      return;
    }
    try {
      const log = this.#opened();
      await lock.verify();
      if (log.suspect) await this.#writeAnew(document, log);
      if (!this.#isNewestFormat) await this.#useNewestFormat();
      if (log.bytes >= this.#snapshotAt) await this.#beginSnapshot(document, log);
      await log.append(Buffer.concat(records.map(encodeCommit)), records.at(-1)?.revision ?? document.revision);
    } catch (cause) {
      metrics.failedWrites(records.length);
      const error: StorageUnavailableError = (await lossOf(lock)) ?? unavailable(cause);
      this.#health.failed(error);
      throw error;
    }
    this.#health.succeeded();
    commit();
    metrics.objects(document.entries.size);
  }

  async #useNewestFormat(): Promise<void> {
    await this.#options.useNewestFormat();
    this.#isNewestFormat = true;
  }

  /** Queued with the writes, because it repairs what they would have to repair. */
  #probe(): Promise<void> {
    const turn = this.#last.then(async () => {
      const log = this.#opened();
      if (this.#stopping.signal.aborted) return;
      if (log.suspect) await this.#writeAnew(this.#document(), log);
      else await probeFolder(this.#options.files, this.#options.directory);
    });
    this.#last = turn.catch(() => undefined); // whoever probes learns of it
    return turn;
  }

  /** Rotates the journal and leaves the snapshot to run beside the writes. A failure costs only disk space. */
  async #beginSnapshot(document: JournalDocument, log: JournalLog): Promise<void> {
    if (this.#snapshot !== undefined) return;
    const { clock, logger, metrics, snapshotEveryBytes } = this.#options;
    const started = clock.monotonic();
    const seconds = (): number => (clock.monotonic() - started) / 1000;
    const failed = (error: unknown): void => {
      this.#snapshotAt = log.bytes + snapshotEveryBytes;
      if (this.#stopping.signal.aborted) return;
      metrics.snapshot('failure', seconds());
      logger.warn({ error }, 'the snapshot could not be written; the journal grows on until the next try');
    };
    try {
      await log.rotate(document.revision);
    } catch (error) {
      failed(error);
      if (log.suspect) throw error;
      return;
    }
    const covered = log.closed;
    this.#snapshot = this.#writeSnapshot(sourceOf(document))
      .then(() => log.dropClosed(covered))
      .then(() => metrics.snapshot('success', seconds()), failed)
      .finally(() => (this.#snapshot = undefined));
  }

  /**
   * Writes a snapshot now. Then nothing is left in the files of what it does not have.
   * @throws StorageUnavailableError
   */
  async snapshot(document: JournalDocument): Promise<void> {
    const turn = this.#last.then(async () => {
      await this.#snapshot;
      await this.#beginSnapshot(document, this.#opened());
    });
    this.#last = turn.catch(() => undefined); // whoever asked learns of it
    await turn;
    await this.#snapshot;
    if (this.#opened().closed.length === 0) return;
    throw new StorageUnavailableError('the snapshot could not be written; the old journals are still there');
  }

  async #writeSnapshot(source: SnapshotSource): Promise<void> {
    const { files, directory, lock, snapshotEveryBytes } = this.#options;
    const { signal } = this.#stopping;
    const bytes = await writeSnapshot(files, directory, source, { signal, confirm: () => lock.confirm() });
    this.#snapshotAt = Math.max(snapshotEveryBytes, bytes);
  }

  /**
   * After a failed fsync: writes a new snapshot and a new journal from memory, because the old files cannot be trusted.
   */
  async #writeAnew(document: JournalDocument, log: JournalLog): Promise<void> {
    const { clock, logger } = this.#options;
    if (clock.monotonic() < this.#repairNotBefore) {
      throw new StorageUnavailableError('the data folder could not be written a moment ago; the next try is due soon');
    }
    await this.#snapshot;
    const revision: Revision = document.revision;
    try {
      await this.#writeSnapshot(sourceOf(document));
      await log.replace(revision);
    } catch (error) {
      this.#repairNotBefore = clock.monotonic() + repairPauseMs;
      throw error;
    }
    logger.info({ revision }, 'everything was written anew after a failed fsync; writes are taken again');
  }

  #document(): JournalDocument {
    if (this.#read === undefined) throw new Error('the journal was not read yet');
    return this.#read;
  }

  #opened(): JournalLog {
    if (this.#log === undefined) throw new Error('the journal was not read yet');
    return this.#log;
  }

  /** Finishes the writes that were begun, stops a running snapshot, and closes the files. */
  async close(): Promise<void> {
    this.#health.stop();
    await this.#last;
    this.#stopping.abort();
    await this.#snapshot;
    await this.#log?.close();
  }
}

function unavailable(cause: unknown): StorageUnavailableError {
  if (cause instanceof StorageUnavailableError) return cause;
  return new StorageUnavailableError(`the data folder could not be written: ${reasonOf(cause)}`, { cause });
}

const probeBytes = Buffer.alloc(16 << 10, '\n');

/** @throws the operating system's error if no file can be made in the folder, or nothing can be written to it */
async function probeFolder(files: JournalFiles, directory: string): Promise<void> {
  const path = join(directory, probeName);
  const file = await files.open(path, 'replace');
  try {
    await file.write(probeBytes, 0);
    await file.sync();
  } finally {
    await file.close();
    await files.remove(path);
  }
}

function sourceOf(document: JournalDocument): SnapshotSource {
  return { revision: document.revision, size: document.entries.size, blocks: document.entries.view() };
}
