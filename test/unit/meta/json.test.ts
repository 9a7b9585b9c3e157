import { describe, expect, test } from 'vitest';
import { orderedJson } from '../../../src/meta/json.ts';

describe('orderedJson', () => {
  test.each([
    [null],
    ['a "quoted"\nline'],
    [{}],
    [[]],
    [{ a: [], b: {}, c: [1, 'x', [true, null], { d: 1.5 }] }],
    [[{ a: undefined, b: 1 }]],
  ])('writes %j as JSON.stringify does', (value) => {
    expect(orderedJson(value)).toBe(JSON.stringify(value, null, 2));
  });

  test('keeps the order of a Map, at any depth', () => {
    const inner = new Map([
      ['2', 'b'],
      ['10', 'a'],
      ['01', 'c'],
    ]);
    expect(orderedJson({ z: 1, inner }).replace(/\s/g, '')).toBe('{"z":1,"inner":{"2":"b","10":"a","01":"c"}}');
    expect(orderedJson(new Map())).toBe('{}');
  });
});
