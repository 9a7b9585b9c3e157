/** Cutting texts by bytes of their JSON. */
import { describe, expect, test } from 'vitest';
import { cutEnd, cutStart, jsonBytes } from '../../../src/meta/cut.ts';

const samples = [
  'plain words, many of them',
  '\u0000\u0001\n\t"\\',
  '\ufffd'.repeat(40),
  '😀'.repeat(20),
  'aé😀\ud800b'.repeat(9),
  '',
];

/** Without lone halves of surrogate pairs. */
const isWellFormed = (text: string): boolean => !JSON.stringify(text).includes('\\ud');

describe.each([
  ['the end', cutEnd],
  ['the beginning', cutStart],
])('a text of which %s is left out', (_name, cut) => {
  test.each(samples)('is never longer than asked for, and never half a character: %j', (text) => {
    for (let bytes = 0; bytes < 80; bytes++) {
      const short = cut(text, bytes);
      expect(jsonBytes(short)).toBeLessThanOrEqual(bytes);
      if (isWellFormed(text)) expect(isWellFormed(short)).toBe(true);
    }
  });

  test('is as it was where it fits', () => {
    for (const text of samples) expect(cut(text, jsonBytes(text))).toBe(text);
  });

  test('stays the same when it is cut again', () => {
    for (const text of samples) expect(cut(cut(text, 20), 20)).toBe(cut(text, 20));
  });
});

test('says that something was left out, and keeps what it can', () => {
  expect(cutEnd('abcdefgh', 6)).toBe('abc…');
  expect(cutStart('0123456789abcdefgh', 16)).toBe('… cut … efgh');
});
