/** How values of CEL compare. Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md#equality-and-ordering */
import { isJsonObject } from '../../meta/json.ts';

type Key = string | number | bigint | boolean;

/**
 * Equality in CEL. Numbers of all types compare by value; values of different types are never equal.
 * @throws Error for types that JSON does not have (uint, duration, bytes): requests never contain them
 */
export function equals(a: unknown, b: unknown): boolean {
  const [left, right] = [placeOf(a), placeOf(b)];
  // Not ===, which is never true for an int and a double; NaN equals nothing.
  if (left !== undefined && right !== undefined)
    return left.line === right.line && left.at <= right.at && left.at >= right.at;
  if (left !== undefined || right !== undefined) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, at) => equals(one, b[at]));
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equals(a[key], b[key]));
}

/** Order in CEL. @throws Error for values that have no order */
export function isBefore(a: unknown, b: unknown): boolean {
  const [left, right] = [placeOf(a), placeOf(b)];
  if (left === undefined || left.line !== right?.line) throw incomparable();
  return left.at < right.at;
}

/** Undefined for lists, maps and null, which have no order. */
function placeOf(value: unknown): { readonly line: string; readonly at: Key } | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return { line: typeof value, at: value };
  if (typeof value === 'number' || typeof value === 'bigint') return { line: 'number', at: value };
  if (value instanceof Date) return { line: 'timestamp', at: value.getTime() };
  if (isJsonObject(value) && Object.getPrototypeOf(value) !== Object.prototype) throw incomparable();
  return undefined;
}

function incomparable(): Error {
  return new Error('values of these types cannot be compared');
}
