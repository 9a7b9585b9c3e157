/**
 * Makes objects safe to read that were stored under another schema: by another version of the program, or by manual
 * changes in the store. Such an object must neither crash its readers nor get lost.
 */
import { isJsonObject, type JsonObject } from '../meta/json.ts';
import { getOwn, setOwn } from './own-keys.ts';
import { dropsNull } from './walk.ts';
import type { ResolvedNode } from './resolve.ts';

/** Stands for a value that cannot be read as what the schema says. */
const unreadable = Symbol('unreadable');

/**
 * The object itself where every part has its schema's type and no required part is missing. Otherwise a copy without the
 * parts of the wrong type, list elements included; required parts get the empty value of their type.
 */
export function readable(root: ResolvedNode, object: unknown): unknown {
  const read = readAs(root, object, 0);
  return read === unreadable ? emptyOf(root) : read;
}

/**
 * Parts of objects that were found to be readable, by their node: of the root, and of metadata. No part is ever changed in
 * place, and most states of an object share most parts with the one before.
 */
const readableParts = new WeakMap<object, ResolvedNode>();
const partDepth = 2;

function readPart(node: ResolvedNode, value: unknown, depth: number): unknown {
  if (depth > partDepth || typeof value !== 'object' || value === null) return readAs(node, value);
  if (readableParts.get(value) === node) return value;
  const read = readAs(node, value, depth);
  if (read === value) readableParts.set(value, node);
  return read;
}

function readAs(node: ResolvedNode, value: unknown, depth = partDepth): unknown {
  if (dropsNull(node, value) || !hasType(node, value)) return unreadable;
  if (Array.isArray(value)) return readList(node, value);
  return isJsonObject(value) ? readObject(node, value, depth) : value;
}

function readList(node: ResolvedNode, list: readonly unknown[]): readonly unknown[] {
  const items = node.items();
  if (items === undefined) return list;
  const first = list.findIndex((item) => readAs(items, item) !== item);
  if (first === -1) return list;
  const rest = list.slice(first).map((item) => readAs(items, item));
  return [...list.slice(0, first), ...rest.filter((item) => item !== unreadable)];
}

function readObject(node: ResolvedNode, object: JsonObject, depth: number): JsonObject {
  let copy: JsonObject | undefined;
  for (const key of Object.keys(object)) {
    const child = node.property(key);
    const read = child === undefined ? object[key] : readPart(child, object[key], depth + 1);
    if (read === object[key]) continue;
    copy ??= { ...object };
    if (read === unreadable) Reflect.deleteProperty(copy, key);
    else setOwn(copy, key, read);
  }
  for (const key of node.schema.required ?? []) {
    const child = node.declared(key);
    if (child === undefined || getOwn(copy ?? object, key) !== undefined) continue;
    copy ??= { ...object };
    setOwn(copy, key, emptyOf(child));
  }
  return copy ?? object;
}

const primitives: Readonly<Record<string, { readonly empty: unknown; is(value: unknown): boolean }>> = {
  string: { empty: '', is: (value) => typeof value === 'string' },
  integer: { empty: 0, is: (value) => typeof value === 'number' },
  number: { empty: 0, is: (value) => typeof value === 'number' },
  boolean: { empty: false, is: (value) => typeof value === 'boolean' },
  array: { empty: [], is: Array.isArray },
  object: { empty: {}, is: isJsonObject },
};

function hasType(node: ResolvedNode, value: unknown): boolean {
  if (value === null || node.untyped) return true;
  return node.types.some((type) => primitives[type]?.is(value) ?? true);
}

function emptyOf(node: ResolvedNode): unknown {
  const { schema } = node;
  if (schema.nullable === true) return null;
  const [first] = schema.enum ?? [];
  if (first !== undefined) return first;
  const type = node.types[0] ?? 'object';
  return type === 'object' ? readObject(node, {}, partDepth) : structuredClone(primitives[type]?.empty ?? {});
}
