import { describe, expect, it } from 'vitest';
import { BackupError, decodeBackup, encodeBackup, type Backup } from '../../../src/storage/backup.ts';
import type { Entry } from '../../../src/storage/contract.ts';

const created = new Date('2026-03-01T10:00:00.123Z');
const entry = (key: string, revision: number, value: string): Entry => ({ key, revision, value: Buffer.from(value) });
const three = [entry('/a', 3, '{"n":1}'), entry('/b', 7, '{"n":2}'), entry('/c', 5, '{"n":3}')];

const encoded = (entries: readonly Entry[], revision = 9): string =>
  [...encodeBackup({ revision, entries, created })].join('');
const decoded = (text: string | Buffer, chunkBytes = 1 << 20): Promise<Backup> => {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      await Promise.resolve();
      yield bytes.subarray(at, at + chunkBytes);
    }
  }
  return decodeBackup(chunks());
};
const refusal = (text: string | Buffer): Promise<unknown> =>
  decoded(text).then(
    () => 'accepted',
    (error: unknown) => error,
  );

describe('a backup', () => {
  it('is lines of JSON that a person can read', () => {
    const lines = encoded(three)
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toEqual([
      { format: 'kubedirector-backup', version: 1, revision: 9, objects: 3, created: '2026-03-01T10:00:00Z' },
      { key: '/a', revision: 3, value: { n: 1 } },
      { key: '/b', revision: 7, value: { n: 2 } },
      { key: '/c', revision: 5, value: { n: 3 } },
      { end: true, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown },
    ]);
  });

  it.each([
    '{"kind":"App","labels":{"10":"x","9":"y"}}',
    '{"a":1.0}',
    '{"a": 1}',
    '{"a":1}\n',
    '{\r\n"a":1}',
    '{"a":12345678901234567890}',
    '{"a":1,"a":2}',
    '{"__proto__":{"a":1},"ü":"\u{1f600}\u2028"}',
    '{"end":true}',
    'null',
    '"text"',
    'not JSON at all',
    '1},{"x":1',
    '',
    '\ufeff{}',
  ])('gives %j back byte for byte, in chunks of any size', async (text) => {
    const source = [entry('/a', 1, text), entry('/é"\\,"value":', 2, text)];
    for (const chunkBytes of [1, 7, 1 << 20]) {
      const { revision, entries } = await decoded(encoded(source), chunkBytes);
      expect(revision).toBe(9);
      expect(entries).toEqual(source);
    }
  });

  it('has bytes that are no text in base64, says so by its version, and gives them back', async () => {
    const sealed = { key: '/b', revision: 7, value: Buffer.from([0x6b, 0xff, 0x0a, 0x00]) };
    const source = [entry('/a', 3, '{"n":1}'), sealed];
    const text = encoded(source);
    expect(text).toContain('"version":2');
    expect(text).toContain('{"key":"/b","revision":7,"base64":"a/8KAA=="}\n');
    expect((await decoded(text)).entries).toEqual(source);
  });

  it('may be the backup of an empty store', async () => {
    expect(await decoded(encoded([], 0))).toEqual({ revision: 0, created: '2026-03-01T10:00:00Z', entries: [] });
  });

  it('has the keys in bytewise order, also outside of the basic multilingual plane', async () => {
    const source = [entry('/\uffff', 1, '{}'), entry('/\u{10000}', 2, '{}')];
    expect((await decoded(encoded(source))).entries).toEqual(source);
    expect(String(await refusal(encoded(source.toReversed())))).toContain('line 3 comes twice or out of order');
  });

  it('is refused at any truncation, except for the last newline', async () => {
    const whole = encoded(three);
    for (let length = 0; length < whole.length - 1; length++) {
      expect(await refusal(whole.slice(0, length)), `cut at ${length}`).toBeInstanceOf(BackupError);
    }
    expect((await decoded(whole.slice(0, -1))).entries).toHaveLength(3);
    const withoutEnd = whole.slice(0, whole.indexOf('{"end"'));
    expect(String(await refusal(withoutEnd))).toContain('cut short: there is no closing line after the 4 lines');
  });

  it('is refused if any byte was changed', async () => {
    const whole = Buffer.from(encoded(three));
    for (let at = 0; at < whole.length - 1; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await refusal(changed), `byte ${at}`).toBeInstanceOf(BackupError);
    }
  });

  const [header = '', a = '', b = '', c = '', end = ''] = encoded(three).trimEnd().split('\n');
  it.each([
    ['no lines', [], 'it is empty'],
    ['another text', ['hello'], 'line 1 is not the header of a kubedirector backup'],
    ['a manifest', ['{"kind":"List"}'], 'line 1 is not the header of a kubedirector backup'],
    ['null', ['null'], 'line 1 is not the header'],
    ['a newer version', [header.replace('"version":1', '"version":3')], 'version 3; this program reads 1 and 2'],
    ['no header', [a, b, c, end], 'line 1 is not the header'],
    ['a missing line', [header, a, c, end], 'line 4 ends 2 objects; the header has 3'],
    ['a repeated line', [header, a, b, b, c, end], 'line 4 comes twice or out of order'],
    ['swapped lines', [header, b, a, c, end], 'line 3 comes twice or out of order'],
    ['another value', [header, a, b.replace('2}', '4}'), c, end], 'line 5 has another checksum'],
    ['a revision beyond its own', [header, a, b.replace('7', '10'), c, end], 'line 3 has revision 10'],
    ['a revision of 0', [header, a, b.replace('7', '0'), c, end], 'line 3 has revision 0'],
    ['an object without a key', [header, a, '{"revision":7,"value":{}}', c, end], 'line 3 is not an object'],
    ['an object without a value', [header, a, '{"key":"/b","revision":7}', c, end], 'line 3 is not an object'],
    ['an object with two values', [header, a, b.replace('"value"', '"base64":"","value"'), c, end], 'line 3 is not an'],
    ['a line after the end', [header, a, b, c, end, a], 'line 6 comes after the closing line'],
    ['another backup after the end', [header, a, b, c, end, header], 'line 6 comes after the closing line'],
  ])('is refused with %s, with the reason', async (_what, lines, reason) => {
    const error = await refusal(lines.map((line) => `${line}\n`).join(''));
    expect(error).toBeInstanceOf(BackupError);
    expect(String(error)).toContain(`nothing was restored: ${reason.startsWith('version') ? 'line 1' : ''}`);
    expect(String(error)).toContain(reason);
  });
});
