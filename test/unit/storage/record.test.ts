import { describe, expect, it } from 'vitest';
import {
  decodeCommit,
  decodeEntry,
  decodeJournalHeader,
  decodeSnapshotHeader,
  encodeCommit,
  encodeEntry,
  encodeJournalHeader,
  encodeSnapshotHeader,
  type CommitRecord,
} from '../../../src/storage/journal/record.ts';

const one = (revision: number, durable: number, key: string, document: string): CommitRecord => ({
  ...{ revision, durable },
  changes: [{ key, value: Buffer.from(document) }],
});
const several = {
  changes: [
    { key: '/a', value: Buffer.from('{"n":1}') },
    { key: '/b', value: 'deleted' as const },
    { key: '/c', value: Buffer.from('{"n":2}') },
  ],
};
const noText = Buffer.from([0x00, 0xff, 0x0a, 0x22, 0x0d, 0xc3]);
const withoutNewline = (line: Buffer): Buffer => line.subarray(0, -1);

describe('a line of the journal', () => {
  it('is JSON that contains the document unchanged', () => {
    const line = encodeCommit(one(8, 6, '/a/ü"\\', '{"n": 1.50}'));
    expect(line.toString()).toMatch(
      /^\{"revision":8,"durable":6,"key":"\/a\/ü\\"\\\\","value":\{"n": 1\.50\},"checksum":"[0-9a-f]{8}"\}\n$/,
    );
    expect(JSON.parse(line.toString())).toMatchObject({ revision: 8, durable: 6, key: '/a/ü"\\', value: { n: 1.5 } });
  });

  it('is JSON that contains the documents of several changes unchanged', () => {
    const line = encodeCommit({
      ...{ revision: 8, durable: 6 },
      changes: [
        { key: '/a', value: Buffer.from('{"n": 1.50}') },
        { key: '/b', value: 'deleted' },
        { key: '/c', value: Buffer.from('{\n}') },
        { key: '/d', value: Buffer.from('7') },
      ],
    });
    expect(line.toString()).toMatch(/"values":\[\{"n": 1\.50\},7\],"checksum":"[0-9a-f]{8}"\}\n$/);
    expect(JSON.parse(line.toString())).toMatchObject({
      ...{ revision: 8, durable: 6, values: [{ n: 1.5 }, 7] },
      changes: [
        { key: '/a', bytes: 11 },
        { key: '/b', deleted: true },
        { key: '/c', text: '{\n}' },
        { key: '/d', bytes: 1 },
      ],
    });
  });

  it.each([
    ['a put', one(1, 0, '/a', '{"a":[1,2]}')],
    ['a delete', { revision: 9007199254740991, durable: 5, changes: [{ key: '/a', value: 'deleted' as const }] }],
    ['a key that looks like a field', one(2, 1, '","value":{},"deleted":true,"', '1')],
    [
      'a document that looks like a line',
      one(2, 1, '/k', '{"a":1,"value":2,"text":"t","deleted":true,"checksum":"00000000"}'),
    ],
    ['a document that looks like several changes', one(2, 1, '/k', '{"changes":[{"key":"/a"}],"values":[1]}')],
    ['a document of several lines', one(2, 1, '/k', '{\r\n "a": "ü\u2028🙂"\n}')],
    ['an empty document', one(2, 1, '/k', '')],
    ['bytes that are no text', { ...one(2, 1, '/k', ''), changes: [{ key: '/k","value":', value: noText }] }],
    [
      'several changes of every sort',
      {
        ...{ revision: 3, durable: 1 },
        changes: [
          { key: '/1', value: Buffer.alloc(0) },
          { key: '/2","values":[', value: Buffer.from('{"values":[1],"value":2}') },
          { key: '/3', value: 'deleted' as const },
          { key: '/4', value: Buffer.from('["ü"\n,",\\"values\\":["]') },
          { key: '/5', value: Buffer.from('],"values":[') },
          { key: '/6', value: Buffer.alloc(0) },
          { key: '/7', value: noText },
        ],
      },
    ],
    [
      'deletions only',
      {
        ...{ revision: 3, durable: 1 },
        changes: [
          { key: '/a', value: 'deleted' as const },
          { key: '/b', value: 'deleted' as const },
        ],
      },
    ],
  ])('can be decoded with %s', (_, record) => {
    const line = encodeCommit(record);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(decodeCommit(withoutNewline(line))).toEqual(record);
  });

  it.each([
    ['one change', one(8, 6, '/a', '{"n":1}')],
    ['several changes', { ...several, revision: 8, durable: 6 }],
  ])('of %s is refused if any byte of it is changed or missing', (_, record) => {
    const line = withoutNewline(encodeCommit(record));
    for (let index = 0; index < line.length; index++) {
      const changed = Buffer.from(line);
      changed[index] = (line[index] ?? 0) ^ 1;
      expect(decodeCommit(changed)).toBeUndefined();
      expect(decodeCommit(line.subarray(0, index))).toBeUndefined();
      expect(decodeCommit(Buffer.concat([line.subarray(0, index), line.subarray(index + 1)]))).toBeUndefined();
    }
  });

  it('is not decoded as a line of another kind', () => {
    const header = withoutNewline(encodeJournalHeader({ base: 7 }));
    const snapshot = withoutNewline(encodeSnapshotHeader({ revision: 7, entries: 1 }));
    const entry = withoutNewline(encodeEntry({ key: '/a', value: Buffer.from('1'), revision: 7 }));
    const commit = withoutNewline(encodeCommit({ ...several, revision: 8, durable: 6 }));
    const deletion = withoutNewline(
      encodeCommit({ revision: 8, durable: 6, changes: [{ key: '/a', value: 'deleted' }] }),
    );
    expect(decodeJournalHeader(header)).toEqual({ base: 7 });
    expect(decodeSnapshotHeader(snapshot)).toEqual({ revision: 7, entries: 1 });
    expect(decodeEntry(entry)).toEqual({ key: '/a', value: Buffer.from('1'), revision: 7 });
    const none = [undefined, undefined, undefined, undefined];
    expect([snapshot, entry, deletion, commit].map(decodeJournalHeader)).toEqual(none);
    expect([header, entry, deletion, commit].map(decodeSnapshotHeader)).toEqual(none);
    expect([header, snapshot, deletion, commit].map(decodeEntry)).toEqual(none);
    expect([header, snapshot, entry].map(decodeCommit)).toEqual([undefined, undefined, undefined]);
  });
});
