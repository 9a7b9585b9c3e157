import { describe, expect, test } from 'vitest';
import { copied, orderedJson, sharing, without } from '../../../src/meta/json.ts';

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

describe('copied', () => {
  test('shares no part with its original', () => {
    const value = { a: [{ b: 1 }, null, 'x'], c: {} };
    const copy = copied(value);
    expect(copy).toEqual(value);
    expect(copy.a).not.toBe(value.a);
    expect(copy.a[0]).not.toBe(value.a[0]);
    expect(copy.c).not.toBe(value.c);
  });

  test('takes a key named __proto__ for one like others', () => {
    const copy = copied(JSON.parse('{"__proto__":{"b":2}}') as Record<string, unknown>);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"b":2}}');
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });
});

describe('sharing', () => {
  const before = { a: { x: 1, y: [1, 2] }, list: [{ id: 'a' }, { id: 'b' }], text: 'z' };

  test('gives back the value before where all is equal, whatever the order of keys', () => {
    expect(sharing({ text: 'z', list: [{ id: 'a' }, { id: 'b' }], a: { y: [1, 2], x: 1 } }, before)).toBe(before);
  });

  test('takes equal parts from before, at any depth, and leaves both values as they are', () => {
    const next = { a: { x: 2, y: [1, 2] }, list: [{ id: 'a' }, { id: 'c' }, { id: 'd' }], text: 'z' };
    const copies = [copied(next), copied(before)];
    const made = sharing(next, before);
    expect(made).toEqual(next);
    expect(made.a.y).toBe(before.a.y);
    expect(made.list[0]).toBe(before.list[0]);
    expect([next, before]).toEqual(copies);
  });

  test.each<[string, unknown, unknown]>([
    ['a key less', { a: 1 }, { a: 1, b: 2 }],
    ['a key more', { a: 1, b: 2 }, { a: 1 }],
    ['another key', { a: 1 }, { b: 1 }],
    ['an item less', [1], [1, 2]],
    ['an item more', [1, 2], [1]],
    ['another order of items', [1, 2], [2, 1]],
    ['an object for a list', {}, []],
    ['a list for an object', [], {}],
    ['null for an object', null, {}],
    ['an object for null', { a: null }, { a: {} }],
    ['a key that is absent', { a: undefined }, { b: undefined }],
  ])('tells %s', (_what, next, former) => {
    expect(sharing(next, former)).not.toBe(former);
    expect(sharing(next, former)).toEqual(next);
  });

  test('takes a key named __proto__ for one like others', () => {
    const [one, two] = ['{"__proto__":{"b":2},"a":1}', '{"__proto__":{"b":2},"a":2}'].map(
      (text) => JSON.parse(text) as object,
    );
    expect(JSON.stringify(sharing(one, two))).toBe('{"__proto__":{"b":2},"a":1}');
  });
});
