import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Clock } from '../../runtime/clock.ts';
import { StorageUnavailableError, type Revision } from '../contract.ts';
import { isSystemError, reasonOf } from './errors.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import type { JournalMetrics } from './journal-metrics.ts';
import {
  closedJournalName,
  isClosedJournal,
  journalName,
  replaceFile,
  replacementName,
  temporarySuffix,
} from './layout.ts';
import type { Reached } from './lock-record.ts';
import { encodeJournalHeader, firstHeader, type JournalHeader } from './record.ts';

/** A journal that no snapshot covers yet and nothing is appended to any more. */
export interface ClosedJournal {
  readonly name: string;
  readonly bytes: number;
}

/** A journal that is open for appending. */
export interface OpenJournal {
  readonly file: JournalFile;
  readonly base: Revision;
  /** Bytes that are whole and durable. */
  readonly length: number;
  /** CRC-32 of them. */
  readonly checksum: number;
}

interface JournalLogOptions {
  readonly files: JournalFiles;
  readonly directory: string;
  readonly clock: Clock;
  readonly metrics: JournalMetrics;
  /** Awaited for every durable batch before it is acknowledged. If it throws, the write is indeterminate. */
  readonly acknowledge: (reached: Reached) => Promise<void>;
}

/**
 * The appending end of the journal. Appends, rotations and replacements come one at a time.
 *
 * A write that fails (a full disk) is cut off again and the journal goes on. After an fsync that failed nothing more
 * is appended: the kernel may have dropped the unwritten pages and call the next fsync a success, and the page that
 * failed may hold the end of earlier, acknowledged records (https://lwn.net/Articles/752063/). The journal is then
 * `suspect` until everything was written anew, from memory, into other files.
 */
export class JournalLog {
  readonly #options: JournalLogOptions;
  #open: OpenJournal;
  #closed: readonly ClosedJournal[];
  #suspect = false;

  constructor(options: JournalLogOptions, open: OpenJournal, closed: readonly ClosedJournal[]) {
    this.#options = options;
    this.#open = open;
    this.#closed = closed;
    this.#report();
  }

  get suspect(): boolean {
    return this.#suspect;
  }

  /** What a start would have to read, beside the snapshot. */
  get bytes(): number {
    return this.#closed.reduce((sum, { bytes }) => sum + bytes, this.#open.length);
  }

