import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Logger } from '../../runtime/logger.ts';
import { StorageCorruptError, type Revision } from '../contract.ts';
import type { JournalDocument } from './document.ts';
import { reasonOf, repairCommand, restoreCommand } from './errors.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import { cutName, replaceFile } from './layout.ts';
import { readLines, type Batch, type Line } from './lines.ts';
import type { Reached } from './lock-record.ts';
import { decodeCommit, decodeJournalHeader, type CommitRecord } from './record.ts';

/** What replaying a journal needs. */
export interface ReplayOptions {
  readonly files: JournalFiles;
  readonly directory: string;
  readonly logger: Logger;
  readonly document: JournalDocument;
  /** How far the journal was acknowledged; undefined where no lock says so. */
  readonly reached: Reached | undefined;
  /** Lines after this revision are passed over, whatever they are; absent: none. */
  readonly until?: Revision;
}

/** The first line after the last good record that is not what was written. */
interface Damage {
  /** Counted from 1. */
  readonly line: number;
  readonly offset: number;
}

/** What replaying a journal found. */
export interface Replayed {
  readonly base: Revision;
  /** Of its last good record; base where it has none. */
  readonly last: Revision;
  /** Lines and bytes up to the end of the last good record. */
  readonly lines: number;
  readonly length: number;
  /** CRC-32 of those bytes. */
  readonly checksum: number;
  /** Of the file. */
  readonly bytes: number;
  /** Lines at its end that are not what was written. */
  readonly damage: Damage | undefined;
}

/**
 * Applies a journal to the document. Damage is harmless where the snapshot covers it, or where it was never
 * acknowledged: a crash may leave the last batch of writes half on the disk, its pages in any order. The "durable" of
 * the lines after it tells the two apart.
 * @param before the journal before this one
 * @throws StorageCorruptError where an acknowledged write is damaged or missing
 */
export async function replayJournal(
  options: ReplayOptions,
  name: string,
  before: Replayed | undefined,
): Promise<Replayed> {
  const file = await options.files.open(join(options.directory, name), 'read');
  try {
    return await new Replay(options, name).run(file, before);
  } finally {
    await file.close();
  }
}

class Replay {
  readonly #options: ReplayOptions;
  readonly #name: string;
  #base: Revision | undefined;
  #last: Revision = 0;
  #lines = 0;
  #length = 0;
  #checksum = 0;
  /** CRC-32 of everything up to a place in the file. */
  #running = 0;
  #summed = 0;
  #damage: Damage | undefined;

  constructor(options: ReplayOptions, name: string) {
    this.#options = options;
    this.#name = name;
  }

