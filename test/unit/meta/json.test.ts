import { describe, expect, test } from 'vitest';
import { orderedJson, without } from '../../../src/meta/json.ts';

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

describe('without', () => {
  test('leaves the other keys in their order', () => {
    const copy = without({ b: 1, a: 2, c: 3 }, 'a', 'x');
    expect(JSON.stringify(copy)).toBe('{"b":1,"c":3}');
  });

  test('takes a key named __proto__ for one like others', () => {
    const value = JSON.parse('{"a":1,"__proto__":{"b":2}}') as Record<string, unknown>;
    const copy = without(value, 'a');
    expect(Object.keys(copy)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.keys(without(value, '__proto__'))).toEqual(['a']);
  });
});
