import { expect, test } from 'vitest';
import { parseResourceVersion } from '../../../src/meta/revision.ts';
import { badRequest } from '../../../src/meta/status.ts';

test('reads decimal revisions', () => {
  expect(['1', '01', '0', '9007199254740991'].map(parseResourceVersion)).toEqual([1, 1, 0, 9_007_199_254_740_991]);
});

test('one beyond 2^53 is newer than any revision', () => {
  expect(parseResourceVersion('18446744073709551615')).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
});

test.each(['abc', '', '-1', '+1', '1.5', '1e3', ' 1', '0x1', '１'])(
  'refuses %j in the words of kube-apiserver',
  (text) => {
    const quoted = JSON.stringify(text);
    expect(() => parseResourceVersion(text)).toThrow(
      badRequest(
        `invalid resource version: resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
      ),
    );
  },
);

test.each(['18446744073709551616', '9'.repeat(1_000_000)])('refuses what does not fit 64 bits', (text) => {
  expect(() => parseResourceVersion(text)).toThrow(
    badRequest(
      `invalid resource version: resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": value out of range`,
    ),
  );
});
