/** Functions of lists and sets. Source: k8s.io/apiserver/pkg/cel/library/lists.go, cel-go/ext/lists.go, cel-go/ext/sets.go */
import { compare, equals } from '../compare.ts';
import { CelError, noOverload } from '../errors.ts';
import { elements, FunctionTable, kinds, sizeOf, type Cost } from '../functions.ts';
import { Duration, Optional, Uint } from '../values.ts';
import { inInt, inUint } from './operators.ts';

type List = readonly unknown[];

const { any, int, list } = kinds;
const pairs: Cost = ([a, b]) => sizeOf(a) * sizeOf(b) + 1;
const made: Cost = (_, result) => 1 + sizeOf(result);
const squared: Cost = ([items]) => sizeOf(items) ** 2 + 1;
/** Source: cel-go/ext/lists.go */
const maxRange = 1_000_000n;

const has = (items: List, item: unknown): boolean => items.some((one) => equals(one, item));
const covers = (items: List, others: List): boolean => others.every((one) => has(items, one));

function sum(items: List): unknown {
  const [first] = items;
  if (first === undefined) return 0n;
  return items.slice(1).reduce((total, item) => {
    if (typeof total === 'bigint' && typeof item === 'bigint') return inInt(total + item);
    if (typeof total === 'number' && typeof item === 'number') return total + item;
    if (total instanceof Uint && item instanceof Uint) return inUint(total.value + item.value);
    if (total instanceof Duration && item instanceof Duration) return new Duration(total.nanos + item.nanos);
    throw noOverload();
  }, summable(first));
}

function summable(value: unknown): unknown {
  const isNumber = typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint;
  if (isNumber || value instanceof Duration) return value;
  throw noOverload();
}

function extreme(items: List, name: string, sign: number): unknown {
  if (items.length === 0) throw new CelError(`${name} called on empty list`);
  return items.reduce((best, item) => (compare(item, best) * sign < 0 ? item : best));
}

function slice(items: List, begin: bigint, end: bigint): List {
  const about = `cannot slice(${begin}, ${end})`;
  if (begin < 0n || end < 0n) throw new CelError(`${about}, negative indexes not supported`);
  if (begin > end) throw new CelError(`${about}, start index must be less than or equal to end index`);
  if (end > BigInt(items.length)) throw new CelError(`${about}, list is length ${items.length}`);
  return items.slice(Number(begin), Number(end));
}

function flatten(items: List, depth = 1n): List {
  if (depth < 0n) throw new CelError('level must be non-negative');
  return items.flat(Number(depth > 1000n ? 1000n : depth));
}

function distinct(items: List): List {
  const kept: unknown[] = [];
  for (const item of items) if (!has(kept, item)) kept.push(item);
  return kept;
}

function range(size: bigint): List {
  if (size < 0n) throw new CelError(`lists.range: size must be non-negative, got ${size}`);
  if (size > maxRange) throw new CelError(`lists.range: size ${size} exceeds maximum allowed (${maxRange})`);
  return Array.from({ length: Number(size) }, (_, at) => BigInt(at));
}

function sortedBy(items: List, keys: List): List {
  const order = keys.map((key, at) => ({ key, at })).sort((a, b) => comparable(a.key, b.key) || a.at - b.at);
  return order.map(({ at }) => items[at]);
}

function comparable(a: unknown, b: unknown): number {
  try {
    return compare(a, b);
  } catch (cause) {
    throw new CelError('list elements must have the same type', { cause });
  }
}

/** isSorted, sum, slice, sets.contains and the others. */
export const lists = new FunctionTable()
  .add(
    '.isSorted',
    [list],
    (items) => items.every((item, at) => at === 0 || compare(items[at - 1], item) <= 0),
    elements,
  )
  .add('.sum', [list], sum, elements)
  .add('.min', [list], (items) => extreme(items, 'min', 1), elements)
  .add('.max', [list], (items) => extreme(items, 'max', -1), elements)
  .add('.indexOf', [list, any], (items, item) => BigInt(items.findIndex((one) => equals(one, item))), elements)
  .add('.lastIndexOf', [list, any], (items, item) => BigInt(items.findLastIndex((one) => equals(one, item))), elements)
  .add('.includes', [list, any], has, elements)
  .add('.slice', [list, int, int], slice, made)
  .add('.flatten', [list], (items) => flatten(items), made)
  .add('.flatten', [list, int], flatten, made)
  .add('.distinct', [list], distinct, squared)
  .add('.reverse', [list], (items) => [...items].reverse(), made)
  .add('.sort', [list], (items) => sortedBy(items, items), squared)
  .add('@sortByAssociatedKeys', [list, list], sortedBy, squared)
  .add('.first', [list], (items) => new Optional(items[0]))
  .add('.last', [list], (items) => new Optional(items.at(-1)))
  .add('lists.range', [int], range, made)
  .add('sets.contains', [list, list], covers, pairs)
  .add('sets.intersects', [list, list], (items, others) => others.some((one) => has(items, one)), pairs)
  .add('sets.equivalent', [list, list], (items, others) => covers(items, others) && covers(others, items), pairs);
