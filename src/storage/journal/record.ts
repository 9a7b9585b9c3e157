/**
 * The lines of journal and snapshot: JSON that a person or jq can read, each closed by the CRC-32 of all before it.
 *
 *   {"journal":1,"base":1,"first":true,"checksum":"…"}                                 first line of a folder's first journal
 *   {"journal":1,"base":6,"checksum":"…"}                                              first line of a later one
 *   {"revision":8,"durable":6,"key":"/a","value":{"kind":…},"checksum":"…"}            a put
 *   {"revision":9,"durable":8,"key":"/a","deleted":true,"checksum":"…"}                a delete
 *   {"revision":9,"durable":8,"changes":[{"key":"/a","bytes":12},{"key":"/b","deleted":true}],"values":[{"kind":…}],"checksum":"…"}
 *                                                                                      several changes of one commit
 *   {"snapshot":1,"revision":9,"entries":1,"checksum":"…"}                             first line of a snapshot
 *   {"revision":8,"key":"/a","value":{"kind":…},"checksum":"…"}                        an entry of a snapshot
 *
 * "value" holds the document's bytes as they came; a document that spans lines is a JSON string under "text" instead, and
 * bytes that are no text are under "base64".
 * "values" holds those of several changes, in their order; "bytes" is the length of each. A commit is one line, so that
 * a crash leaves all of it or nothing.
 *
 * "durable" is the newest revision that was durable when the line was written: a line that names N proves that all
 * lines up to N had reached the disk, so what is missing below N was lost, and what is missing above it was never
 * acknowledged.
 */
import { crc32 } from 'node:zlib';
import type { Entry, Revision, Write } from '../contract.ts';
import { decodeChanges, encodeChanges, headOfChanges, isChangesLine } from './changes-line.ts';
import { hasAt, plainHead } from './plain-head.ts';
import { formOf, valueIn } from './value-form.ts';

/** A commit as the journal keeps it. */
export interface CommitRecord {
  readonly revision: Revision;
  readonly durable: Revision;
  /** In the order of their keys. At least one. */
  readonly changes: readonly Write[];
}

/** The first line of a journal. */
export interface JournalHeader {
  /** The revision before the first record. */
  readonly base: Revision;
  /** Nothing was stored before it: there is no snapshot of that revision. */
  readonly first?: boolean;
}

/** Of a store in which nothing was ever written: it is at revision 1 as an empty etcd, because 0 means "any" to clients. */
export const firstHeader: JournalHeader = { base: 1, first: true };

/** The first line of a snapshot. */
export interface SnapshotHeader {
  readonly revision: Revision;
  readonly entries: number;
}

/** The line of a commit in the journal, with its checksum. */
export function encodeCommit({ revision, durable, changes }: CommitRecord): Buffer {
  const head = `{"revision":${revision},"durable":${durable}`;
  const [only] = changes;
  if (only === undefined || changes.length > 1) return sealParts([Buffer.from(head), ...encodeChanges(changes)]);
  const keyed = `${head},"key":${JSON.stringify(only.key)}`;
  return only.value === 'deleted' ? seal(`${keyed},"deleted":true`) : sealWithValue(keyed, only.value);
}

/** The line of an entry in a snapshot, with its checksum. */
export function encodeEntry(entry: Entry): Buffer {
  return sealWithValue(`{"revision":${entry.revision},"key":${JSON.stringify(entry.key)}`, entry.value);
}

/** The first line of a journal. */
export function encodeJournalHeader({ base, first = false }: JournalHeader): Buffer {
  return seal(`{"journal":1,"base":${base}${first ? ',"first":true' : ''}`);
}

/** The first line of a snapshot, with its checksum. */
export function encodeSnapshotHeader({ revision, entries }: SnapshotHeader): Buffer {
  return seal(`{"snapshot":1,"revision":${revision},"entries":${entries}`);
}

/** Undefined where the line is not a whole, undamaged record of a journal. Its value is a part of the line. */
export function decodeCommit(line: Buffer): CommitRecord | undefined {
  const body = unseal(line);
  if (body === undefined) return undefined;
  const plain = plainHead(body);
  if (plain?.durable !== undefined) {
    const { revision, durable, key, valueAt } = plain;
    return { revision, durable, changes: [{ key, value: body.subarray(valueAt) }] };
  }
  const { head, changes } = isChangesLine(body) ? splitChanges(body) : splitChange(body);
  if (!changes || !isRevision(head?.revision) || !isRevision(head.durable)) return undefined;
  return { revision: head.revision, durable: head.durable, changes };
}

