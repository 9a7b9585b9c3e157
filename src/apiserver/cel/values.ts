/**
 * Values of CEL in JavaScript: string, boolean, null, number (double), bigint (int), Uint8Array (bytes), arrays (list),
 * objects and CelMaps (map), and the classes here. Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md#values
 */
import { CelError, noOverload } from './errors.ts';

/** An unsigned integer of 64 bits. */
export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}
/** A time span, in nanoseconds. */
export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}
/** A point in time, in nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}
/** A type as a value. */
export class Type {
  readonly type: string;
  constructor(type: string) {
    this.type = type;
  }
}
/** A value that may be missing. */
export class Optional {
  static readonly none = new Optional(undefined);
  readonly #value: unknown;
  constructor(value: unknown) {
    this.#value = value;
  }
  has(): boolean {
    return this.#value !== undefined;
  }
  /** @throws CelError if there is none */
  get(): unknown {
    if (this.#value === undefined) throw new CelError('optional.none() dereference');
    return this.#value;
  }
}
/** A value of a type that has its own name, and fields or functions that only those know that define it. */
export interface Opaque {
  readonly celType: string;
  celEquals(other: unknown): boolean;
}
/** What has fields that are computed when they are read, or fields of its own kind. */
export interface Fields {
  readonly celType: string;
  /** Undefined where there is none. @throws CelError */
  celField(name: string): unknown;
}

/** A map that an expression made: its keys may be strings, numbers and booleans. */
export class CelMap {
  readonly #entries = new Map<string, readonly [unknown, unknown]>();

  get size(): number {
    return this.#entries.size;
  }
  get(key: unknown): unknown {
    return this.#entries.get(keyOf(key))?.[1];
  }
  has(key: unknown): boolean {
    return this.#entries.has(keyOf(key));
  }
  /** @throws CelError if there is such a key already */
  insert(key: unknown, value: unknown): this {
    const text = keyOf(key);
    if (this.#entries.has(text)) throw new CelError(`insert failed: key ${String(key)} already exists`);
    this.#entries.set(text, [key, value]);
    return this;
  }
  /** Replaces what there is. */
  set(key: unknown, value: unknown): void {
    this.#entries.set(keyOf(key), [key, value]);
  }
  keys(): unknown[] {
    return [...this.#entries.values()].map(([key]) => key);
  }
}

/** Equal numbers of different types are one key. */
function keyOf(key: unknown): string {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'boolean') return `b${String(key)}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`;
  throw new CelError(`unsupported key type: ${typeOf(key)}`);
}

/** A map of either kind. */
export type AnyMap = CelMap | Readonly<Record<string, unknown>>;

/** Whether it is a map; objects of classes are none. */
export function isMap(value: unknown): value is AnyMap {
  if (value instanceof CelMap) return true;
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Undefined where the map has no such key. */
export function entryOf(map: AnyMap, key: unknown): unknown {
  if (map instanceof CelMap) return map.get(key);
  return typeof key === 'string' && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** In the order in which they were written. */
export function keysOf(map: AnyMap): unknown[] {
  return map instanceof CelMap ? map.keys() : Object.keys(map);
}

/** The name of the value's type. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null_type';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'double';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (Array.isArray(value)) return 'list';
  if (isMap(value)) return 'map';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Optional) return 'optional_type';
  if (value instanceof Type) return 'type';
  if (hasType(value)) return value.celType;
  throw noOverload();
}

function hasType(value: unknown): value is { readonly celType: string } {
  return typeof value === 'object' && value !== null && 'celType' in value;
}

/** Whether the value has fields of its own. */
export function hasFields(value: unknown): value is Fields {
  return hasType(value) && 'celField' in value;
}

/** Whole numbers of JSON become ints, as when Go reads JSON. */
export function fromJson(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== 'object' || value === null || !isMap(value) || value instanceof CelMap) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, fromJson(field)]));
}
