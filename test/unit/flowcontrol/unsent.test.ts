import { describe, expect, it } from 'vitest';
import { createUnsentBytes, defaultUnsentLimit } from '../../../src/apiserver/flowcontrol/unsent.ts';

describe('unsent bytes', () => {
  it('are of all streams together; who has stood still for the longest is cut off when they are too many', () => {
    const unsent = createUnsentBytes(100);
    const cut: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => unsent.follow(() => cut.push(name)));
    a?.waiting(40);
    b?.waiting(40);
    a?.sent();
    a?.waiting(40);
    expect([unsent.total(), cut]).toEqual([80, []]);
    c?.waiting(30);
    expect([unsent.total(), cut]).toEqual([70, ['b']]);
    c?.waiting(1_000);
    expect([unsent.total(), cut]).toEqual([0, ['b', 'a', 'c']]);
  });

  it('that many streams keep count once, until the last of them has sent them', () => {
    const unsent = createUnsentBytes(1_000);
    const streams = Array.from({ length: 5 }, () => unsent.follow(() => undefined));
    const key = {};
    const lines = streams.map(() => unsent.share(key, Buffer.alloc(300, 'x')));
    expect(new Set(lines).size).toBe(1);
    streams.forEach((stream, at) => stream.keep(lines[at] ?? Buffer.alloc(0)));
    expect(unsent.total()).toBe(300);
    for (const [at, stream] of streams.entries()) {
      if (at % 2 === 0) stream.end();
      else stream.release(lines[at] ?? Buffer.alloc(0));
      expect(unsent.total()).toBe(at < 4 ? 300 : 0);
    }
  });

  it('of one key are not mixed up where they differ', () => {
    const unsent = createUnsentBytes(1_000);
    const key = {};
    expect(unsent.share(key, Buffer.from('a')).toString()).toBe('a');
    expect(unsent.share(key, Buffer.from('b')).toString()).toBe('b');
  });

  it('may be a sixteenth of the memory, within bounds', () => {
    const mebibyte = 1024 * 1024;
    expect(defaultUnsentLimit(1024 * mebibyte)).toBe(64 * mebibyte);
    expect(defaultUnsentLimit(128 * mebibyte)).toBe(32 * mebibyte);
    expect(defaultUnsentLimit(64 * 1024 * mebibyte)).toBe(256 * mebibyte);
    expect(defaultUnsentLimit()).toBeGreaterThan(0);
  });
});
