/** Reads protobuf's wire format. Source: https://protobuf.dev/programming-guides/encoding/ */
import { DecodeError } from './decode-error.ts';

/** A number is a varint, read as a signed 64-bit integer; bytes are a length-prefixed value. */
export type WireValue = number | Buffer;

const maxVarintBytes = 10;
/** A varint of this many bytes fits a double exactly. */
const exactVarintBytes = 7;
const lastTag = 2 ** 32;

/**
 * Calls `visit` for each field in the order of the wire. Fields of 32 and 64 bits, and groups, which no Kubernetes type
 * has, are passed over.
 * @throws DecodeError
 */
export function eachField(bytes: Buffer, visit: (number: number, value: WireValue) => void): void {
  const reader = new Reader(bytes);
  let openGroups = 0;
  while (!reader.atEnd) {
    const tag = reader.varint();
    if (tag < 8 || tag >= lastTag) throw new DecodeError(`proto: illegal tag ${tag}`);
    const value = fieldValue(reader, tag % 8);
    if (value === 'group') openGroups += 1;
    else if (value === 'end') openGroups -= 1;
    else if (value !== 'skipped' && openGroups === 0) visit(Math.floor(tag / 8), value);
    if (openGroups < 0) throw new DecodeError('proto: wiretype end group for non-group');
  }
  if (openGroups > 0) throw unexpectedEnd();
}

/** The numbers of a packed list. @throws DecodeError */
export function packedVarints(bytes: Buffer): number[] {
  const reader = new Reader(bytes);
  const values: number[] = [];
  while (!reader.atEnd) values.push(reader.varint());
  return values;
}

function fieldValue(reader: Reader, wireType: number): WireValue | 'group' | 'end' | 'skipped' {
  switch (wireType) {
    case 0:
      return reader.varint();
    case 1:
      reader.take(8);
      return 'skipped';
    case 2:
      return reader.take(reader.varint());
    case 3:
      return 'group';
    case 4:
      return 'end';
    case 5:
      reader.take(4);
      return 'skipped';
    default:
      throw new DecodeError(`proto: illegal wireType ${wireType}`);
  }
}

class Reader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  varint(): number {
    const start = this.#offset;
    const first = this.#bytes[start];
    if (first !== undefined && first < 0x80) {
      this.#offset += 1;
      return first;
    }
    while ((this.#bytes[this.#offset] ?? 0) >= 0x80) this.#offset += 1;
    if (this.#offset >= this.#bytes.length) throw unexpectedEnd();
    this.#offset += 1;
    const septets = this.#bytes.subarray(start, this.#offset);
    if (septets.length > maxVarintBytes) throw new DecodeError('proto: integer overflow');
    if (septets.length <= exactVarintBytes) return septets.reduceRight((sum, byte) => sum * 128 + (byte & 0x7f), 0);
    const exact = septets.reduceRight((sum, byte) => (sum << 7n) | BigInt(byte & 0x7f), 0n);
    return Number(BigInt.asIntN(64, exact));
  }

  take(length: number): Buffer {
    if (length < 0) throw new DecodeError('proto: negative length found during unmarshaling');
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw unexpectedEnd();
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }
}

function unexpectedEnd(): DecodeError {
  return new DecodeError('unexpected EOF');
}
