/** Random values of a type that are similar to each other, and random sets of fields. */
import type { ListType, MapType, MergeType, ScalarType } from '../../../src/apiserver/apply/typed/index.ts';
import { fieldNames } from './generate-types.ts';
import type { Random } from './random.ts';

/** The probability of mistakes in a value: a wrong kind, an undeclared field, a second element with the same key. */
export interface Faults {
  readonly wrong: number;
  readonly duplicate: number;
  readonly nulls: number;
}

const texts = ['x', 'y', 'z', '', '<&>', 'é😀', '\u2028"\\\n\u0001'] as const;
const numbers = [0, 1, 2, 1.5, 1234567, -3, 0.00001] as const;
const mapKeys = ['a', 'b', 'k1', 'k2', 'k3', 'x/y', '\ufffd', '😀'] as const;

function scalarOf(random: Random, type: ScalarType): unknown {
  switch (type) {
    case 'string':
      return random.chance(0.8) ? random.pick(['x', 'y', 'z']) : random.pick(texts);
    case 'numeric':
      return random.chance(0.8) ? random.below(3) : random.pick(numbers);
    case 'boolean':
      return random.chance(0.5);
    case 'untyped':
      return random.pick<unknown>([random.pick(texts), random.pick(numbers), random.chance(0.5)]);
  }
}

const anything: readonly unknown[] = ['x', 1, true, null, [], {}, [1], { a: 1 }, { a: { b: ['x'] } }, [[1], { a: 2 }]];

/** A random value of a type. */
export function valueOf(random: Random, type: MergeType, faults: Faults, depth = 6): unknown {
  if (random.chance(faults.wrong)) return random.pick(anything);
  if (random.chance(faults.nulls)) return null;
  const kinds = [type.scalar && 'scalar', type.list && 'list', type.map && 'map'].filter((kind) => kind !== undefined);
  const kind = depth <= 0 && type.scalar ? 'scalar' : random.pick(kinds);
  if (type.list && kind === 'list') return depth <= 0 ? [] : listOf(random, type.list, faults, depth);
  if (type.map && kind === 'map') return depth <= 0 ? {} : mapOf(random, type.map, faults, depth);
  return type.scalar ? scalarOf(random, type.scalar) : null;
}

function mapOf(random: Random, map: MapType, faults: Faults, depth: number): unknown {
  const rest = map.rest();
  const declared = fieldNames.filter((name) => map.field(name) !== undefined);
  const others = rest === undefined ? [] : random.some(mapKeys, 0.3).filter((name) => map.field(name) === undefined);
  const stray = random.chance(faults.wrong) ? ['stray'] : [];
  const names = random.shuffled([...random.some(declared, 0.6), ...others, ...stray]);
  return Object.fromEntries(
    names.map((name) => {
      const type = map.field(name)?.type ?? rest;
      return [name, type === undefined ? 'x' : valueOf(random, type, faults, depth - 1)];
    }),
  );
}

function listOf(random: Random, list: ListType, faults: Faults, depth: number): unknown {
  const items: unknown[] = [];
  const seen = new Set<string>();
  for (let left = random.below(5); left > 0; left--) {
    const item = itemOf(random, list, faults, depth);
    const key = JSON.stringify(keyOf(list, item));
    if (!list.atomic && seen.has(key) && !random.chance(faults.duplicate)) continue;
    seen.add(key);
    items.push(item);
  }
  return items;
}

function keyOf(list: ListType, item: unknown): unknown {
  if (list.keys.length === 0 || typeof item !== 'object' || item === null) return item;
  const object = item as Record<string, unknown>;
  return list.keys.map((key) => object[key] ?? list.keyDefault(key) ?? null);
}

