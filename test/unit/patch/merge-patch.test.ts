import { describe, expect, it } from 'vitest';
import { mergePatch } from '../../../src/apiserver/patch/merge-patch.ts';
import { applyPatch, parsePatch } from '../../../src/apiserver/patch/index.ts';
import { thingSchema } from '../schema/thing.ts';

const schema = thingSchema();

describe('JSON merge patch', () => {
  // RFC 7386, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j patched with %j is %j', (target, patch, result) => {
    const before = JSON.stringify(target);
    expect(mergePatch(target, patch)).toEqual(result);
    expect(JSON.stringify(target)).toBe(before);
  });

  it('treats __proto__ as a plain member', () => {
    const patch = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}},"__proto__":{"polluted":1}}') as unknown;
    const result = mergePatch({ metadata: { labels: { a: 'b' } } }, patch) as { metadata: { labels: object } };
    expect(JSON.stringify(result)).toBe('{"metadata":{"labels":{"a":"b","__proto__":"x"}},"__proto__":{"polluted":1}}');
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(result.metadata.labels)).toBe(Object.prototype);
  });
});

describe('the media type of a patch', () => {
  const apply = (contentType: string | undefined, body: string): object =>
    applyPatch({ contentType, body: Buffer.from(body), current: { a: 1 }, schema });

  it('chooses the kind of patch, whatever its parameters', () => {
    expect(apply('application/merge-patch+json; charset=utf-8', '{"a":null}')).toEqual({});
    expect(apply('application/json-patch+json', '[{"op":"remove","path":"/a"}]')).toEqual({});
    expect(apply('application/strategic-merge-patch+json', '{"a":2}')).toEqual({ a: 2 });
  });

  it.each([
    undefined,
    '',
    'text/plain',
    'application/json',
    'Application/JSON-Patch+json',
    'application/x-www-form-urlencoded',
  ])('is not %s: 415 with those that are', (contentType) => {
    expect(() => apply(contentType, '{}')).toThrow(
      'the body of the request was in an unknown format - accepted media types include: ' +
        'application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json',
    );
  });

  it.each(['application/apply-patch+yaml', 'application/apply-patch+cbor'])('%s is none of these', (contentType) => {
    expect(() => parsePatch(contentType, Buffer.from('a: 1'))).toThrow(
      expect.objectContaining({
        code: 415,
        message: expect.stringContaining('application/apply-patch+yaml') as string,
      }),
    );
  });

  it.each(['[1]', '3', 'null', '"x"', '{x', ''])('of a merge patch does not go with the body %j: 400', (body) => {
    for (const kind of ['merge', 'strategic-merge']) {
      expect(() => parsePatch(`application/${kind}-patch+json`, Buffer.from(body))).toThrow(
        expect.objectContaining({ code: 400, reason: 'BadRequest' }),
      );
    }
  });
});
