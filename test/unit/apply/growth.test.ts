import { describe, expect, it } from 'vitest';
import { FieldSet, FieldsV1Error, fromFieldsV1, toFieldsV1 } from '../../../src/apiserver/apply/fieldpath/index.ts';
import { createUpdater, type Managers } from '../../../src/apiserver/apply/merge/index.ts';
import { deducedType, TypedError, typedOf, type MergeType } from '../../../src/apiserver/apply/typed/index.ts';
import { growth, linearGrowth, orRefused } from '../../support/growth.ts';
import { byName, number, text, typeWith } from './scene.ts';

const type = typeWith({
  list: byName({ value: text, inner: byName({ members: number }) }),
  set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
  map: { type: 'object', additionalProperties: text },
});

const updater = createUpdater({ convert: (object) => object });

interface Thing {
  readonly list: readonly unknown[];
  readonly set: readonly string[];
  readonly map: Readonly<Record<string, string>>;
}

/** Three containers of this many elements each, in an order of their own. */
function thing(size: number, value: string): Thing {
  const numbers = Array.from({ length: size }, (_, index) => (index * 7919) % size);
  return {
    list: numbers.map((index) => ({ name: `n${index}`, value, inner: [{ name: 'i', members: index }] })),
    set: numbers.map((index) => `s${index}`),
    map: Object.fromEntries(numbers.map((index) => [`k${index}`, value])),
  };
}

const owned = (object: unknown, manager: string, as: MergeType = type): Managers =>
  updater.update(
    { live: typedOf({}, as), apiVersion: 'v1', managers: new Map(), manager },
    typedOf(object, as, { allowDuplicates: true }),
  );

describe('the work of', () => {
  it('an update grows with the object, whatever changes in it', async () => {
    const work = (size: number) => () => {
      const before = thing(size, 'x');
      const after = { ...thing(size, 'y'), list: [...thing(size, 'x').list].reverse() };
      const write = { live: typedOf(before, type), apiVersion: 'v1', managers: owned(before, 'one'), manager: 'two' };
      return updater.update(write, typedOf(after, type));
    };
    expect(await growth(work, 500)).toBeLessThan(linearGrowth);
  });

  it('an apply that changes, gives up and takes over everything grows with the object', async () => {
    const work = (size: number) => () => {
      const before = thing(size, 'x');
      const live = typedOf(before, type);
      const write = { apiVersion: 'v1', manager: 'one' };
      const first = updater.apply({ ...write, live, managers: owned(before, 'two') }, live, false);
      const half = { ...thing(size, 'y'), list: before.list.slice(size / 2).reverse() };
      return updater.apply({ ...write, live, managers: first.managers }, typedOf(half, type), true);
    };
    expect(await growth(work, 250)).toBeLessThan(linearGrowth);
  });

  it('lists full of the same key grows with the list', async () => {
    const twice = (size: number) => ({
      list: Array.from({ length: size }, () => ({ name: 'x' })),
      set: Array(size).fill('a'),
    });
    const work = (size: number) => () => {
      const live = typedOf(twice(size), type, { allowDuplicates: true });
      const write = { live, apiVersion: 'v1', managers: owned(twice(size), 'one'), manager: 'two' };
      return updater.apply(write, typedOf({ list: [{ name: 'x', value: 'y' }], set: ['a'] }, type), true);
    };
    expect(await growth(work, 2_500)).toBeLessThan(linearGrowth);
  });

  it('finding everything that is wrong grows with the object', async () => {
    const wrong = (size: number) => ({ list: thing(size, 'x').list.map(() => ({ name: 'x', value: 1 })), set: [1, 2] });
    expect(await growth((size) => orRefused(() => typedOf(wrong(size), type)), 2_500)).toBeLessThan(linearGrowth);
  });

  it('lists within lists does not grow with a power of their depth', () => {
    let nested = byName({ value: text });
    for (let depth = 0; depth < 20; depth++) nested = byName({ inner: nested });
    const deepType = typeWith({ list: nested });
    const value = (leaf: string) => {
      let list: unknown[] = [{ name: 'x', value: leaf }];
      for (let depth = 0; depth < 20; depth++) list = [{ name: 'y', inner: list }, { name: 'z' }];
      return { list };
    };
    const { modified } = typedOf(value('a'), deepType).compare(typedOf(value('b'), deepType));
    expect(modified.size()).toBe(1);
  });

  it('FieldsV1 grows with its size', async () => {
    const fields = (size: number) =>
      Object.fromEntries(
        Array.from({ length: size }, (_, index) => [`k:{"name":"n${(index * 7919) % size}"}`, { 'f:a': {} }]),
      );
    expect(await growth((size) => () => toFieldsV1(fromFieldsV1(fields(size))), 2_500)).toBeLessThan(linearGrowth);
    const long = (size: number) => ({ [`v:"${'x'.repeat(size)}"`]: {}, [`f:${'y'.repeat(size)}`]: {} });
    expect(await growth((size) => () => toFieldsV1(fromFieldsV1(long(size))), 1_000_000)).toBeLessThan(linearGrowth);
    const digits = (size: number) => ({ [`i:${'9'.repeat(size)}`]: {} });
    expect(await growth((size) => orRefused(() => fromFieldsV1(digits(size))), 1_000_000)).toBeLessThan(linearGrowth);
  });
});

/** An object nested so deep, made without recursion. */
function nestedObject(levels: number, key: string, leaf: unknown): unknown {
  let value = leaf;
  for (let level = 0; level < levels; level++) value = { [key]: value };
  return value;
}

describe('what is nested too deeply', () => {
  it('is refused as FieldsV1 and within its elements, without overflowing the stack', () => {
    const brackets = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(() => fromFieldsV1(nestedObject(100_000, 'f:a', {}))).toThrow(FieldsV1Error);
    expect(() => fromFieldsV1({ [`v:${brackets}`]: {} })).toThrow(FieldsV1Error);
    expect(() => fromFieldsV1({ [`k:{"a":${brackets}}`]: {} })).toThrow(FieldsV1Error);
  });

  it('is refused as a value', () => {
    expect(() => typedOf(nestedObject(100_000, 'a', 'x'), deducedType)).toThrow(TypedError);
  });

  it('works up to the depth that the server reads', () => {
    const before = nestedObject(400, 'a', 'x');
    const after = nestedObject(400, 'a', 'y');
    const managers = owned(before, 'one', deducedType);
    const write = { live: typedOf(before, deducedType), apiVersion: 'v1', managers, manager: 'two' };
    const { managers: next } = updater.apply(write, typedOf(after, deducedType), true);
    expect(next.get('two')?.set.size()).toBe(400);
    expect(next.get('one')?.set.size()).toBe(399);
    const set = next.get('one')?.set ?? FieldSet.empty;
    expect(fromFieldsV1(toFieldsV1(set)).equals(set)).toBe(true);
  });

  it('has so many problems told as anybody reads', () => {
    const wrong = { set: Array.from({ length: 50_000 }, (_, index) => index) };
    const problems = (() => {
      try {
        typedOf(wrong, type);
      } catch (error) {
        if (error instanceof TypedError) return error.problems.length;
      }
      return 0;
    })();
    expect(problems).toBe(1000);
  });
});
