import { describe, expect, it } from 'vitest';
import { createWarningList, warningValue } from '../../../src/apiserver/http/warnings.ts';

describe('Warning headers', () => {
  it('quote their text', () => {
    expect(warningValue('unknown field "spec.x"')).toBe(String.raw`299 - "unknown field \"spec.x\""`);
    expect(warningValue('a\\b')).toBe(String.raw`299 - "a\\b"`);
  });

  it('carry no control characters, and UTF-8 as bytes', () => {
    expect(warningValue('a\r\nSet-Cookie: x\u0000')).toBe('299 - "a Set-Cookie: x "');
    expect(Buffer.from(warningValue('größer → 語'), 'latin1').toString('utf8')).toBe('299 - "größer → 語"');
  });

  it('say each thing once, and not without end', () => {
    const list = createWarningList();
    list.add('twice');
    list.add('twice');
    expect(list.values).toHaveLength(1);
    for (let count = 0; count < 1000; count++) list.add(`${count} ${'x'.repeat(1000)}`);
    expect(list.values.join('').length).toBeLessThan(20_000);
  });
});
