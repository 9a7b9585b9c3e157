/** Elements, entries and fields of values. Source: cel-go/interpreter/attributes.go */
import { CelError, noOverload } from './errors.ts';
import { entryOf, hasFields, isMap, keysOf, Optional, typeOf, Uint } from './values.ts';

/** An element, entry or field. @throws CelError where there is none */
export function fieldOf(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    const found: unknown = value[indexOf(key)];
    if (found === undefined) throw new CelError(`index out of bounds: ${text(key)}`);
    return found;
  }
  const found = isMap(value) ? entryOf(value, key) : hasFields(value) ? value.celField(String(key)) : undefined;
  if (found === undefined) throw new CelError(`no such key: ${text(key)}`);
  return found;
}

/** -1 for none. @throws CelError */
function indexOf(key: unknown): number {
  if (typeof key === 'bigint') return Number(key);
  if (key instanceof Uint) return Number(key.value);
  if (typeof key === 'number' && Number.isInteger(key)) return key;
  if (typeof key === 'number') throw new CelError(`unsupported index value ${key} in list`);
  throw new CelError(`unsupported index type '${typeof key === 'string' ? 'string' : 'dyn'}' in list`);
}

function text(key: unknown): string {
  if (key instanceof Uint) return String(key.value);
  return typeof key === 'object' && key !== null ? typeOf(key) : String(key);
}

/** has(): whether there is such an entry or field. @throws CelError for what can have none */
export function isPresent(value: unknown, field: string): boolean {
  if (value instanceof Optional) return value.has() && isPresent(value.get(), field);
  if (isMap(value)) return entryOf(value, field) !== undefined;
  if (hasFields(value)) return value.celField(field) !== undefined;
  throw new CelError(`no such key: ${field}`);
}

/** `.?` and `[?]`. @throws CelError */
export function optionally(value: unknown, key: unknown): Optional {
  if (value instanceof Optional) return value.has() ? optionally(value.get(), key) : Optional.none;
  if (Array.isArray(value)) return new Optional(value[indexOf(key)] as unknown);
  if (isMap(value)) return new Optional(entryOf(value, key));
  return hasFields(value) ? new Optional(value.celField(String(key))) : Optional.none;
}

/** What comes after a `.?` is optional, too. */
export function throughOptional(value: Optional, key: unknown): Optional {
  return value.has() ? optionally(value.get(), key) : Optional.none;
}

/** Whether an optional entry of a literal is there. @throws CelError where it is not optional */
export function isThere(value: unknown): value is Optional {
  if (value instanceof Optional) return value.has();
  throw new CelError(`cannot initialize optional entry from non-optional value`);
}

/** Pairs of index or key, and value; only elements or keys where one variable is asked for. */
export function itemsOf(range: unknown, both: boolean): (readonly [unknown, unknown])[] {
  if (Array.isArray(range)) return range.map((item: unknown, at) => [both ? BigInt(at) : item, item]);
  if (isMap(range)) return keysOf(range).map((key) => [key, both ? entryOf(range, key) : key]);
  throw noOverload();
}
