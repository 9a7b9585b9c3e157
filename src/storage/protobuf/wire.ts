/** Protobuf's wire format, as far as etcd's messages need it. Source: https://protobuf.dev/programming-guides/encoding/ */

/** A varint of so many bytes fits a double exactly. */
const exactVarintBytes = 7;
const maxVarintBytes = 10;

/** How a value stands on the wire. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Reads one message. All methods throw a RangeError where the bytes end too early. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** A signed 64-bit integer; beyond 2^53 it loses digits. */
  int64(): number {
    let value = 0;
    let scale = 1;
    const start = this.#at;
    for (let index = 0; index < exactVarintBytes; index++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    this.#at = start;
    return Number(BigInt.asIntN(64, this.uint64()));
  }

  uint64(): bigint {
    let value = 0n;
    for (let index = 0; index < maxVarintBytes; index++) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError('a number in a protobuf message is longer than 64 bits');
  }

  /** A part of the message's own memory. */
  bytes(): Buffer {
    return this.#take(this.int64());
  }

  skip(type: number): void {
    if (type === wireType.varint) this.uint64();
    else if (type === wireType.fixed64) this.#take(8);
    else if (type === wireType.bytes) this.bytes();
    else if (type === wireType.fixed32) this.#take(4);
    else throw new RangeError(`a protobuf message has a field of type ${type}`);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw tooShort();
    this.#at += 1;
    return byte;
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw tooShort();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** The bytes of a number that is not negative. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

function tooShort(): RangeError {
  return new RangeError('a protobuf message ends too early');
}
