import { describe, expect, it } from 'vitest';
import { decodeBody } from '../../../src/apiserver/decoding/decode.ts';

const decode = (text: string, findDuplicates = true) => decodeBody(Buffer.from(text), 'yaml', { findDuplicates });

describe('a YAML body', () => {
  it.each([
    ['{"a":{"b":[1,true,null,"x"]}}', { a: { b: [1, true, null, 'x'] } }],
    [' \n{\t"a" : "y", "b": "1e3", "c": 1e3}', { a: 'y', b: '1e3', c: 1000 }],
    ['{a: yes, b: 0x10, c: "yes"}', { a: true, b: 16, c: 'yes' }],
    ['{"a": 1, }', { a: 1 }],
    ['{"a": 1} # one', { a: 1 }],
    ['a: {"b": 1}\n', { a: { b: 1 } }],
  ])('may be JSON, as a whole or in part: %s', (text, value) => {
    expect(decode(text)).toEqual({ value, duplicates: [] });
  });

  it('names the line of a key that is repeated, in JSON, too', () => {
    expect(decode('{"a":1,\n"b":2,\n"a":3}')).toEqual({
      value: { a: 3, b: 2 },
      duplicates: ['line 3: key "a" already set in map'],
    });
    expect(decode('{"a":1,"a":3}', false)).toEqual({ value: { a: 3 }, duplicates: [] });
  });

  it('names a repeated key of a large JSON text by its path', () => {
    const { value, duplicates } = decode(`{"a":1,"a":2,"b":"${'x'.repeat(40_000)}"}`);
    expect(value).toMatchObject({ a: 2 });
    expect(duplicates).toEqual(['duplicate field "a"']);
  });

  it('keeps keys of JSON that objects of JavaScript have by themselves', () => {
    const { value } = decode('{"__proto__":{"a":1}}');
    expect(Object.getOwnPropertyNames(value)).toEqual(['__proto__']);
    expect(Object.getOwnPropertyNames(decode('__proto__: {a: 1}').value)).toEqual(['__proto__']);
  });

  it.each([
    ['a: .inf', '+Inf'],
    ['a: [{b: -.inf}]', '-Inf'],
    ['{a: .nan}', 'NaN'],
  ])('cannot have a number that JSON does not have: %s', (text, name) => {
    expect(() => decode(text)).toThrow(`json: unsupported value: ${name}`);
  });

  it('may be empty', () => {
    expect(decode('').value ?? null).toBeNull();
  });
});