  async run(file: JournalFile, before: Replayed | undefined): Promise<Replayed> {
    for await (const batch of readLines(file)) {
      for (const line of batch.lines) {
        if (this.#base === undefined) this.#begin(line, before);
        else this.#take(line);
        this.#compare(line, batch);
      }
      if (this.#length > this.#summed) this.#sum(batch, this.#length);
      this.#sum(batch, batch.offset + batch.bytes.length);
    }
    if (this.#base === undefined) throw this.#corrupt(1, 'the file is empty');
    return {
      ...{ base: this.#base, last: this.#last, bytes: await file.size(), damage: this.#damage },
      ...{ lines: this.#lines, length: this.#length, checksum: this.#checksum },
    };
  }

  /** The lines that were acknowledged must still be the same ones: not those of an earlier or another copy. */
  #compare(line: Line, batch: Batch): void {
    const { reached } = this.#options;
    if (reached === undefined || reached.base !== this.#base || lineEnd(line) !== reached.bytes) return;
    // Damage is reported as damage.
    if (this.#damage !== undefined || this.#sum(batch, reached.bytes) === reached.checksum) return;
    throw this.#corrupt(
      line.number,
      `the lines up to here are not those that were acknowledged at revision ${reached.revision}; the file may be from ` +
        'another copy of the data',
    );
  }

  #begin(line: Line, before: Replayed | undefined): void {
    const header = line.complete ? decodeJournalHeader(line.bytes) : undefined;
    if (header === undefined) throw this.#corrupt(line.number, 'the header is not as it was written');
    const { document } = this.#options;
    if (header.first === true && document.revision === 0) document.begin(header.base);
    const known = document.revision;
    if (header.base > known) {
      const missing = `revisions ${known + 1} to ${header.base} are missing: a snapshot or an earlier journal is gone`;
      throw this.#corrupt(line.number, before?.damage ? `${missing} or damaged` : missing);
    }
    if (before && header.base < before.last) {
      throw this.#corrupt(line.number, `it begins at revision ${header.base}, the journal before it ends later`);
    }
    this.#base = header.base;
    this.#last = header.base;
    this.#goodUpTo(line);
  }

  #take(line: Line): void {
    const { document, until = Infinity } = this.#options;
    if (document.revision >= until) return;
    const record = line.complete ? decodeCommit(line.bytes) : undefined;
    if (record === undefined) {
      this.#damage ??= { line: line.number, offset: line.offset };
    } else if (record.revision <= this.#last) {
      throw this.#corrupt(line.number, `revision ${record.revision} comes after ${this.#last}`);
    } else if (record.revision <= document.revision + 1) {
      this.#accept(line, record);
    } else if (record.durable > document.revision) {
      throw this.#lost(this.#damage?.line ?? line.number);
    } else {
      // A line of the batch that was being written: without the records before it, it is worthless.
      this.#damage ??= { line: line.number, offset: line.offset };
    }
  }

  #accept(line: Line, record: CommitRecord): void {
    const { document, logger } = this.#options;
    if (record.revision > document.revision) document.apply(record);
    if (this.#damage) {
      const fields = { file: this.#name, line: this.#damage.line };
      logger.warn(fields, 'a damaged line of the journal was passed over: nothing that counts was in it');
    }
    this.#damage = undefined;
    this.#last = record.revision;
    this.#goodUpTo(line);
  }

  #goodUpTo(line: Line): void {
    this.#lines = line.number;
    this.#length = lineEnd(line);
  }

  /** Up to this place in the batch, in pieces that are as large as possible. */
  #sum({ bytes, offset }: Batch, end: number): number {
    this.#running = crc32(bytes.subarray(this.#summed - offset, end - offset), this.#running);
    this.#summed = end;
    if (end === this.#length) this.#checksum = this.#running;
    return this.#running;
  }

  #lost(line: number): StorageCorruptError {
    const { document } = this.#options;
    return this.#corrupt(line, `revision ${document.revision + 1} was acknowledged and is damaged or missing`);
  }

  #corrupt(line: number, what: string): StorageCorruptError {
    const { directory, document } = this.#options;
    return journalCorrupt({ directory, name: this.#name, line, what, revision: document.revision });
  }
}

/** Names the file, the line and the ways out of damage that a journal has. */
export function journalCorrupt(found: {
  readonly directory: string;
  readonly name: string;
  readonly line: number;
  readonly what: string;
  /** The last one that can be read. */
  readonly revision: Revision;
}): StorageCorruptError {
  const { directory, name, line, what, revision } = found;
  return new StorageCorruptError(
    `${join(directory, name)}, line ${line}: ${what}. Nothing was changed. The way out: put the file back as it was, ` +
      `restore the data folder from a backup (${restoreCommand(directory)}), or keep what can be read, giving up every ` +
      `change after revision ${revision} (${repairCommand(directory)})`,
  );
}

const newline = '\n';

const lineEnd = (line: Line): number => line.offset + line.bytes.length + 1;

/**
 * Takes damaged lines from the end of the journal, with a warning. Whole lines are kept in a file of their own: should
 * it have been the disk and not a crash that damaged them, a person can still read them.
 */
export async function cutDamage(options: ReplayOptions, name: string, { last, length }: Replayed): Promise<void> {
  const { files, directory, logger } = options;
  const file = await files.open(join(directory, name), 'update');
  try {
    const cut = Buffer.alloc((await file.size()) - length);
    await file.read(cut, length);
    const whole = cut.includes(newline) && (await keep(options, cutName(last), cut));
    await file.truncate(length);
    await file.sync();
    const fields = { file: name, bytes: cut.length, revision: last, ...(whole && { kept: cutName(last) }) };
    const known = options.reached === undefined ? 'as far as can be told, it was not' : 'it was not';
    logger.warn(fields, `the end of the journal was damaged and is cut off: ${known} acknowledged`);
  } finally {
    await file.close();
  }
}

/**
 * False where the disk is full and the lock proves that nobody was promised these lines: that must not keep a server
 * from starting.
 */
async function keep({ files, directory, logger, reached }: ReplayOptions, name: string, cut: Buffer): Promise<boolean> {
  try {
    await replaceFile(files, directory, name, (copy) => copy.write(cut, 0));
    return true;
  } catch (error) {
    if (reached === undefined) throw error;
    logger.warn({ file: name, reason: reasonOf(error) }, 'the damaged end of the journal could not be kept aside');
    return false;
  }
}
