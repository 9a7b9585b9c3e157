import { describe, expect, it } from 'vitest';
import { isBase64, isDateTime, isDuration } from '../../../src/schema/formats.ts';

describe('formats', () => {
  it.each(['2020-01-01T00:00:00Z', '2024-02-29T23:59:59.999999999-12:30', '2020-01-01t00:00:00z'])(
    '%s is a time',
    (text) => {
      expect(isDateTime(text)).toBe(true);
    },
  );
  it.each([
    '',
    '2020-01-01',
    '2023-02-29T00:00:00Z',
    '2020-13-01T00:00:00Z',
    '2020-01-01T24:00:00Z',
    '2020-01-01T00:00:00',
    '2020-01-01T00:00:00+25:00',
    'now',
  ])('%j is no time', (text) => {
    expect(isDateTime(text)).toBe(false);
  });
  it.each(['', 'aGVsbG8=', 'aGVs\nbG8='])('%j is base64', (text) => {
    expect(isBase64(text)).toBe(true);
  });
  it.each(['a', 'aGVsbG8', '%%%%', 'a=bc'])('%j is not base64', (text) => {
    expect(isBase64(text)).toBe(false);
  });
  it('judges a megabyte of base64 at once', () => {
    expect(isBase64('A'.repeat(4_000_000))).toBe(true);
    expect(isBase64(`${'A'.repeat(4_000_000)}%AAA`)).toBe(false);
  });
  it.each(['0', '1.5h', '-3ms', '1h2m3s'])('%s is a duration', (text) => {
    expect(isDuration(text)).toBe(true);
  });
  it.each(['', '3', 'h', '1d', '1h 2m'])('%j is no duration', (text) => {
    expect(isDuration(text)).toBe(false);
  });
});
