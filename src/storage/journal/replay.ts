import { join } from 'node:path';
import type { Logger } from '../../runtime/logger.ts';
import { StorageCorruptError, type Revision } from '../contract.ts';
import type { JournalDocument } from './document.ts';
import { restoreCommand } from './errors.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import { cutName, replaceFile } from './layout.ts';
import { readLines, type Line } from './lines.ts';
import { decodeChange, decodeJournalHeader, type ChangeRecord } from './record.ts';

export interface ReplayOptions {
  readonly files: JournalFiles;
  readonly directory: string;
  readonly logger: Logger;
  readonly document: JournalDocument;
}

/** The first line after the last good record that is not what was written. */
interface Damage {
  /** Counted from 1. */
  readonly line: number;
  readonly offset: number;
}

export interface Replayed {
  readonly base: Revision;
  /** Of its last good record; base where it has none. */
  readonly last: Revision;
  /** Bytes up to the end of the last good record. */
  readonly length: number;
  /** Of the file. */
  readonly bytes: number;
  /** Lines at its end that are not what was written. */
  readonly damage: Damage | undefined;
}

/**
 * Applies a journal to the document. Damage is harmless where the snapshot covers it, or where it was never
 * acknowledged: a crash may leave the last batch of writes half on the disk, its pages in any order. Which is which,
 * the "durable" of the lines after it tells.
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
  #length = 0;
  #damage: Damage | undefined;

  constructor(options: ReplayOptions, name: string) {
    this.#options = options;
    this.#name = name;
  }

  async run(file: JournalFile, before: Replayed | undefined): Promise<Replayed> {
    for await (const batch of readLines(file)) {
      for (const line of batch) {
        if (this.#base === undefined) this.#begin(line, before);
        else this.#take(line);
      }
    }
    if (this.#base === undefined) throw this.#corrupt(1, 'the file is empty');
    return { base: this.#base, last: this.#last, length: this.#length, bytes: await file.size(), damage: this.#damage };
  }

  #begin(line: Line, before: Replayed | undefined): void {
    const header = line.complete ? decodeJournalHeader(line.bytes) : undefined;
    if (header === undefined) throw this.#corrupt(line.number, 'the header is not as it was written');
    const known = this.#options.document.revision;
    if (header.base > known) {
      const missing = `revisions ${known + 1} to ${header.base} are missing: a snapshot or an earlier journal is gone`;
      throw this.#corrupt(line.number, before?.damage ? `${missing} or damaged` : missing);
    }
    if (before && header.base < before.last) {
      throw this.#corrupt(line.number, `it begins at revision ${header.base}, the journal before it ends later`);
    }
    this.#base = header.base;
    this.#last = header.base;
    this.#length = lineEnd(line);
  }

  #take(line: Line): void {
    const { document } = this.#options;
    const record = line.complete ? decodeChange(line.bytes) : undefined;
    if (record === undefined) {
      this.#damage ??= { line: line.number, offset: line.offset };
    } else if (record.revision <= this.#last) {
      throw this.#corrupt(line.number, `revision ${record.revision} comes after ${this.#last}`);
    } else if (record.revision <= document.revision + 1) {
      this.#accept(line, record);
    } else if (record.durable > document.revision) {
      throw this.#lost(this.#damage?.line ?? line.number);
    } else {
      // Of the batch that was being written: without the records before it, it counts for nothing either.
      this.#damage ??= { line: line.number, offset: line.offset };
    }
  }

  #accept(line: Line, record: ChangeRecord): void {
    const { document, logger } = this.#options;
    if (record.revision > document.revision) document.apply(record);
    if (this.#damage) {
      const fields = { file: this.#name, line: this.#damage.line };
      logger.warn(fields, 'a damaged line of the journal was passed over: nothing that counts was in it');
    }
    this.#damage = undefined;
    this.#last = record.revision;
    this.#length = lineEnd(line);
  }

  #lost(line: number): StorageCorruptError {
    const { document } = this.#options;
    return this.#corrupt(
      line,
      `revision ${document.revision + 1} was acknowledged and is damaged or missing`,
      `, or, giving up every change after revision ${document.revision}, keep only the ${line - 1} lines before it ` +
        `(head -n ${line - 1})`,
    );
  }

  #corrupt(line: number, what: string, otherWay = ''): StorageCorruptError {
    return new StorageCorruptError(
      `${join(this.#options.directory, this.#name)}, line ${line}: ${what}. Nothing was changed. The way out: ` +
        `restore the data folder from a backup (${restoreCommand(this.#options.directory)})${otherWay}`,
    );
  }
}

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
    const whole = cut.includes('\n');
    if (whole) await replaceFile(files, directory, cutName(last), (copy) => copy.write(cut, 0));
    await file.truncate(length);
    await file.sync();
    const fields = { file: name, bytes: cut.length, revision: last, ...(whole && { kept: cutName(last) }) };
    logger.warn(fields, 'the end of the journal was damaged and is cut off: it was not acknowledged');
  } finally {
    await file.close();
  }
}
