/** A decoded JSON object. */
export type JsonObject = { [key: string]: unknown };

/** True for a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two JSON values are equal: the order of keys does not matter, the order of arrays does. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => deepEqual(item, b[index]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key], b[key]))
  );
}

/** A copy of a JSON value that has no part in common with it. structuredClone takes several times as long. */
export function copied<V>(value: V): V {
  return copyOf(value) as V;
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isJsonObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) setOrdinary(copy, key, copyOf(value[key]));
  return copy;
}

/**
 * The next JSON value, made of the very same parts as the one before wherever both are equal: whoever compares them later
 * need not look at those. Neither value is changed.
 * @returns `before` if all is equal, as deepEqual says
 */
export function sharing<V>(next: V, before: V | undefined): V {
  return shared(next, before) as V;
}

function shared(next: unknown, before: unknown): unknown {
  if (Object.is(next, before)) return before;
  if (Array.isArray(next)) {
    if (!Array.isArray(before)) return next;
    const items = next.map((item, index) => shared(item, before[index]));
    return items.length === before.length && items.every((item, index) => Object.is(item, before[index]))
      ? before
      : items;
  }
  if (!isJsonObject(next) || !isJsonObject(before)) return next;
  const keys = Object.keys(next);
  let isSame = keys.length === Object.keys(before).length;
  const parts: JsonObject = {};
  for (const key of keys) {
    const had = Object.hasOwn(before, key);
    const part = had ? shared(next[key], before[key]) : next[key];
    isSame &&= had && Object.is(part, before[key]);
    setOrdinary(parts, key, part);
  }
  return isSame ? before : parts;
}

/** Set in the plain way, `__proto__` would change the prototype. */
function setOrdinary(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(object, key, { ...ordinary, value });
  else object[key] = value;
}

/**
 * A copy without these keys. Built anew, because V8 reads, copies and prints objects slowly from which a property was
 * deleted.
 */
export function without<V extends object>(value: V, ...keys: readonly string[]): V {
  const all = value as V & JsonObject;
  const copy: JsonObject = {};
  for (const key of Object.keys(all)) {
    if (!keys.includes(key)) setOrdinary(copy, key, all[key]);
  }
  // What is left out is optional in every type that this is used for.
  return copy as V;
}

const ordinary = { enumerable: true, configurable: true, writable: true };

const step = '  ';

/**
 * Like JSON.stringify with an indent of two, except that Maps become objects and keep the order of their keys. (Plain
 * objects put keys that look like numbers first.)
 * @param value of JSON's types and Maps; properties that are undefined are left out
 */
export function orderedJson(value: unknown, indent = ''): string {
  const inner = indent + step;
  const block = (open: string, lines: readonly string[], close: string): string =>
    lines.length === 0 ? open + close : `${open}\n${inner}${lines.join(`,\n${inner}`)}\n${indent}${close}`;
  if (Array.isArray(value)) {
    return block(
      '[',
      value.map((item) => orderedJson(item, inner)),
      ']',
    );
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = value instanceof Map ? [...(value as ReadonlyMap<string, unknown>)] : Object.entries(value);
  const present = entries.filter(([, item]) => item !== undefined);
  return block(
    '{',
    present.map(([key, item]) => `${JSON.stringify(key)}: ${orderedJson(item, inner)}`),
    '}',
  );
}
