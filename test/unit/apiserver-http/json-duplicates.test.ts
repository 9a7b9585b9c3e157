import { describe, expect, it } from 'vitest';
import { duplicateKeys } from '../../../src/apiserver/decoding/json-duplicates.ts';

describe('repeated keys of JSON texts', () => {
  it.each([
    ['{}', []],
    ['{"a":1,"b":{"a":1}}', []],
    ['{"a":1,"a":2,"a":3}', ['a']],
    ['{"a":{"b":1,"b":2},"c":[{"d":1},{"d":1,"d":2}]}', ['a.b', 'c[1].d']],
    ['[{"x":1},[{"y":1,"y":2}]]', ['[1][0].y']],
    [String.raw`{"a":1,"\u0061":2}`, ['a']],
    [String.raw`{"a\"b":1,"a\"b":2,"c\\":1,"c\\":2}`, ['a"b', String.raw`c\\`.slice(0, 2)]],
    ['{"a":"x\\",\\"a\\":","b":"{\\"c\\":1,\\"c\\":2}"}', []],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['{"a":["a","a","a"],"b":"b"}', []],
    ['{ "a" : 1 ,\n "a" : [ ] }', ['a']],
    ['"just text"', []],
  ])('%s', (text, expected) => {
    JSON.parse(text);
    expect(duplicateKeys(text)).toEqual(expected);
  });

  it('stops after the limit', () => {
    const text = `{${Array.from({ length: 500 }, (_, index) => `"k${index}":1,"k${index}":2`).join(',')}}`;
    expect(duplicateKeys(text)).toHaveLength(100);
    expect(duplicateKeys(text, 7)).toHaveLength(7);
  });
});
