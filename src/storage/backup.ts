/**
 * A backup of a store, whichever engine it is of: lines of JSON that a person or jq can read.
 *
 *   {"format":"kubedirector-backup","version":1,"revision":9,"objects":1,"created":"2026-03-01T10:00:00Z"}
 *   {"key":"/a","revision":8,"value":{"kind":…}}
 *   {"end":true,"sha256":"…"}
 *
 * There is one line for each object, in key order, with the revision of its last write. "value" is the document; a
 * document that JSON would not give back byte for byte (it spans lines, or has other white space) is a JSON string
 * under "text" instead. Bytes that are no text (they are encrypted) are under "base64"; a backup with any of them is of
 * version 2. The last line has the SHA-256 of all lines before it, newlines included: a backup that was cut
 * short, or changed, is refused.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Entry, Revision } from './contract.ts';

interface BackupSource {
  /** The revision of the state that the entries show. */
  readonly revision: Revision;
  /** All of them, in key order. */
  readonly entries: readonly Entry[];
  readonly created: Date;
}

/** All entries of a store at one revision. */
export interface Backup {
  readonly revision: Revision;
  readonly entries: readonly Entry[];
  /** RFC 3339. */
  readonly created: string;
}

/** The text is not a backup, is of a newer version, or was changed; the message names the line. */
export class BackupError extends Error {
  constructor(reason: string) {
    super(`the backup is refused, nothing was restored: ${reason}`);
    this.name = 'BackupError';
  }
}

const format = 'kubedirector-backup';
/** In 1, all values are text. */
const versions: readonly unknown[] = [1, 2];

/** The lines of a backup, each with its newline. */
export function* encodeBackup({ revision, entries, created }: BackupSource): Generator<string, void, undefined> {
  const hash = createHash('sha256');
  const hashed = (line: string): string => {
    hash.update(line);
    return line;
  };
  const version = entries.every(({ value }) => isUtf8(value)) ? 1 : 2;
  const time = `${created.toISOString().slice(0, 19)}Z`;
  yield hashed(`${JSON.stringify({ format, version, revision, objects: entries.length, created: time })}\n`);
  for (const entry of entries) yield hashed(`${encodeEntry(entry)}\n`);
  yield `${JSON.stringify({ end: true, sha256: hash.digest('hex') })}\n`;
}

function encodeEntry({ key, revision, value }: Entry): string {
  const head = `{"key":${JSON.stringify(key)},"revision":${revision}`;
  if (!isUtf8(value)) return `${head},"base64":"${value.toString('base64')}"}`;
  const text = value.toString();
  const inline = `${head},"value":${text}}`;
  return comesBack(inline, text) ? inline : `${head},"text":${JSON.stringify(text)}}`;
}

function comesBack(line: string, text: string): boolean {
  try {
    return JSON.stringify(parse(line)['value']) === text;
  } catch {
    return false; // not JSON at all: kept as text
  }
}

/**
 * Reads a backup to its end.
 * @throws BackupError
 */
export async function decodeBackup(chunks: AsyncIterable<Uint8Array>): Promise<Backup> {
  const reader = new BackupReader();
  for await (const line of linesOf(chunks)) reader.take(line);
  return reader.finish();
}

/** Without their newlines. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let rest: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      yield Buffer.concat([...rest, chunk.subarray(start, end)]);
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

interface Fields {
  readonly [field: string]: unknown;
}

interface Header {
  readonly revision: Revision;
  readonly objects: number;
  readonly created: string;
}

class BackupReader {
  readonly #hash = createHash('sha256');
  readonly #entries: Entry[] = [];
  #header: Header | undefined;
  /** UTF-8 of the last key. */
  #lastKey = Buffer.alloc(0);
  #line = 0;
  #ended = false;

  take(line: Buffer): void {
    this.#line++;
    if (this.#ended) throw this.#refused('comes after the closing line');
    const fields = this.#parsed(line);
    if (this.#header === undefined) this.#header = this.#decodeHeader(fields);
    else if (fields['end'] === true) this.#end(fields);
    else this.#entries.push(this.#decodeEntry(fields, this.#header));
    this.#hash.update(line).update('\n');
  }

  finish(): Backup {
    if (this.#header === undefined) throw new BackupError('it is empty');
    if (!this.#ended) {
      throw new BackupError(`it is cut short: there is no closing line after the ${this.#line} lines that it has`);
    }
    const { revision, created } = this.#header;
    return { revision, created, entries: this.#entries };
  }

  #parsed(line: Buffer): Fields {
    try {
      return parse(line.toString());
    } catch {
      if (this.#header === undefined) throw this.#refused('is not the header of a kubedirector backup');
      throw this.#refused('is not a line of JSON: the backup is cut short or was changed');
    }
  }

  #decodeHeader(fields: Fields): Header {
    if (fields['format'] !== format) throw this.#refused('is not the header of a kubedirector backup');
    if (!versions.includes(fields['version'])) {
      const found = JSON.stringify(fields['version']);
      throw this.#refused(`says that the backup is of version ${found}; this program reads ${versions.join(' and ')}`);
    }
    const { revision, objects, created } = fields;
    if (!isCount(revision) || !isCount(objects) || typeof created !== 'string') {
      throw this.#refused('is not the header of a kubedirector backup');
    }
    return { revision, objects, created };
  }

  #decodeEntry(fields: Fields, header: Header): Entry {
    const { key, revision } = fields;
    const value = valueOf(fields);
    if (typeof key !== 'string' || !isCount(revision) || value === undefined) {
      throw this.#refused('is not an object of a backup');
    }
    if (revision < 1 || revision > header.revision) {
      throw this.#refused(`has revision ${revision}, the backup is of revision ${header.revision}`);
    }
    const bytes = Buffer.from(key);
    if (Buffer.compare(bytes, this.#lastKey) <= 0) throw this.#refused('comes twice or out of order');
    this.#lastKey = bytes;
    return { key, revision, value };
  }

  #end({ sha256 }: Fields): void {
    const expected = this.#header?.objects;
    if (this.#entries.length !== expected) {
      throw this.#refused(`ends ${this.#entries.length} objects; the header has ${expected}`);
    }
    if (sha256 !== this.#hash.copy().digest('hex')) {
      throw this.#refused('has another checksum than the lines before it: the backup was changed or is damaged');
    }
    this.#ended = true;
  }

  #refused(what: string): BackupError {
    return new BackupError(`line ${this.#line} ${what}`);
  }
}

/** Undefined unless exactly one of the fields has it. */
function valueOf({ value, text, base64 }: Fields): Buffer | undefined {
  if ([value, text, base64].filter((field) => field !== undefined).length !== 1) return undefined;
  if (typeof text === 'string') return Buffer.from(text);
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64');
  return value === undefined ? undefined : Buffer.from(JSON.stringify(value));
}

function parse(text: string): Fields {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw new TypeError('not an object');
  // The decoding border: every field is looked at before it is used.
  return parsed as Fields;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
