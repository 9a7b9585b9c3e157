/** Reads the beginning of a line without a JSON parser: a start reads a hundred thousand of them. */
import type { Revision } from '../contract.ts';

/** What comes before the value. */
interface PlainHead {
  readonly revision: Revision;
  /** Undefined in a snapshot. */
  readonly durable: Revision | undefined;
  readonly key: string;
  /** Where the value begins. */
  readonly valueAt: number;
}

const revisionMark = Buffer.from('{"revision":');
const durableMark = Buffer.from(',"durable":');
const keyMark = Buffer.from(',"key":"');
const valueMark = Buffer.from(',"value":');
const zero = 0x30;
const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;
const delete_ = 0x7f;
/** Every number of so many digits is a safe integer. */
const maxDigits = 15;

/** Undefined where a line looks in any way unusual: it has several changes, or a key beyond ASCII. A JSON parser decides then. */
export function plainHead(body: Buffer): PlainHead | undefined {
  if (!hasAt(body, 0, revisionMark)) return undefined;
  const revision = new Digits(body, revisionMark.length);
  let durable: Digits | undefined;
  let { end } = revision;
  if (hasAt(body, end, durableMark)) {
    durable = new Digits(body, end + durableMark.length);
    end = durable.end;
    if (!durable.isNumber) return undefined;
  }
  if (!revision.isNumber || !hasAt(body, end, keyMark)) return undefined;
  const keyAt = end + keyMark.length;
  let keyEnd = keyAt;
  for (let byte = body[keyEnd]; byte !== quote; byte = body[++keyEnd]) {
    if (byte === undefined || byte === backslash || byte < space || byte >= delete_) return undefined;
  }
  if (!hasAt(body, keyEnd + 1, valueMark)) return undefined;
  return {
    revision: revision.value,
    durable: durable?.value,
    key: body.toString('latin1', keyAt, keyEnd),
    valueAt: keyEnd + 1 + valueMark.length,
  };
}

/** The number that begins at a place. */
class Digits {
  readonly value: number;
  readonly end: number;
  /** Whether it is one, and as JSON writes it. */
  readonly isNumber: boolean;

  constructor(body: Buffer, start: number) {
    let value = 0;
    let end = start;
    for (; end < start + maxDigits; end++) {
      const digit = (body[end] ?? 0) - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.value = value;
    this.end = end;
    this.isNumber = end > start && (body[start] !== zero || end === start + 1);
  }
}

/** Whether these bytes stand at this place. */
export function hasAt(body: Buffer, at: number, bytes: Buffer): boolean {
  for (let index = 0; index < bytes.length; index++) if (body[at + index] !== bytes[index]) return false;
  return true;
}
