import { describe, expect, it } from 'vitest';
import { TailBuffer } from '../../../src/clients/kubernetes/tail-buffer.ts';

function filled(limit: number, chunks: readonly (string | Uint8Array)[]): string {
  const buffer = new TailBuffer(limit);
  for (const chunk of chunks) buffer.append(Buffer.from(chunk));
  return buffer.text();
}

describe('the end of a stream', () => {
  it('is all of it where it is short', () => {
    expect(filled(10, [])).toBe('');
    expect(filled(10, ['abc', 'def'])).toBe('abcdef');
    expect(filled(6, ['abc', 'def'])).toBe('abcdef');
  });

  it('is its last bytes, in whatever pieces they came', () => {
    expect(filled(5, ['abc', 'def', 'ghi'])).toBe('efghi');
    expect(filled(5, ['abcdefghijklmnop'])).toBe('lmnop');
    expect(filled(3, 'abcdefghijklmnopqrstuvwxyz'.split(''))).toBe('xyz');
    expect(filled(200, Array<string>(1000).fill('ab'))).toBe('ab'.repeat(100));
    expect(filled(0, ['abc'])).toBe('');
  });

  it('begins with a whole character', () => {
    expect(filled(4, ['aü€'])).toBe('€');
    expect(filled(3, ['a😀'])).toBe('');
  });

  it('keeps bytes that begin no character where nothing was cut off', () => {
    expect(filled(10, [Uint8Array.of(0xbf, 0x61)])).toBe('\uFFFDa');
  });

  it('may be asked for again, and go on', () => {
    const buffer = new TailBuffer(4);
    buffer.append(Buffer.from('abc'));
    expect(buffer.text()).toBe('abc');
    buffer.append(Buffer.from('def'));
    expect(buffer.text()).toBe('cdef');
  });
});
