import { describe, expect, it } from 'vitest';
import { durationMs } from '../../../src/meta/go-duration.ts';

describe('A time on the command line', () => {
  it.each([
    ['15s', 15_000],
    ['500ms', 500],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
  ])('is as in Go: %s', (text, milliseconds) => {
    expect(durationMs(text)).toBe(milliseconds);
  });

  it.each(['15', '', 's', '-1s', '1 s', '15sec', '1d'])('is none: %j', (text) => {
    expect(durationMs(text)).toBeUndefined();
  });
});
