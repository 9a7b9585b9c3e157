/**
 * The walks over an object that need no compiled validator. They go down only where the schema does, so an
 * object nested absurdly deep where nothing is declared costs nothing; what is kept there is shared with the original.
 */
import { isJsonObject, type JsonObject } from '../meta/json.ts';
import { getOwn, setOwn } from './own-keys.ts';
import { quantityName, type ResolvedNode } from './resolve.ts';

const at = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** True where the schema reads null as "not there". */
export function dropsNull(node: ResolvedNode | undefined, value: unknown): boolean {
  return value === null && node !== undefined && node.schema.nullable !== true && !node.untyped;
}

/**
 * Paths the schema does not know, in document order.
 * @param before parts that are the very same in it are not looked at
 */
export function unknownFields(node: ResolvedNode, value: unknown, before?: unknown): string[] {
  const found: string[] = [];
  collectUnknown(node, value, before, '', found);
  return found;
}

function collectUnknown(node: ResolvedNode, value: unknown, before: unknown, path: string, found: string[]): void {
  if (typeof value !== 'object' || value === null || value === before) return;
  if (Array.isArray(value)) {
    const items = node.items();
    const old: unknown[] = Array.isArray(before) ? before : [];
    if (items) value.forEach((item, index) => collectUnknown(items, item, old[index], `${path}[${index}]`, found));
    return;
  }
  const object = value as JsonObject;
  const old = isJsonObject(before) ? before : {};
  for (const key of Object.keys(object)) {
    const child = node.property(key);
    if (child) collectUnknown(child, object[key], getOwn(old, key), at(path, key), found);
    else if (!node.open) found.push(at(path, key));
  }
}

/**
 * Without fields that the schema does not know, and without nulls where null means absent. The same value where there are
 * none; else a copy that shares all parts that stay as they are.
 */
export function prune(node: ResolvedNode | undefined, value: unknown): unknown {
  return pruned(node, value, (_node, object) => object);
}

/** @param finish makes of an object that was pruned what is to take its place */
function pruned(
  node: ResolvedNode | undefined,
  value: unknown,
  finish: (node: ResolvedNode, object: JsonObject) => JsonObject,
): unknown {
  if (node === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = node.items();
    return changedItems(value, (item) => pruned(items, item, finish));
  }
  const kept = changedFields(value as JsonObject, (key, part) => {
    const child = node.property(key);
    return keptField(node, key, child, part) ?? pruned(child, part, finish);
  });
  return finish(node, kept);
}

/** Says of a field that it is left out. */
const dropped = Symbol('dropped');

/** What pruning makes of a field by its name alone: `dropped`, or a zero value; undefined where it looks at its parts. */
function keptField(node: ResolvedNode, key: string, child: ResolvedNode | undefined, part: unknown): unknown {
  if (child === undefined) return node.open ? undefined : dropped;
  if (part !== null) return undefined;
  const zero = node.declared(key) === undefined ? zeroOf(child) : undefined;
  return zero ?? (dropsNull(child, part) ? dropped : undefined);
}

/** @returns the same array where `change` returns every item itself */
function changedItems(items: unknown[], change: (item: unknown) => unknown): unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const item = change(items[index]);
    if (copy !== undefined) copy.push(item);
    else if (item !== items[index]) copy = [...items.slice(0, index), item];
  }
  return copy ?? items;
}

/** @returns the same object where `change` returns every value itself; fields that it drops are left out */
function changedFields(object: JsonObject, change: (key: string, value: unknown) => unknown): JsonObject {
  const keys = Object.keys(object);
  let copy: JsonObject | undefined;
  for (const [index, key] of keys.entries()) {
    const value = change(key, object[key]);
    if (copy === undefined) {
      if (value === object[key]) continue;
      copy = {};
      for (const before of keys.slice(0, index)) setOwn(copy, before, object[before]);
    }
    if (value !== dropped) setOwn(copy, key, value);
  }
  return copy ?? object;
}

/**
 * What null is in a map of strings or of quantities in one of Kubernetes' own kinds: Go decodes it to the zero value, so
 * that the key stays. In custom kinds kube-apiserver drops the key. YAML has null where nothing follows a colon, as in
 * `labels: {role: }`.
 */
function zeroOf(element: ResolvedNode | undefined): string | undefined {
  if (element?.builtIn !== true || element.schema.nullable === true) return undefined;
  if (element.name === quantityName) return '0';
  return element.schema.type === 'string' ? '' : undefined;
}

/**
 * Absent fields have the defaults of the schema, also within those defaults. The same value where none is absent; else a
 * copy that shares all parts that stay as they are.
 */
export function applyDefaults(node: ResolvedNode | undefined, value: unknown): unknown {
  if (node === undefined) return value;
  if (Array.isArray(value)) {
    const items = node.items();
    return changedItems(value, (item) => applyDefaults(items, item));
  }
  if (!isJsonObject(value)) return value;
  return withDefaults(
    node,
    changedFields(value, (key, part) => applyDefaults(node.property(key), part)),
  );
}

function withDefaults(node: ResolvedNode, object: JsonObject): JsonObject {
  let filled: JsonObject | undefined;
  for (const [key, child] of node.defaults()) {
    const present = getOwn(object, key);
    if (present !== undefined && !dropsNull(child, present)) continue;
    filled ??= { ...object };
    setOwn(filled, key, applyDefaults(child, structuredClone(child.schema.default)));
  }
  return filled ?? object;
}

/**
 * Parts of objects that were pruned and defaulted, by their node. No part is ever changed in place, and most writes leave
 * most parts as they are.
 */
const shapedParts = new WeakMap<object, ResolvedNode>();

/** An object pruned and then defaulted, in one walk: every write is. Shares as they do. */
export function pruneAndDefault(root: ResolvedNode, object: unknown): unknown {
  if (!isJsonObject(object)) return pruned(root, object, withDefaults);
  const kept = changedFields(object, (key, part) => {
    const child = root.property(key);
    return keptField(root, key, child, part) ?? shapedPart(child, part);
  });
  return withDefaults(root, kept);
}

function shapedPart(node: ResolvedNode | undefined, part: unknown): unknown {
  if (node === undefined || typeof part !== 'object' || part === null) return part;
  if (shapedParts.get(part) === node) return part;
  const made = pruned(node, part, withDefaults);
  if (typeof made === 'object' && made !== null) shapedParts.set(made, node);
  return made;
}

/**
 * A copy that leaves out elements of lists and maps once so many of them were copied; every declared field is there.
 * Validating it finds no fault that the original does not have, except that a list may be too short.
 */
export function excerpt(node: ResolvedNode | undefined, value: unknown, budget: { elements: number }): unknown {
  if (node === undefined) return value;
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    for (const item of value) {
      if (budget.elements <= 0) break;
      budget.elements -= 1;
      kept.push(excerpt(node.items(), item, budget));
    }
    return kept;
  }
  if (!isJsonObject(value)) return value;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) {
    if (node.declared(key) === undefined) {
      if (budget.elements <= 0) continue;
      budget.elements -= 1;
    }
    setOwn(kept, key, excerpt(node.property(key), value[key], budget));
  }
  return kept;
}
