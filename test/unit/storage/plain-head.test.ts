import { describe, expect, it } from 'vitest';
import { plainHead } from '../../../src/storage/journal/plain-head.ts';

const head = (text: string) => plainHead(Buffer.from(text));

describe('the beginning of a line', () => {
  it('is read up to the value', () => {
    const line = '{"revision":120,"durable":99,"key":"/a/b-c.d","value":{"n":1}';
    expect(head(line)).toEqual({ revision: 120, durable: 99, key: '/a/b-c.d', valueAt: line.indexOf('{"n"') });
    const entry = '{"revision":0,"key":"/","value":1';
    expect(head(entry)).toEqual({ revision: 0, durable: undefined, key: '/', valueAt: entry.length - 1 });
  });

  it.each([
    ['a deletion', '{"revision":1,"durable":0,"key":"/a","deleted":true'],
    ['a text', '{"revision":1,"durable":0,"key":"/a","text":"1"'],
    ['several changes', '{"revision":1,"durable":0,"changes":[{"key":"/a","bytes":1}],"values":[1]'],
    ['an escape in the key', '{"revision":1,"durable":0,"key":"/a\\"b","value":1'],
    ['a key beyond ASCII', '{"revision":1,"durable":0,"key":"/ü","value":1'],
    ['a number of more than 15 digits', '{"revision":1234567890123456,"durable":0,"key":"/a","value":1'],
    ['a number that is none in JSON', '{"revision":01,"durable":0,"key":"/a","value":1'],
    ['no number', '{"revision":,"durable":0,"key":"/a","value":1'],
    ['a second number that is none', '{"revision":1,"durable":-1,"key":"/a","value":1'],
    ['spaces', '{ "revision":1,"durable":0,"key":"/a","value":1'],
    ['a key that does not end', '{"revision":1,"durable":0,"key":"/a'],
    ['nothing', ''],
  ])('is left to a JSON parser where it has %s', (_, line) => {
    expect(head(line)).toBeUndefined();
  });
});
