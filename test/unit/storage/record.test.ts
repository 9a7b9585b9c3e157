import { describe, expect, it } from 'vitest';
import {
  decodeChange,
  decodeEntry,
  decodeJournalHeader,
  decodeSnapshotHeader,
  encodeChange,
  encodeEntry,
  encodeJournalHeader,
  encodeSnapshotHeader,
} from '../../../src/storage/journal/record.ts';

const withoutNewline = (line: Buffer): Buffer => line.subarray(0, -1);

describe('a line of the journal', () => {
  it('is JSON that contains the document unchanged', () => {
    const line = encodeChange({ revision: 8, durable: 6, key: '/a/ü"\\', value: Buffer.from('{"n": 1.50}') });
    expect(line.toString()).toMatch(
      /^\{"revision":8,"durable":6,"key":"\/a\/ü\\"\\\\","value":\{"n": 1\.50\},"checksum":"[0-9a-f]{8}"\}\n$/,
    );
    expect(JSON.parse(line.toString())).toMatchObject({ revision: 8, durable: 6, key: '/a/ü"\\', value: { n: 1.5 } });
  });

  it.each([
    ['a put', { revision: 1, durable: 0, key: '/a', value: Buffer.from('{"a":[1,2]}') }],
    ['a delete', { revision: 9007199254740991, durable: 5, key: '/a' }],
    [
      'a key that looks like a field',
      { revision: 2, durable: 1, key: '","value":{},"deleted":true,"', value: Buffer.from('1') },
    ],
    [
      'a document that looks like a line',
      {
        revision: 2,
        durable: 1,
        key: '/k',
        value: Buffer.from('{"a":1,"value":2,"text":"t","deleted":true,"checksum":"00000000"}'),
      },
    ],
    [
      'a document of several lines',
      { revision: 2, durable: 1, key: '/k', value: Buffer.from('{\r\n "a": "ü\u2028🙂"\n}') },
    ],
    ['an empty document', { revision: 2, durable: 1, key: '/k', value: Buffer.alloc(0) }],
  ])('can be decoded with %s', (_, record) => {
    const line = encodeChange(record);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(decodeChange(withoutNewline(line))).toEqual(record);
  });

  it('is refused if any byte of it is changed or missing', () => {
    const line = withoutNewline(encodeChange({ revision: 8, durable: 6, key: '/a', value: Buffer.from('{"n":1}') }));
    for (let index = 0; index < line.length; index++) {
      const changed = Buffer.from(line);
      changed[index] = (line[index] ?? 0) ^ 1;
      expect(decodeChange(changed)).toBeUndefined();
      expect(decodeChange(line.subarray(0, index))).toBeUndefined();
      expect(decodeChange(Buffer.concat([line.subarray(0, index), line.subarray(index + 1)]))).toBeUndefined();
    }
  });

  it('is not decoded as a line of another kind', () => {
    const header = withoutNewline(encodeJournalHeader({ base: 7 }));
    const snapshot = withoutNewline(encodeSnapshotHeader({ revision: 7, entries: 1 }));
    const entry = withoutNewline(encodeEntry({ key: '/a', value: Buffer.from('1'), revision: 7 }));
    const deletion = withoutNewline(encodeChange({ revision: 8, durable: 6, key: '/a' }));
    expect(decodeJournalHeader(header)).toEqual({ base: 7 });
    expect(decodeSnapshotHeader(snapshot)).toEqual({ revision: 7, entries: 1 });
    expect(decodeEntry(entry)).toEqual({ key: '/a', value: Buffer.from('1'), revision: 7 });
    expect([snapshot, entry, deletion].map(decodeJournalHeader)).toEqual([undefined, undefined, undefined]);
    expect([header, entry, deletion].map(decodeSnapshotHeader)).toEqual([undefined, undefined, undefined]);
    expect([header, snapshot, deletion].map(decodeEntry)).toEqual([undefined, undefined, undefined]);
    expect([header, snapshot, entry].map(decodeChange)).toEqual([undefined, undefined, undefined]);
  });
});
