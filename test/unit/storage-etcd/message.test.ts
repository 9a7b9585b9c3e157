import { describe, expect, it } from 'vitest';
import { field, list, Message } from '../../../src/storage/protobuf/message.ts';

const inner = new Message({ name: field(1, 'string'), size: field(2, 'int64') });
const outer = new Message({
  flag: field(1, 'bool'),
  one: field(2, inner),
  many: list(3, inner),
  bytes: field(4, 'bytes'),
  id: field(15, 'id'),
  far: field(1000, 'int64'),
});

describe('a message of a table', () => {
  it('reads what it wrote', () => {
    const value = {
      flag: true,
      one: { name: 'ü', size: 3 },
      many: [
        { name: '', size: 0 },
        { name: 'x', size: 2 ** 53 - 1 },
      ],
      bytes: Buffer.from([0, 255]),
      id: '300',
      far: 128,
    };
    expect(outer.decode(outer.encode(value))).toEqual(value);
  });

  it('reads what was not sent as zeros', () => {
    const zeros = { flag: false, one: undefined, many: [], bytes: Buffer.alloc(0), id: '', far: 0 };
    expect(outer.decode(Buffer.alloc(0))).toEqual(zeros);
  });

  it.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32, 2 ** 42 + 1, 2 ** 49 - 1, 2 ** 49, 2 ** 53 - 1])(
    'keeps the number %d',
    (size) => {
      expect(inner.decode(inner.encode({ size })).size).toBe(size);
    },
  );

  it('writes the bytes that the encoding guide names', () => {
    const message = new Message({ a: field(1, 'int64'), b: field(2, 'string') });
    expect(message.encode({ a: 150 })).toEqual(Buffer.from('089601', 'hex'));
    expect(message.encode({ b: 'testing' })).toEqual(Buffer.from('120774657374696e67', 'hex'));
  });

  it('reads negative numbers, and the largest unsigned one', () => {
    const minusOne = Buffer.from('ffffffffffffffffff01', 'hex');
    expect(inner.decode(Buffer.concat([Buffer.from([0x10]), minusOne])).size).toBe(-1);
    expect(outer.decode(Buffer.concat([Buffer.from([0x78]), minusOne])).id).toBe('18446744073709551615');
  });

  it('passes over fields that it does not know, of every type', () => {
    const unknown = Buffer.concat([
      Buffer.from([0x50, 0x96, 0x01]), // 10: a number
      Buffer.from([0x59, 1, 2, 3, 4, 5, 6, 7, 8]), // 11: 64 bits
      Buffer.from([0x62, 2, 7, 7]), // 12: bytes
      Buffer.from([0x6d, 1, 2, 3, 4]), // 13: 32 bits
      inner.encode({ name: 'n' }),
    ]);
    expect(inner.decode(unknown)).toEqual({ name: 'n', size: 0 });
  });

  it('refuses bytes that end too early', () => {
    const bytes = inner.encode({ name: 'name', size: 300 });
    for (const length of [1, 2, 4, bytes.length - 1]) {
      expect(() => inner.decode(bytes.subarray(0, length))).toThrow(RangeError);
    }
  });
});