function itemOf(random: Random, list: ListType, faults: Faults, depth: number): unknown {
  const item = valueOf(random, list.element(), list.atomic ? faults : { ...faults, nulls: 0 }, depth - 1);
  if (list.atomic || list.keys.length === 0 || typeof item !== 'object' || item === null || Array.isArray(item))
    return item;
  const keys = list.keys.flatMap((name, index) => {
    const absent = random.chance(index === 0 ? 0.1 : 0.3) || random.chance(faults.wrong);
    return absent ? [] : [[name, name === 'port' ? random.below(3) : random.pick(['x', 'y', 'z', 'w'])] as const];
  });
  const others = Object.entries(item).filter(([name]) => !list.keys.includes(name));
  const made: Record<string, unknown> = Object.fromEntries(random.shuffled([...others, ...keys]));
  const first = list.keys[0]!;
  const hasKey = list.keys.some((name) => made[name] !== undefined || list.keyDefault(name) !== undefined);
  return hasKey || random.chance(faults.wrong) ? made : { ...made, [first]: first === 'port' ? 1 : 'x' };
}

/** A value similar to another one: parts are replaced, removed, added or put in another order. */
export function nearTo(random: Random, type: MergeType, value: unknown, faults: Faults, depth = 6): unknown {
  if (depth <= 0 || random.chance(0.12)) return valueOf(random, type, faults, depth);
  if (Array.isArray(value) && type.list) {
    const element = type.list.element();
    const kept = (value as unknown[])
      .filter(() => !random.chance(0.2))
      .map((item) => (random.chance(0.4) ? nearItem(random, type.list!, element, item, faults, depth) : item));
    const added = random.chance(0.3) ? (listOf(random, type.list, faults, depth) as unknown[]) : [];
    const all = random.chance(0.3) ? random.shuffled([...kept, ...added]) : [...kept, ...added];
    const keys = new Set<string>();
    return all.filter((item) => {
      const key = JSON.stringify(keyOf(type.list!, item));
      const isNew = type.list!.atomic || !keys.has(key) || random.chance(faults.duplicate);
      keys.add(key);
      return isNew;
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !type.map) {
    return random.chance(0.5) ? value : valueOf(random, type, faults, depth);
  }
  const { map } = type;
  const kept = Object.entries(value).filter(() => !random.chance(0.15));
  const changed = kept.map(([name, part]) => {
    const partType = map.field(name)?.type ?? map.rest();
    const isChanged = partType !== undefined && random.chance(0.4);
    return [name, isChanged ? nearTo(random, partType, part, faults, depth - 1) : (part as unknown)] as const;
  });
  const more = random.chance(0.4) ? Object.entries(mapOf(random, map, faults, depth) as object) : [];
  return { ...Object.fromEntries(more.filter(() => random.chance(0.5))), ...Object.fromEntries(changed) };
}

function nearItem(
  random: Random,
  list: ListType,
  element: MergeType,
  item: unknown,
  faults: Faults,
  depth: number,
): unknown {
  if (list.keys.length === 0) return itemOf(random, list, faults, depth);
  const near = nearTo(random, element, item, faults, depth - 1);
  if (typeof near !== 'object' || near === null || Array.isArray(near)) return itemOf(random, list, faults, depth);
  const keys = Object.entries(item as object).filter(([name]) => list.keys.includes(name));
  const others = Object.entries(near).filter(([name]) => !list.keys.includes(name));
  return Object.fromEntries([...others, ...keys]);
}

/** A part of a value that one of several appliers may send. */
export function partOf(random: Random, type: MergeType, value: unknown): unknown {
  if (Array.isArray(value) && type.list && !type.list.atomic) {
    const { list } = type;
    return (value as unknown[]).filter(() => random.chance(0.6)).map((item) => partOfItem(random, list, item));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !type.map || type.map.atomic) return value;
  const { map } = type;
  const kept = Object.entries(value).filter(() => random.chance(0.7));
  return Object.fromEntries(
    kept.map(([name, part]) => {
      const partType = map.field(name)?.type ?? map.rest();
      return [name, partType === undefined ? (part as unknown) : partOf(random, partType, part)];
    }),
  );
}

function partOfItem(random: Random, list: ListType, item: unknown): unknown {
  const part = partOf(random, list.element(), item);
  if (typeof part !== 'object' || part === null || typeof item !== 'object') return part;
  return {
    ...part,
    ...Object.fromEntries(Object.entries(item as object).filter(([name]) => list.keys.includes(name))),
  };
}
