import { describe, expect, it } from 'vitest';
import { decodeBody, type TextFormat } from '../../../src/apiserver/decoding/decode.ts';
import { duplicateKeys } from '../../../src/apiserver/decoding/json-duplicates.ts';
import { parseRequestInfo } from '../../../src/apiserver/http/request-info.ts';
import { createWarningList } from '../../../src/apiserver/http/warnings.ts';
import { parseAccept } from '../../../src/apiserver/negotiation/index.ts';
import { growth, linearGrowth, orRefused, processorMs } from '../../support/growth.ts';

const lines = (count: number, make: (index: number) => string, between = ','): string =>
  Array.from({ length: count }, (_, index) => make(index)).join(between);

const texts: Readonly<Record<string, [TextFormat, (size: number) => string]>> = {
  'one field again and again, far below a long name': [
    'json',
    (size) => `{"${'x'.repeat(20 * size)}":{${lines(size, () => '"a":1')}}}`,
  ],
  'fields far below, repeated': [
    'json',
    (size) => `${'{"d":'.repeat(400)}{${lines(size, () => '"a":1')}}${'}'.repeat(400)}`,
  ],
  'many fields': ['json', (size) => `{${lines(size, (index) => `"k${index}":1`)}}`],
  'a string of backslashes': ['json', (size) => `{"a":"${'\\\\'.repeat(40 * size)}"}`],
  'strings of quotes': ['json', (size) => `{"a":"${'\\"'.repeat(40 * size)}"}`],
  'a string without an end': ['json', (size) => `{"a":"${'\\"'.repeat(40 * size)}`],
  'lines, and then no JSON': ['json', (size) => `${'\n'.repeat(100 * size)}}`],
  'YAML of many lines': ['yaml', (size) => lines(size, (index) => `k${index}: v`, '\n')],
  'YAML that repeats a field': ['yaml', (size) => lines(size, () => 'k: v', '\n')],
  'YAML of blanks': ['yaml', (size) => `a:${' '.repeat(100 * size)}b`],
  'a YAML text of many lines': ['yaml', (size) => `a: |\n${lines(10 * size, () => '  x', '\n')}`],
  'a quoted YAML text of many lines': ['yaml', (size) => `a: "${lines(10 * size, () => 'x', '\n  ')}"`],
  'a YAML key that is a list': ['yaml', (size) => `? [${lines(size, () => 'x')}]\n: y`],
  'YAML that is wrong all over': ['yaml', (size) => lines(size, () => '}', '\n')],
};

describe('reading a body', () => {
  it.each(Object.keys(texts))('takes time in proportion to it: %s', async (name) => {
    const [format, text] = texts[name] ?? ['json', () => ''];
    const read = (size: number): (() => unknown) => {
      const body = Buffer.from(text(size));
      return orRefused(() => decodeBody(body, format, { findDuplicates: true }));
    };
    expect(await growth(read, 500)).toBeLessThan(linearGrowth);
  });

  const full = (unit: (index: number) => string): string => lines(400_000, unit).slice(0, 3 * 1024 * 1024 - 2);
  it.each<[string, TextFormat, string]>([
    ['fields', 'json', `{${full((index) => `"k${index}":1`)}}`],
    ['numbers', 'json', `[${full(() => '0')}]`],
    ['objects', 'json', `[${full((index) => `{"k${index}":1}`)}]`],
    ['lists', 'json', `[${full(() => '[]')}]`],
    ['fields as YAML', 'yaml', `{${full((index) => `"k${index}":1`)}}`],
    ['lines as YAML', 'yaml', lines(300_000, (index) => `k${index}: 1`, '\n')],
    ['a text of lines as YAML', 'yaml', `a: |\n${lines(700_000, () => '  x', '\n')}`],
    [
      'YAML of fields merged into many',
      'yaml',
      `a: &a {${lines(1_500, (index) => `k${index}: 1`)}}\n${lines(900, (index) => `m${index}: {<<: *a}`, '\n')}`,
    ],
    [
      'YAML that names a list again and again',
      'yaml',
      `a: &a [${lines(5_000, () => 'x')}]\nb: [${lines(90, () => '*a')}]`,
    ],
  ])('is refused at once where it holds too much: %s', async (_, format, text) => {
    const read = (): unknown => decodeBody(Buffer.from(text), format, { findDuplicates: true });
    expect(await processorMs(orRefused(read))).toBeLessThan(1_500);
    expect(read).toThrow(/too large|more than|too many|Excessive alias/i);
  });

  it('takes JSON by the name of YAML, however large', () => {
    const value = { list: Array.from({ length: 20_000 }, (_, index) => ({ name: `n${index}` })) };
    const body = Buffer.from(`\n ${JSON.stringify(value)}`);
    expect(decodeBody(body, 'yaml', { findDuplicates: true })).toEqual({ value, duplicates: [] });
  });

  it('tells of a repeated field once in each object, and of a long path its beginning', () => {
    expect(duplicateKeys('{"a":{"b":1,"b":2,"b":3,"b":4},"c":[{"b":1,"b":2,"b":3}]}')).toEqual(['a.b', 'c[0].b']);
    const [path = ''] = duplicateKeys(`{"${'x'.repeat(5_000)}":{"a":1,"a":2}}`);
    expect(path).toMatch(/^x{1024}\.\.\.$/);
  });
});

describe('reading a header or URL', () => {
  it.each<[string, (size: number) => () => unknown]>([
    ['a path of many segments', (size) => () => parseRequestInfo('GET', `/apis/${'a/'.repeat(size)}`)],
    ['a path of escapes', (size) => () => parseRequestInfo('GET', `/apis/${'%41'.repeat(size)}`)],
    ['many parameters', (size) => () => parseRequestInfo('GET', `/apis/a/v1/b?${lines(size, () => 'a=b', '&')}`)],
    [
      'a field selector',
      (size) => () => parseRequestInfo('GET', `/apis/a/v1/b?fieldSelector=${lines(size, () => 'metadata.name=x')}`),
    ],
    [
      'backslashes in one',
      (size) => () => parseRequestInfo('GET', `/apis/a/v1/b?fieldSelector=metadata.name=${'%5C'.repeat(size)}`),
    ],
    ['an Accept of many clauses', (size) => () => parseAccept(lines(size, (index) => `a/b;q=0.${index}`))],
    ['an Accept of many parameters', (size) => () => parseAccept(`a/b${';c=d'.repeat(size)}`)],
    ['an Accept of blanks', (size) => () => parseAccept(`a/b${' '.repeat(10 * size)};${' '.repeat(10 * size)}`)],
  ])('takes time in proportion to it: %s', async (_, prepare) => {
    const read = (size: number): (() => unknown) => orRefused(prepare(size));
    expect(await growth(read, 2_000)).toBeLessThan(linearGrowth);
  });

  it('takes no more warnings than a client is shown', async () => {
    const list = createWarningList();
    const long = 'w'.repeat(1_000);
    expect(
      await processorMs(() => {
        for (let index = 0; index < 50_000; index++) list.add(`${index} ${long}`);
      }),
    ).toBeLessThan(2_000);
    expect(list.values.join('').length).toBeLessThan(64 * 1024);
  });
});
