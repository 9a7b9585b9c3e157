/**
 * What a lock file holds: one line of JSON, blanks up to a fixed length, a newline.
 *
 *   {"pid":7,"host":"a","boot":"…","pidNamespace":"…","started":"…","beat":3,"fence":0,"reached":{…},"checksum":"…"}
 *   {"released":true,"beat":4,"fence":0,"reached":{…},"checksum":"…"}
 *
 * "reached" is how far the journal was acknowledged. It is written in place after every batch of writes and stays within
 * one sector of a disk, so a crash leaves the old line, the new one, or one that does not match its checksum.
 */
import type { Revision } from '../contract.ts';
import type { ProcessIdentity } from './processes.ts';
import { seal, unseal } from './record.ts';

/** How far the journal was acknowledged: the least that a start must find. */
export interface Reached {
  readonly revision: Revision;
  /** Of the journal that the last acknowledged record is in. */
  readonly base: Revision;
  /** Length of that journal up to the end of that record. */
  readonly bytes: number;
  /** CRC-32 of those bytes. */
  readonly checksum: number;
}

/** The content of a lock file. */
export interface LockRecord {
  /** Undefined where the holder has released it, or the text cannot be read. */
  readonly holder: ProcessIdentity | undefined;
  readonly released: boolean;
  /** Rises with each heartbeat; -1 where the text cannot be read. */
  readonly beat: number;
  /**
   * Files of an epoch below this one may still be written by a holder that was taken for dead (see epochs.ts); 0 where
   * there never was such a holder.
   */
  readonly fence: number;
  readonly reached: Reached | undefined;
}

const unreadable: LockRecord = { holder: undefined, released: false, beat: -1, fence: 0, reached: undefined };

/** Bytes; more only for a host with a very long name. */
const recordBytes = 512;

/** The line for a lock file, with its checksum. */
export function encodeLock({ holder, released, beat, fence, reached }: LockRecord): Buffer {
  const body = JSON.stringify({ ...(released ? { released } : holder), beat, fence, ...(reached && { reached }) });
  const line = seal(body.slice(0, -1)).toString().trimEnd();
  const length = Math.max(recordBytes, Buffer.byteLength(line) + 1);
  return Buffer.concat([Buffer.from(line), Buffer.alloc(length - Buffer.byteLength(line) - 1, ' '), Buffer.from('\n')]);
}

/** One that is being written, or was torn, gives a record without holder; one of an earlier version has no checksum. */
export function decodeLock(text: string): LockRecord {
  const line = text.trimEnd();
  const fields = parse(line);
  if (fields === undefined || ('checksum' in fields && unseal(Buffer.from(line)) === undefined)) return unreadable;
  const { beat = 0, fence = 0, reached, released } = fields;
  const common = { beat, fence, reached };
  if (released === true) return { ...common, holder: undefined, released };
  const { pid, host, boot, pidNamespace, started } = fields;
  if (pid === undefined) return unreadable;
  const holder = { pid, host: host ?? '', boot: boot ?? '', pidNamespace: pidNamespace ?? '', started: started ?? '' };
  return { ...common, holder, released: false };
}

type LockFields = Partial<ProcessIdentity> & Partial<Pick<LockRecord, 'beat' | 'fence' | 'reached' | 'released'>>;

function parse(line: string): LockFields | undefined {
  try {
    const fields: unknown = JSON.parse(line);
    // The decoding border: a lock is written by this program alone.
    return typeof fields === 'object' && fields !== null ? fields : undefined;
  } catch {
    return undefined; // being written, or torn: its heartbeat will tell
  }
}
