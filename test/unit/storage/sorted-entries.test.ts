import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../src/storage/contract.ts';
import { compareUtf8 } from '../../../src/meta/utf8-order.ts';
import { checkKey } from '../../../src/storage/check-commit.ts';
import { SortedEntries } from '../../../src/storage/journal/sorted-entries.ts';

const value = Buffer.from('{}');
const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('the order of keys', () => {
  it('is the order of their UTF-8 bytes', () => {
    const keys = [
      '',
      '/',
      '/a',
      '/a/b',
      '/a0',
      '/ab',
      'é',
      '\u{7FF}',
      '\u{800}',
      '\u{D7FF}',
      '\u{E000}',
      '\u{FFFF}',
      '\u{10000}',
      '\u{1F642}',
      '\u{10FFFF}',
      '\u{E000}\u{10000}',
      '\u{10000}\u{E000}',
    ];
    for (const a of keys) {
      for (const b of keys) expect(Math.sign(compareUtf8(a, b))).toBe(bytewise(a, b));
    }
  });

  it('refuses empty keys and keys that have no UTF-8 form', () => {
    expect(() => checkKey('')).toThrow(TypeError);
    expect(() => checkKey('/\uD800/')).toThrow(TypeError);
    expect(() => checkKey('/\u{1F642}/')).not.toThrow();
  });
});

describe('sorted entries', () => {
  it('are the same as in a map after thousands of changes, and in order', () => {
    const entries = new SortedEntries();
    const map = new Map<string, Entry>();
    for (let revision = 1; revision <= 20_000; revision++) {
      const key = `/${(revision * 7919) % 3001}`;
      if (revision % 5 < 3) {
        const entry = { key, value, revision };
        expect(entries.put(entry)).toBe(map.get(key));
        map.set(key, entry);
      } else {
        const gone = `/${(revision * 104729) % 3001}`;
        expect(entries.delete(gone)).toBe(map.get(gone));
        map.delete(gone);
      }
      expect(entries.get(key)).toBe(map.get(key));
    }
    const sorted = [...map.values()].sort((a, b) => bytewise(a.key, b.key));
    expect(entries.size).toBe(map.size);
    expect(entries.view().flat()).toEqual(sorted);
    expect([...entries.from('/15')]).toEqual(sorted.filter(({ key }) => bytewise(key, '/15') >= 0));
    for (const key of map.keys()) entries.delete(key);
    expect(entries.view()).toEqual([]);
    expect([...entries.from('')]).toEqual([]);
  });

  it('are in the order of UTF-8 also where a key comes late that UTF-16 has in another place', () => {
    const keys = ['/a', '/\u{E000}', '/z', '/\u{1F642}', '/\u{FFFF}', '/é', '/\u{10000}\u{E000}'];
    const entries = new SortedEntries();
    for (const key of keys) entries.put({ key, value, revision: 1 });
    expect(
      entries
        .view()
        .flat()
        .map(({ key }) => key),
    ).toEqual(keys.sort(bytewise));
    for (const key of keys) expect(entries.get(key)?.key).toBe(key);
    expect([...entries.from('/\u{FFFF}')].map(({ key }) => key)).toEqual(keys.slice(keys.indexOf('/\u{FFFF}')));
  });

  it('have views that do not change later', () => {
    const entries = new SortedEntries();
    for (let index = 1000; index < 1500; index++) entries.put({ key: `/${index}`, value, revision: index });
    const view = entries.view();
    const before = view.flat();
    for (let index = 1000; index < 1500; index++) {
      if (index % 3 === 0) entries.delete(`/${index}`);
      else entries.put({ key: `/${index}${index % 2 === 0 ? 'x' : ''}`, value, revision: 2000 });
    }
    expect(view.flat()).toEqual(before);
    expect(before.map(({ revision }) => revision)).toEqual(Array.from({ length: 500 }, (_, index) => 1000 + index));
  });
});
