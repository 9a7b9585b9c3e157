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

/** Paths the schema does not know, in document order. */
export function unknownFields(node: ResolvedNode, value: unknown, path = '', found: string[] = []): string[] {
  if (Array.isArray(value)) {
    const items = node.items();
    if (items) value.forEach((item, index) => unknownFields(items, item, `${path}[${index}]`, found));
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      const child = node.property(key);
      if (child) unknownFields(child, value[key], at(path, key), found);
      else if (!node.open) found.push(at(path, key));
    }
  }
  return found;
}

/** A copy without fields that the schema does not know, and without nulls where null means absent. */
export function prune(node: ResolvedNode | undefined, value: unknown): unknown {
  if (node === undefined) return value;
  if (Array.isArray(value)) {
    const items = node.items();
    return value.map((item) => prune(items, item));
  }
  if (!isJsonObject(value)) return value;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) {
    const child = node.property(key);
    if (child === undefined && !node.open) continue;
    const zero = value[key] === null && node.declared(key) === undefined ? zeroOf(child) : undefined;
    if (zero !== undefined) setOwn(kept, key, zero);
    else if (!dropsNull(child, value[key])) setOwn(kept, key, prune(child, value[key]));
  }
  return kept;
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

/** A copy in which absent fields have the defaults of the schema, also within those defaults. */
export function applyDefaults(node: ResolvedNode | undefined, value: unknown): unknown {
  if (node === undefined) return value;
  if (Array.isArray(value)) {
    const items = node.items();
    return value.map((item) => applyDefaults(items, item));
  }
  if (!isJsonObject(value)) return value;
  const filled: JsonObject = {};
  for (const key of Object.keys(value)) setOwn(filled, key, applyDefaults(node.property(key), value[key]));
  fillDefaults(node, filled);
  return filled;
}

function fillDefaults(node: ResolvedNode, object: JsonObject): void {
  for (const [key, child] of node.defaults()) {
    const present = getOwn(object, key);
    if (present === undefined || dropsNull(child, present)) {
      setOwn(object, key, applyDefaults(child, structuredClone(child.schema.default)));
    }
  }
}

/** Pruned and then defaulted, in one walk: every write is. */
export function pruneAndDefault(node: ResolvedNode | undefined, value: unknown): unknown {
  if (node === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = node.items();
    return value.map((item) => pruneAndDefault(items, item));
  }
  const object = value as JsonObject;
  const kept: JsonObject = {};
  for (const key of Object.keys(object)) {
    const child = node.property(key);
    if (child === undefined && !node.open) continue;
    const part = object[key];
    const zero = part === null && node.declared(key) === undefined ? zeroOf(child) : undefined;
    if (zero !== undefined) setOwn(kept, key, zero);
    else if (!dropsNull(child, part)) setOwn(kept, key, pruneAndDefault(child, part));
  }
  fillDefaults(node, kept);
  return kept;
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
