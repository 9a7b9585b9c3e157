/** How values compare. Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md#equality-and-ordering */
import { noOverload } from './errors.ts';
import { Duration, entryOf, isMap, keysOf, Optional, Timestamp, Type, typeOf, Uint, type Opaque } from './values.ts';

type Number = number | bigint;

/** The amount that a number of any type stands for; undefined for all else. */
function amountOf(value: unknown): Number | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return value instanceof Uint ? value.value : undefined;
}

/** Numbers of all types compare by value; values of different types are never equal. */
export function equals(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' || typeof a === 'boolean' || a === null) return a === b;
  const [left, right] = [amountOf(a), amountOf(b)];
  // Not ===, which is never true for an int and a double; NaN equals nothing.
  if (left !== undefined && right !== undefined) return left <= right && left >= right;
  if (left !== undefined || right !== undefined) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, at) => equals(one, b[at]));
  if (isMap(a)) return isMap(b) && mapsEqual(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.from(a).equals(b);
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Type) return b instanceof Type && a.type === b.type;
  if (a instanceof Optional) {
    if (!(b instanceof Optional) || a.has() !== b.has()) return false;
    return !a.has() || equals(a.get(), b.get());
  }
  return isOpaque(a) && a.celEquals(b);
}

function mapsEqual(a: Parameters<typeof keysOf>[0], b: typeof a): boolean {
  const keys = keysOf(a);
  return (
    keys.length === keysOf(b).length &&
    keys.every((key) => {
      const other = entryOf(b, key);
      return other !== undefined && equals(entryOf(a, key), other);
    })
  );
}

function isOpaque(value: unknown): value is Opaque {
  return typeof value === 'object' && value !== null && 'celEquals' in value;
}

/** Below zero where a comes before b. @throws CelError for values without order */
export function compare(a: unknown, b: unknown): number {
  const [left, right] = [amountOf(a), amountOf(b)];
  if (left !== undefined && right !== undefined) return order(left, right);
  if (typeOf(a) !== typeOf(b)) throw noOverload();
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (typeof a === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array);
  if (a instanceof Duration) return order(a.nanos, (b as Duration).nanos);
  if (a instanceof Timestamp) return order(a.nanos, (b as Timestamp).nanos);
  throw noOverload();
}

const order = (a: Number, b: Number): number => (a < b ? -1 : a > b ? 1 : 0);
