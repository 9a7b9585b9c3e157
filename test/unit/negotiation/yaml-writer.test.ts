import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { YamlWriter } from '../../../src/apiserver/negotiation/yaml-writer.ts';

const written = (value: unknown): string => [...new YamlWriter().document(value)].join('');
const options = {
  sortMapEntries: true,
  aliasDuplicateObjects: false,
  compat: 'yaml-1.1',
  lineWidth: 0,
  indentSeq: false,
} as const;

describe('a document in YAML', () => {
  const lines = {
    d: 'multi\nline',
    e: 'trail\n\n',
    f: ' lead\n x',
    g: '\n',
    h: '\n\n',
    i: ' ',
    j: '',
    u: 'a\tb',
    v: 'x\r\ny',
  };
  const misread = {
    ...{ k: '- a', l: 'a: b', m: '#x', n: "it's", o: '1e3', p: '0x1f', q: '2020-01-01', r: '~', s: '\u2028' },
    ...{ t: '\u0085', w: '1_000', x: '12:30:45', y: 'y', z: '.inf', yes: 'on', no: 'Off', null: 'NULL', true: 'False' },
  };
  const nested = { a: {}, b: [], c: [[1, [2]], [{}], [[]], [{ a: [{ b: 1, c: 'x\ny\n\n z\n' }] }]], d: { e: lines } };
  const numbers = { zero: 0, half: 1.5, big: 1e21, small: 1e-7, yes: true, none: null };
  it.each([
    ['texts of several lines', lines],
    ['texts that YAML 1.1 or 1.2 would read as another type', misread],
    ['maps and lists within each other', nested],
    ['a list', ['a\nb', { x: 'a\nb\n' }, ['p\nq'], [], {}]],
    ['numbers', numbers],
    ['a text', 'yes'],
    ['nothing', null],
    ['an empty map', {}],
  ])('is the same as from the yaml library: %s', (_, value) => {
    expect(written(value)).toBe(stringify(value, options));
    expect(parse(written(value))).toEqual(value);
  });

  it('keeps keys that are long, are empty or have several lines', () => {
    const value = { ['x'.repeat(2_000)]: { a: [1] }, ['y'.repeat(1_500)]: 1, '': 2, 'multi\nkey': { b: 3 }, 'a: b': 4 };
    expect(parse(written(value))).toEqual(value);
  });

  it('leaves out undefined values', () => {
    expect(written({ a: undefined, b: { c: undefined }, d: 1 })).toBe('b: {}\nd: 1\n');
  });

  it('is written in many steps if it is long', () => {
    const value = { list: Array.from({ length: 10_000 }, (_, at) => `item ${at}`) };
    expect([...new YamlWriter().document(value)].length).toBeGreaterThan(100);
  });
});