  /**
   * Resolves once the bytes are durable, and it is certain that no other process had taken the folder by then.
   * @param revision of the last record in them
   * @throws StorageUnavailableError
   */
  async append(bytes: Buffer, revision: Revision): Promise<void> {
    const { clock, metrics, acknowledge } = this.#options;
    const { file, base, length } = this.#open;
    try {
      await file.write(bytes, length);
    } catch (cause) {
      await this.#cutOff(cause);
      throw unavailable(cause, false);
    }
    const started = clock.monotonic();
    try {
      await file.sync();
    } catch (cause) {
      this.#suspect = true;
      throw unavailable(cause, true);
    }
    metrics.fsync((clock.monotonic() - started) / 1000);
    const end = { length: length + bytes.length, checksum: crc32(bytes, this.#open.checksum) };
    try {
      await acknowledge({ revision, base, bytes: end.length, checksum: end.checksum });
    } catch (cause) {
      this.#suspect = true;
      throw unavailable(cause, true);
    }
    this.#open = { ...this.#open, ...end };
    this.#report();
  }

  /** Takes a part of a record away, durably: it must not come back after a loss of power. */
  async #cutOff(cause: unknown): Promise<void> {
    try {
      await this.#open.file.truncate(this.#open.length);
      await this.#open.file.sync();
    } catch (second) {
      this.#suspect = true;
      throw unavailable(new AggregateError([cause, second], `${reasonOf(cause)}; then ${reasonOf(second)}`), true);
    }
  }

  /**
   * Begins a new journal; the old one stays until dropClosed. The journal is suspect where this failed half-way.
   * @param base the newest durable revision
   */
  async rotate(base: Revision): Promise<void> {
    const { files, directory } = this.#options;
    const next = join(directory, journalName + temporarySuffix);
    const empty = await this.#writeEmpty(next, base);
    // Between the renames there is no journal: that the next one lies ready tells a start that none was lost.
    await files.syncFolder(directory);
    const name = closedJournalName(this.#open.base);
    const current = join(directory, journalName);
    try {
      await files.rename(current, join(directory, name));
      await files.rename(next, current);
      await files.syncFolder(directory);
      const file = await files.open(current, 'update');
      await this.#open.file.close();
      this.#closed = [...this.#closed, { name, bytes: this.#open.length }];
      this.#open = { file, base, ...empty };
      await this.#acknowledgeEmpty();
    } catch (error) {
      this.#suspect = true;
      throw error;
    }
    this.#report();
  }

  /** After this the lock describes the present journal. */
  #acknowledgeEmpty(): Promise<void> {
    const { base, length, checksum } = this.#open;
    return this.#options.acknowledge({ revision: base, base, bytes: length, checksum });
  }

  async #writeEmpty(path: string, base: Revision): Promise<Pick<OpenJournal, 'length' | 'checksum'>> {
    const { files } = this.#options;
    const header = encodeJournalHeader({ base });
    const file = await files.open(path, 'replace');
    try {
      await file.write(header, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    return { length: header.length, checksum: crc32(header) };
  }

  /** Removes the journals that a snapshot covers, oldest first: what is left is always one unbroken chain. */
  async dropClosed(covered: readonly ClosedJournal[]): Promise<void> {
    for (const journal of covered) {
      await this.#remove(journal.name);
      this.#closed = this.#closed.filter((other) => other !== journal);
      this.#report();
    }
  }

  async #remove(name: string): Promise<void> {
    try {
      await this.#options.files.remove(join(this.#options.directory, name));
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
  }

  get closed(): readonly ClosedJournal[] {
    return this.#closed;
  }

  /** After a snapshot at this revision: puts a new, empty journal in the place of a suspect one. */
  async replace(base: Revision): Promise<void> {
    const { files, directory } = this.#options;
    const open = await createJournal(files, directory, base);
    // Closing a file whose fsync failed may fail again; nothing in it is used any more.
    await this.#open.file.close().catch(() => undefined);
    this.#open = open;
    this.#closed = [];
    await this.#acknowledgeEmpty();
    this.#suspect = false;
    this.#report();
    // By the names in the folder: a rotation that failed half-way may have left a file that this object does not know.
    const left = (await files.list(directory)).filter(isClosedJournal).sort();
    for (const name of left) await this.#remove(name);
  }

  close(): Promise<void> {
    return this.#open.file.close();
  }

  #report(): void {
    this.#options.metrics.journalBytes(this.bytes);
  }
}

/** Puts an empty journal into the folder, durably, in the place of whatever journal is there. */
export async function createJournal(files: JournalFiles, directory: string, base: Revision): Promise<OpenJournal> {
  return putJournal(files, directory, { base });
}

/** Puts the journal of a store into the folder in which nothing was ever written. */
export function createFirstJournal(files: JournalFiles, directory: string): Promise<OpenJournal> {
  return putJournal(files, directory, firstHeader);
}

async function putJournal(files: JournalFiles, directory: string, head: JournalHeader): Promise<OpenJournal> {
  const header = encodeJournalHeader(head);
  const { base } = head;
  await replaceFile(files, directory, journalName, (file) => file.write(header, 0), { temporaryName: replacementName });
  const file = await files.open(join(directory, journalName), 'update');
  return { file, base, length: header.length, checksum: crc32(header) };
}

function unavailable(cause: unknown, indeterminate: boolean): StorageUnavailableError {
  return new StorageUnavailableError(`the journal could not be written: ${reasonOf(cause)}`, { cause, indeterminate });
}