/** Undefined where the line is not a whole, undamaged entry of a snapshot. Its value is a part of the line. */
export function decodeEntry(line: Buffer): Entry | undefined {
  const body = unseal(line);
  if (body === undefined) return undefined;
  const plain = plainHead(body);
  if (plain !== undefined && plain.durable === undefined) {
    return { revision: plain.revision, key: plain.key, value: body.subarray(plain.valueAt) };
  }
  const { head, value } = splitValue(body);
  if (!head || !value || !isRevision(head.revision) || typeof head.key !== 'string') return undefined;
  return { revision: head.revision, key: head.key, value };
}

/** Undefined where the line is not the undamaged header of a journal. */
export function decodeJournalHeader(line: Buffer): JournalHeader | undefined {
  const body = unseal(line);
  const head = body && parseHead(body.toString());
  if (head?.journal !== 1 || !isRevision(head.base)) return undefined;
  return head.first === true ? { base: head.base, first: true } : { base: head.base };
}

/** Undefined where the line is not the undamaged header of a snapshot. */
export function decodeSnapshotHeader(line: Buffer): SnapshotHeader | undefined {
  const body = unseal(line);
  const head = body && parseHead(body.toString());
  if (head?.snapshot !== 1 || !isRevision(head.revision) || !isRevision(head.entries)) return undefined;
  return { revision: head.revision, entries: head.entries };
}

const checksumMark = Buffer.from(',"checksum":"');
const checksumDigits = 8;
const tailEnd = Buffer.from('"}');
const tailLength = checksumMark.length + checksumDigits + tailEnd.length;

interface SplitCommit {
  readonly head?: Head | undefined;
  readonly changes?: readonly Write[] | undefined;
}

function splitChange(body: Buffer): SplitCommit {
  const { head, value } = splitValue(body);
  if (typeof head?.key !== 'string') return {};
  const written = head.deleted === true ? 'deleted' : value;
  return written === undefined ? {} : { head, changes: [{ key: head.key, value: written }] };
}

function splitChanges(body: Buffer): SplitCommit {
  const { head: text, valuesAt } = headOfChanges(body);
  const head = parseHead(text);
  return { head, changes: head && decodeChanges(head.changes, body.subarray(valuesAt)) };
}

function sealParts(parts: readonly Buffer[]): Buffer {
  const checksum = parts.reduce((sum, part) => crc32(part, sum), 0);
  return Buffer.concat([...parts, ending(checksum)]);
}

function sealWithValue(head: string, value: Buffer): Buffer {
  const form = formOf(value);
  if (form === 'text') return seal(`${head},"text":${JSON.stringify(value.toString())}`);
  if (form === 'base64') return seal(`${head},"base64":"${value.toString('base64')}"`);
  const start = Buffer.from(`${head},"value":`);
  return Buffer.concat([start, value, ending(crc32(value, crc32(start)))]);
}

/** Completes a JSON object that lacks its last brace with the checksum of the text before. */
export function seal(body: string): Buffer {
  return Buffer.concat([Buffer.from(body), ending(crc32(body))]);
}

function ending(checksum: number): Buffer {
  return Buffer.from(`,"checksum":"${checksum.toString(16).padStart(8, '0')}"}\n`);
}

/** The part of a line before its checksum; undefined if the checksum does not match. */
export function unseal(line: Buffer): Buffer | undefined {
  const end = line.length - tailLength;
  if (end < 0) return undefined;
  const digitsAt = end + checksumMark.length;
  if (!hasAt(line, end, checksumMark) || !hasAt(line, digitsAt + checksumDigits, tailEnd)) return undefined;
  const body = line.subarray(0, end);
  return crc32(body) === hexadecimal(line, digitsAt) ? body : undefined;
}

/** The number of eight digits; NaN where one of them is none. */
function hexadecimal(line: Buffer, at: number): number {
  let value = 0;
  for (let index = at; index < at + checksumDigits; index++) {
    const byte = line[index] ?? 0;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    if (!isDigit && (byte < 0x61 || byte > 0x66)) return Number.NaN;
    value = value * 16 + (isDigit ? byte - 0x30 : byte - 0x57);
  }
  return value;
}

interface Head {
  readonly [field: string]: unknown;
}

const valueMark = Buffer.from(',"value":');

/** The mark cannot occur inside the key before it, because in a JSON string every quote follows a backslash. */
function splitValue(body: Buffer): { head?: Head | undefined; value?: Buffer } {
  const at = body.indexOf(valueMark);
  if (at !== -1) {
    return { head: parseHead(body.toString('utf8', 0, at)), value: body.subarray(at + valueMark.length) };
  }
  const head = parseHead(body.toString());
  const value = valueIn(head);
  return value === undefined ? { head } : { head, value };
}

function parseHead(text: string): Head | undefined {
  try {
    // The decoding border: every field is looked at before it is used.
    return JSON.parse(`${text}}`) as Head;
  } catch {
    return undefined; // the caller reports the line as damaged
  }
}

function isRevision(value: unknown): value is Revision {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
