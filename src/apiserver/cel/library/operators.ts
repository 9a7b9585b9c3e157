/** Operators. Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions */
import { compare, equals } from '../compare.ts';
import { CelError } from '../errors.ts';
import { FunctionTable, kinds, sizeOf, traversal, type Cost } from '../functions.ts';
import { Duration, entryOf, Timestamp, Uint } from '../values.ts';

const { any, bool, bytes, double, duration, int, list, map, string, timestamp, uint } = kinds;
const maxInt = 2n ** 63n;

/** @throws CelError if it has more than 64 bits */
export function inInt(value: bigint): bigint {
  if (value >= maxInt || value < -maxInt) throw new CelError('integer overflow');
  return value;
}

/** @throws CelError if it is negative or has more than 64 bits */
export function inUint(value: bigint): Uint {
  if (value < 0n || value >= 2n * maxInt) throw new CelError('unsigned integer overflow');
  return new Uint(value);
}

function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError('division by zero');
  return a / b;
}

function modulo(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError('modulus by zero');
  return a % b;
}

const smaller: Cost = ([a, b]) => Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * 0.1);
const both: Cost = ([a, b]) => Math.ceil((sizeOf(a) + sizeOf(b)) * 0.1);
const listSize: Cost = (args) => sizeOf(args[1]);

/** `+ - * / %`, comparisons, `in`, `!`. */
export const operators = new FunctionTable()
  .add('+', [int, int], (a, b) => inInt(a + b))
  .add('+', [uint, uint], (a, b) => inUint(a.value + b.value))
  .add('+', [double, double], (a, b) => a + b)
  .add('+', [string, string], (a, b) => a + b, both)
  .add('+', [bytes, bytes], (a, b) => Uint8Array.from([...a, ...b]), both)
  .add('+', [list, list], (a, b) => [...a, ...b])
  .add('+', [duration, duration], (a, b) => new Duration(a.nanos + b.nanos))
  .add('+', [timestamp, duration], (a, b) => new Timestamp(a.nanos + b.nanos))
  .add('+', [duration, timestamp], (a, b) => new Timestamp(a.nanos + b.nanos))
  .add('-', [int, int], (a, b) => inInt(a - b))
  .add('-', [uint, uint], (a, b) => inUint(a.value - b.value))
  .add('-', [double, double], (a, b) => a - b)
  .add('-', [duration, duration], (a, b) => new Duration(a.nanos - b.nanos))
  .add('-', [timestamp, duration], (a, b) => new Timestamp(a.nanos - b.nanos))
  .add('-', [timestamp, timestamp], (a, b) => new Duration(a.nanos - b.nanos))
  .add('*', [int, int], (a, b) => inInt(a * b))
  .add('*', [uint, uint], (a, b) => inUint(a.value * b.value))
  .add('*', [double, double], (a, b) => a * b)
  .add('/', [int, int], (a, b) => inInt(divide(a, b)))
  .add('/', [uint, uint], (a, b) => new Uint(divide(a.value, b.value)))
  .add('/', [double, double], (a, b) => a / b)
  .add('%', [int, int], modulo)
  .add('%', [uint, uint], (a, b) => new Uint(modulo(a.value, b.value)))
  .add('-_', [int], (a) => inInt(-a))
  .add('-_', [double], (a) => -a)
  .add('-_', [duration], (a) => new Duration(-a.nanos))
  .add('!_', [bool], (a) => !a)
  .add('==', [any, any], equals, smaller)
  .add('!=', [any, any], (a, b) => !equals(a, b), smaller)
  .add('<', [any, any], (a, b) => compareOrdered(a, b) < 0, smaller)
  .add('<=', [any, any], (a, b) => compareOrdered(a, b) <= 0, smaller)
  .add('>', [any, any], (a, b) => compareOrdered(a, b) > 0, smaller)
  .add('>=', [any, any], (a, b) => compareOrdered(a, b) >= 0, smaller)
  .add('in', [any, list], (item, items) => items.some((one) => equals(one, item)), listSize)
  .add('in', [any, map], (key, entries) => entryOf(entries, key) !== undefined)
  .add('size', [string], (text) => BigInt(sizeOf(text)))
  .add('size', [bytes], (value) => BigInt(value.length))
  .add('size', [list], (items) => BigInt(items.length))
  .add('size', [map], (entries) => BigInt(sizeOf(entries)))
  .add('.size', [string], (text) => BigInt(sizeOf(text)))
  .add('.size', [bytes], (value) => BigInt(value.length))
  .add('.size', [list], (items) => BigInt(items.length))
  .add('.size', [map], (entries) => BigInt(sizeOf(entries)))
  .add('.startsWith', [string, string], (text, part) => text.startsWith(part), traversal(1))
  .add('.endsWith', [string, string], (text, part) => text.endsWith(part), traversal(1))
  .add(
    '.contains',
    [string, string],
    (text, part) => text.includes(part),
    ([text, part]) => Math.ceil(sizeOf(text) * 0.1) * Math.ceil(sizeOf(part) * 0.1),
  );

function compareOrdered(a: unknown, b: unknown): number {
  if (Number.isNaN(a) || Number.isNaN(b)) throw new CelError('NaN values cannot be ordered');
  return compare(a, b);
}
