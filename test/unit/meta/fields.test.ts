import { describe, expect, test } from 'vitest';
import { parseFieldSelector } from '../../../src/meta/fields.ts';
import { badRequest } from '../../../src/meta/status.ts';
import { growth, linearGrowth } from '../../support/growth.ts';

describe('a field selector', () => {
  const fields = { 'metadata.name': 'spark', 'status.state': 'configured' };
  test.each([
    ['', true],
    [',,', true],
    ['metadata.name=spark', true],
    ['metadata.name==spark', true],
    ['metadata.name!=spark', false],
    ['metadata.name=spark,status.state!=creating', true],
    ['metadata.name=spark,status.state=creating', false],
    ['metadata.name=', false],
    ['spec.app=', true],
    ['spec.app!=x', true],
    ['constructor=', true],
  ])('%j matches: %s', (text, matches) => {
    expect(parseFieldSelector(text).matches(fields)).toBe(matches);
  });

  test('reads escaped commas, equals signs and backslashes in values', () => {
    const selector = parseFieldSelector(String.raw`a=b\,c\=d\\e`);
    expect(selector.exact('a')).toBe(String.raw`b,c=d\e`);
    expect(selector.matches({ a: String.raw`b,c=d\e` })).toBe(true);
    expect(String(selector)).toBe(String.raw`a=b\,c\=d\\e`);
  });

  test('tells the value it demands and the fields it names', () => {
    const selector = parseFieldSelector('status.state!=x,metadata.name=spark,metadata.name!=y');
    expect(selector.exact('metadata.name')).toBe('spark');
    expect(selector.exact('status.state')).toBeUndefined();
    expect(selector.fields()).toEqual(['metadata.name', 'status.state']);
  });

  test('is empty where it demands nothing', () => {
    expect(parseFieldSelector('').empty).toBe(true);
    expect(parseFieldSelector('=').empty).toBe(true);
    expect(parseFieldSelector('a=').empty).toBe(false);
  });

  test.each([
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['metadata.name=a,b', "invalid selector: 'metadata.name=a,b'; can't understand 'b'"],
    ['metadata.name=a=b', 'invalid field selector: unescaped character in value: 61'],
    [String.raw`metadata.name=a\q`, String.raw`invalid field selector: invalid escape sequence: \q`],
    ['metadata.name=a\\', 'invalid field selector: invalid escape sequence: \\'],
  ])('refuses %j in the words of kube-apiserver', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(badRequest(message));
  });

  test('reads a text of a megabyte in time that grows with its length', async () => {
    const read = (size: number) => () => {
      expect(parseFieldSelector(`a=${'b'.repeat(size)}`).exact('a')).toHaveLength(size);
      expect(parseFieldSelector(','.repeat(size)).empty).toBe(true);
    };
    expect(await growth(read, 125_000)).toBeLessThan(linearGrowth);
  });
});
