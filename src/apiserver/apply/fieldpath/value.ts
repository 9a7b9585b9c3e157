/** Equality and order of JSON values, as structured-merge-diff's package value has them. A property that is undefined is absent. */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { compareUtf8 } from '../../../meta/utf8-order.ts';

/** Whether two values are equal: numbers by their size, lists with their order, objects without theirs. */
export function valuesEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => valuesEqual(item, b[index]));
  }
  return objectsEqual(a as JsonObject, b as JsonObject);
}

function objectsEqual(a: JsonObject, b: JsonObject): boolean {
  let present = 0;
  for (const key of Object.keys(a)) {
    if (a[key] === undefined) continue;
    if (!Object.hasOwn(b, key) || !valuesEqual(a[key], b[key])) return false;
    present += 1;
  }
  return presentKeys(b).length === present;
}

/** The names of an object's fields that are there, in the object's order. */
export function presentKeys(object: JsonObject): string[] {
  return Object.keys(object).filter((key) => object[key] !== undefined);
}

/** Numbers come first, then strings, booleans, lists, objects, and null. */
function rankOf(value: unknown): number {
  if (typeof value === 'number') return 0;
  if (typeof value === 'string') return 1;
  if (typeof value === 'boolean') return 2;
  if (Array.isArray(value)) return 3;
  return isJsonObject(value) ? 4 : 5;
}

/** A total order of values. @returns less than, equal to or greater than zero */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return compareUtf8(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const rank = rankOf(a);
  if (rank !== rankOf(b)) return rank - rankOf(b);
  if (typeof a === 'boolean') return Number(a) - Number(b);
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b);
  return isJsonObject(a) && isJsonObject(b) ? compareObjects(a, b) : 0;
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const order = compareValues(a[index], b[index]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** The first name that only one has decides, in the order of all names; which one has fewer names decides before that. */
function compareObjects(a: JsonObject, b: JsonObject): number {
  const left = presentKeys(a);
  const right = presentKeys(b);
  const names = [...new Set([...left, ...right])].sort(compareUtf8);
  for (const [index, name] of names.entries()) {
    if (index === left.length) return -1;
    if (index === right.length) return 1;
    if (!isPresent(a, name)) return 1;
    if (!isPresent(b, name)) return -1;
    const order = compareValues(a[name], b[name]);
    if (order !== 0) return order;
  }
  return 0;
}

function isPresent(object: JsonObject, name: string): boolean {
  return Object.hasOwn(object, name) && object[name] !== undefined;
}
