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
import type { FolderLock } from './lock.ts';
import { encodeChange } from './record.ts';
import { recover } from './recovery.ts';
import { writeSnapshot, type SnapshotSource } from './snapshot.ts';

export interface AdapterOptions {
  readonly files: JournalFiles;
  readonly directory: string;
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
  /** The journal's length at which the next snapshot is due. */
  #snapshotAt: number;
  #snapshot: Promise<void> | undefined;
  readonly #stopping = new AbortController();
  #repairNotBefore = -Infinity;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(options: AdapterOptions) {
    this.#options = options;
    this.#snapshotAt = options.snapshotEveryBytes;
  }

  /** @throws StorageCorruptError */
  async read(): Promise<JournalDocument> {
    const { document, open, closed, snapshotBytes } = await recover(this.#options);
    this.#log = new JournalLog(this.#options, open, closed);
    this.#snapshotAt = Math.max(this.#options.snapshotEveryBytes, snapshotBytes);
    this.#options.metrics.objects(document.entries.size);
    return document;
  }

  /**
   * Resolves once everything staged at the time of the call is decided and durable.
   * @throws StorageUnavailableError what could be decided without writing (conflicts) is settled nevertheless
   */
  write(document: JournalDocument): Promise<void> {
    if (this.#next === undefined) {
      const turn = this.#last
        // Lets the writers that the last write answered bring their next one into this batch.
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
    if (records.length === 0) return;
    try {
      const log = this.#opened();
      await lock.verify();
      if (log.suspect) await this.#writeAnew(document, log);
      if (log.bytes >= this.#snapshotAt) await this.#beginSnapshot(document, log);
      await log.append(Buffer.concat(records.map(encodeChange)));
    } catch (cause) {
      metrics.failedWrites(records.length);
      if (cause instanceof StorageUnavailableError) throw cause;
      throw new StorageUnavailableError(`the data folder could not be written: ${reasonOf(cause)}`, { cause });
    }
    commit();
    metrics.objects(document.entries.size);
  }

  /** Rotates the journal and leaves the snapshot to run beside the writes. A failure costs nothing but disk space. */
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

  async #writeSnapshot(source: SnapshotSource): Promise<void> {
    const { files, directory, lock, snapshotEveryBytes } = this.#options;
    const { signal } = this.#stopping;
    const bytes = await writeSnapshot(files, directory, source, { signal, confirm: () => lock.verify() });
    this.#snapshotAt = Math.max(snapshotEveryBytes, bytes);
  }

  /** After a failed fsync: a new snapshot and a new journal, from memory, in the place of files not to be trusted. */
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

  #opened(): JournalLog {
    if (this.#log === undefined) throw new Error('the journal was not read yet');
    return this.#log;
  }

  /** Ends the writes that were begun, breaks off a snapshot, closes the files. */
  async close(): Promise<void> {
    await this.#last;
    this.#stopping.abort();
    await this.#snapshot;
    await this.#log?.close();
  }
}

function sourceOf(document: JournalDocument): SnapshotSource {
  return { revision: document.revision, size: document.entries.size, blocks: document.entries.view() };
}
