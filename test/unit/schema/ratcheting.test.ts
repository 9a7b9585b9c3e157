import { describe, expect, it } from 'vitest';
import { changedFindings, newFindings } from '../../../src/schema/ratcheting.ts';
import { invalid, forbidden, type FieldError } from '../../../src/meta/field-error.ts';
import { thing, thingSchema } from './thing.ts';

const schema = thingSchema();
const fieldsOf = (after: object, before: object): string[] =>
  schema.validateUpdate(thing(after), thing(before)).map(({ field }) => field);

describe('a stored object that breaks rules', () => {
  const broken = {
    str: 'TOO LONG',
    en: 'x',
    replicas: 77,
    arr: [],
    part: [1],
    map: [{ id: 'a', v: 'x' }, { id: 'b' }, { id: 'b' }, { v: 1 }],
    'a.b/c': 'x',
    dict: { 'x.y/z': 1 },
  };

  it('can be written as it is', () => {
    expect(fieldsOf(broken, broken)).toEqual([]);
  });

  it('can be changed elsewhere', () => {
    expect(fieldsOf({ ...broken, num: 7, map: [...broken.map, { id: 'new' }] }, broken)).toEqual([]);
  });

  it('can be corrected step by step', () => {
    expect(fieldsOf({ ...broken, str: 'ab', map: broken.map.slice(0, 2), replicas: 1 }, broken)).toEqual([]);
  });

  it('is judged where it is changed', () => {
    expect(fieldsOf({ ...broken, str: 'STILL TOO LONG', dict: { 'x.y/z': 2 } }, broken).sort()).toEqual([
      'spec.dict.x.y/z',
      'spec.str',
    ]);
  });

  it('must not get worse', () => {
    expect(fieldsOf({ ...broken, i32: 'x' }, broken)).toEqual(['spec.i32']);
    expect(fieldsOf({ map: [{ id: 'a' }, { id: 'a' }] }, { map: [{ id: 'a' }] })).toEqual(['spec.map[1]']);
    expect(fieldsOf({ set: ['a', 'a'] }, { set: ['a'] })).toEqual(['spec.set[1]']);
  });

  it('may still lack required fields, but must not lose others', () => {
    const lacking = { ...thing({}), spec: { str: 'ab' } };
    expect(schema.validateUpdate({ ...lacking, spec: { str: 'cd' } }, lacking)).toEqual([]);
    expect(schema.validateUpdate(lacking, thing({ str: 'ab' })).map(({ field }) => field)).toEqual(['spec.req']);
  });

  it('knows the elements of a map by their keys, wherever they stand', () => {
    const before = { map: [{ id: 'a', v: 'x' }, { id: 'b' }] };
    expect(fieldsOf({ map: [{ id: 'b' }, { id: 'a', v: 'x' }] }, before)).toEqual([]);
    expect(fieldsOf({ map: [{ id: 'b', v: 'x' }] }, before)).toEqual(['spec.map[0].v']);
  });

  it('keeps other lists whole: an element that moved is judged again', () => {
    expect(fieldsOf({ arr: ['x'] }, { arr: ['x'] })).toEqual([]);
    expect(fieldsOf({ arr: ['x', 2] }, { arr: ['x'] })).toEqual(['spec.arr[0]']);
  });

  it.each([[null], ['text'], [7], [[]], [{}]])('whose spec is %j can be written as it is', (spec) => {
    const stored = { ...thing({}), spec };
    expect(schema.validateUpdate(stored, stored)).toEqual([]);
    expect(schema.validateUpdate(thing({ str: 'TOO LONG' }), stored)).not.toEqual([]);
  });

  it('is judged by its metadata in any case', () => {
    const stored = { ...thing({}), metadata: { name: 'a', labels: { a: 1 } } };
    expect(schema.validateUpdate(stored, stored).map(({ field }) => field)).toEqual(['metadata.labels.a']);
  });
});

describe('findings that are no longer judged', () => {
  it('are found in time that grows with the object, not with its square', () => {
    const many = (length: number): object => ({ map: Array.from({ length }, (_, n) => ({ id: `i${n}`, v: 'x' })) });
    const errors = (length: number): FieldError[] =>
      Array.from({ length }, (_, n) => invalid(`spec.map[${n}].v`, 'x', 'no'));
    let comparisons = 0;
    const counted = (object: object): object =>
      new Proxy(object, {
        ownKeys: (target) => {
          comparisons += 1;
          return Reflect.ownKeys(target);
        },
      });
    const cost = (length: number): number => {
      comparisons = 0;
      const after = { spec: { ...many(length), num: 1 } };
      const before = { spec: counted(many(length)) };
      const object = { ...after, spec: counted(after.spec) };
      changedFindings(schema.root, { errors: errors(length), object }, { errors: () => [], object: before });
      return comparisons;
    };
    expect(cost(800)).toBeLessThanOrEqual(cost(400) * 2 + 10);
  });
});

describe("a resource's own findings", () => {
  const found = (errors: FieldError[], spec: object) => ({ errors, object: thing(spec) });
  const total = invalid('spec.map', 2, 'must have at most 1');

  it('count where the stored object did not have them', () => {
    const after = found([total], { map: [{ id: 'a' }, { id: 'b' }] });
    expect(newFindings(schema.root, after, () => found([], { map: [{ id: 'a' }] }))).toEqual([total]);
    expect(newFindings(schema.root, after, () => found([total], { map: [{ id: 'c' }, { id: 'd' }] }))).toEqual([]);
  });

  it('are told of again where another value of the stored object was meant', () => {
    const hidden = invalid('spec.str', '(hidden)', 'no');
    const before = () => found([hidden], { str: 'old' });
    expect(newFindings(schema.root, found([hidden], { str: 'new' }), before)).toEqual([hidden]);
    expect(newFindings(schema.root, found([hidden], { str: 'old' }), before)).toEqual([]);
  });

  it('are about the same element of a map, whichever place it has', () => {
    const at = (index: number) => invalid(`spec.map[${index}].v`, 9, 'no');
    const before = () => found([at(1)], { map: [{ id: 'a' }, { id: 'b', v: 9 }] });
    expect(newFindings(schema.root, found([at(0)], { map: [{ id: 'b', v: 9 }] }), before)).toEqual([]);
    expect(newFindings(schema.root, found([at(0)], { map: [{ id: 'c', v: 9 }] }), before)).toEqual([at(0)]);
  });

  it('always count where they forbid the change itself', () => {
    const fixed = forbidden('spec.str', 'not for you');
    expect(newFindings(schema.root, found([fixed], { str: 'a' }), () => found([fixed], { str: 'a' }))).toEqual([fixed]);
  });
});
