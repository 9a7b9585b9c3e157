import { describe, expect, it } from 'vitest';
import { parsePatch } from '../../../src/apiserver/patch/index.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { thingSchema } from '../schema/thing.ts';

const schema = thingSchema();
const media = 'application/json-patch+json';
const patched = (current: object, operations: unknown): object =>
  parsePatch(media, Buffer.from(JSON.stringify(operations))).apply(current, schema);

function failure(run: () => unknown): StatusError {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('JSON patch', () => {
  // RFC 6902, appendix A.
  it.each([
    [
      'A.1 adding an object member',
      { foo: 'bar' },
      [{ op: 'add', path: '/baz', value: 'qux' }],
      { baz: 'qux', foo: 'bar' },
    ],
    [
      'A.2 adding an array element',
      { foo: ['bar', 'baz'] },
      [{ op: 'add', path: '/foo/1', value: 'qux' }],
      { foo: ['bar', 'qux', 'baz'] },
    ],
    ['A.3 removing an object member', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [
      'A.4 removing an array element',
      { foo: ['bar', 'qux', 'baz'] },
      [{ op: 'remove', path: '/foo/1' }],
      { foo: ['bar', 'baz'] },
    ],
    [
      'A.5 replacing a value',
      { baz: 'qux', foo: 'bar' },
      [{ op: 'replace', path: '/baz', value: 'boo' }],
      { baz: 'boo', foo: 'bar' },
    ],
    [
      'A.6 moving a value',
      { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
    ],
    [
      'A.7 moving an array element',
      { foo: ['all', 'grass', 'cows', 'eat'] },
      [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    [
      'A.8 testing a value: success',
      { baz: 'qux', foo: ['a', 2, 'c'] },
      [
        { op: 'test', path: '/baz', value: 'qux' },
        { op: 'test', path: '/foo/1', value: 2 },
      ],
      { baz: 'qux', foo: ['a', 2, 'c'] },
    ],
    [
      'A.10 adding a nested member object',
      { foo: 'bar' },
      [{ op: 'add', path: '/child', value: { grandchild: {} } }],
      { foo: 'bar', child: { grandchild: {} } },
    ],
    [
      'A.11 ignoring unrecognized elements',
      { foo: 'bar' },
      [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }],
      { foo: 'bar', baz: 'qux' },
    ],
    ['A.14 escape ordering', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [
      'A.16 adding an array value',
      { foo: ['bar'] },
      [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }],
      { foo: ['bar', ['abc', 'def']] },
    ],
    [
      'copying',
      { a: { b: [1] } },
      [
        { op: 'copy', from: '/a', path: '/c' },
        { op: 'add', path: '/c/b/0', value: 2 },
      ],
      { a: { b: [1] }, c: { b: [2, 1] } },
    ],
    ['escapes', { 'a/b': { 'c~d': 1 } }, [{ op: 'replace', path: '/a~1b/c~0d', value: 2 }], { 'a/b': { 'c~d': 2 } }],
    ['testing the whole document', { a: [1] }, [{ op: 'test', path: '', value: { a: [1] } }], { a: [1] }],
    // As kube-apiserver has it.
    ['replacing what is not there', { a: 1 }, [{ op: 'replace', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['replacing the last place', { a: [1, 2] }, [{ op: 'replace', path: '/a/-1', value: 3 }], { a: [1, 3] }],
    ['adding at the end', { a: [1, 2] }, [{ op: 'add', path: '/a/-1', value: 3 }], { a: [1, 2, 3] }],
    ['adding before all', { a: [1, 2] }, [{ op: 'add', path: '/a/-3', value: 3 }], { a: [3, 1, 2] }],
    ['removing the last', { a: [1, 2] }, [{ op: 'remove', path: '/a/-1' }], { a: [1] }],
    ['moving to the end', { a: [1, 2, 3] }, [{ op: 'move', from: '/a/-2', path: '/a/-1' }], { a: [1, 3, 2] }],
    ['a step to the last', { a: [{ b: 1 }] }, [{ op: 'replace', path: '/a/-1/b', value: 2 }], { a: [{ b: 2 }] }],
    ['replacing the whole document', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
    [
      'changing what replaced the document',
      { a: 1 },
      [
        { op: 'replace', path: '', value: { b: 2 } },
        { op: 'add', path: '/c', value: 3 },
        { op: 'test', path: '', value: { b: 2, c: 3 } },
      ],
      { b: 2, c: 3 },
    ],
    ['testing for null what is not there', { a: 1 }, [{ op: 'test', path: '/b', value: null }], { a: 1 }],
    ['leaving out a value', { a: 1 }, [{ op: 'add', path: '/a' }], { a: null }],
  ])('%s', (_, current, operations, result) => {
    const before = JSON.stringify(current);
    expect(patched(current, operations)).toEqual(result);
    expect(JSON.stringify(current)).toBe(before);
  });

  it.each([
    ['A.9 a test that fails', [{ op: 'test', path: '/foo', value: 'bar' }]],
    ['A.12 adding below what is not there', [{ op: 'add', path: '/nope/bat', value: 'qux' }]],
    ['A.15 comparing strings and numbers', [{ op: 'test', path: '/number', value: '10' }]],
    ['removing what is not there', [{ op: 'remove', path: '/nope' }]],
    ['removing beyond the end', [{ op: 'remove', path: '/list/3' }]],
    ['adding beyond the end', [{ op: 'add', path: '/list/4', value: 1 }]],
    ['replacing beyond the end', [{ op: 'replace', path: '/list/-', value: 1 }]],
    ['a place before the first', [{ op: 'replace', path: '/list/-4', value: 1 }]],
    ['adding before the first', [{ op: 'add', path: '/list/-5', value: 1 }]],
    ['minus nothing', [{ op: 'replace', path: '/list/-0', value: 1 }]],
    ['null', [null]],
    ['an index with a leading zero', [{ op: 'replace', path: '/list/01', value: 1 }]],
    ['an unknown operation', [{ op: 'frob', path: '/foo' }]],
    ['no operation', [{ path: '/foo', value: 1 }]],
    ['no path', [{ op: 'add', value: 1 }]],
    ['a path without its slash', [{ op: 'add', path: 'foo', value: 1 }]],
    ['putting a text in the place of the document', [{ op: 'replace', path: '', value: 'x' }]],
    ['putting a list in the place of the document', [{ op: 'replace', path: '', value: [1] }]],
    ['putting nothing in the place of the document', [{ op: 'replace', path: '', value: null }]],
    ['adding to the whole document', [{ op: 'add', path: '', value: {} }]],
    ['removing the whole document', [{ op: 'remove', path: '' }]],
    ['copying the whole document', [{ op: 'copy', from: '', path: '/foo' }]],
    ['moving from nowhere', [{ op: 'move', from: '/nope', path: '/foo' }]],
    ['moving into itself', [{ op: 'move', from: '/deep', path: '/deep/er/x' }]],
    ['moving without from', [{ op: 'move', path: '/foo' }]],
    ['copying from nowhere', [{ op: 'copy', from: '/nope', path: '/foo' }]],
    ['adding below a scalar', [{ op: 'add', path: '/foo/x', value: 1 }]],
    ['an inherited member', [{ op: 'test', path: '/constructor/name', value: 'Object' }]],
    ['the prototype', [{ op: 'add', path: '/__proto__/polluted', value: 1 }]],
  ])('cannot do %s: 422 without kind and causes', (_, operations) => {
    const error = failure(() => patched({ foo: 'qux', number: 10, list: [1, 2, 3], deep: { er: {} } }, operations));
    expect(error.status).toMatchObject({ code: 422, reason: 'Invalid', details: {} });
    expect(error.message).toMatch(/^the server rejected our request due to an error in our request: operation 0/);
    expect({}).not.toHaveProperty('polluted');
  });

  it('does nothing at all where one operation of several fails', () => {
    const current = { a: 1 };
    const error = failure(() =>
      patched(current, [
        { op: 'add', path: '/b', value: 1 },
        { op: 'remove', path: '/c' },
      ]),
    );
    expect(error.message).toContain('operation 1 (remove /c)');
    expect(current).toEqual({ a: 1 });
  });

  it('sets __proto__ as a plain member', () => {
    const result = patched({ a: {} }, [{ op: 'add', path: '/a/__proto__', value: { polluted: 1 } }]);
    expect(JSON.stringify(result)).toBe('{"a":{"__proto__":{"polluted":1}}}');
    expect((result as { a: object }).a).not.toHaveProperty('polluted');
  });

  it.each([
    ['an object', '{"op":"add"}'],
    ['a list of numbers', '[1]'],
    ['broken JSON', '[}'],
    ['nothing', ''],
    ['an op that is no text', '[{"op":1,"path":"/a"}]'],
    ['absurd nesting', `[{"op":"add","path":"/a","value":${'['.repeat(100_000)}${']'.repeat(100_000)}}]`],
  ])('is not %s: 400', (_, body) => {
    expect(failure(() => parsePatch(media, Buffer.from(body)))).toMatchObject({ code: 400, reason: 'BadRequest' });
  });

  it('has at most 10,000 operations: 413', () => {
    const test = { op: 'test', path: '/a', value: 1 };
    expect(patched({ a: 1 }, new Array(10_000).fill(test))).toEqual({ a: 1 });
    const error = failure(() => patched({ a: 1 }, new Array(10_001).fill(test)));
    expect(error.code).toBe(413);
    expect(error.message).toBe(
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    );
  });

  it('cannot blow an object up by copying copies: 413', () => {
    const operations = Array.from({ length: 60 }, (_, index) => ({ op: 'copy', from: '/a', path: `/a/c${index}` }));
    expect(failure(() => patched({ a: { text: 'x'.repeat(100) } }, operations)).code).toBe(413);
  });

  it('tells what strict decoding complains of in the patch itself', () => {
    const operations = [{ op: 'add', path: '/a', value: 1, extra: 3 }];
    expect(parsePatch(media, Buffer.from(JSON.stringify(operations))).strictErrors).toEqual([
      'json patch unknown field "[0].extra"',
    ]);
  });
});
