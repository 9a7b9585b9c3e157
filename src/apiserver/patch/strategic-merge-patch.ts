/**
 * Strategic merge patch: a merge patch that knows lists of named elements.
 * Source: https://git.k8s.io/community/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { badRequest } from '../../meta/status.ts';
import type { SchemaNode } from '../../schema/contract.ts';
import { getOwn, setOwn } from '../../schema/own-keys.ts';
import { checkOrder, identityOf, isDirective, order, requireIdentity, union } from './strategic-list.ts';
import type { MergingStrategy } from './strategic-list.ts';
import { isAtomic, listStrategy } from './strategic-schema.ts';
import { createWork, type Work } from './work.ts';

const patchDirective = '$patch';
const retainKeys = '$retainKeys';
const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

const isDirectiveKey = (key: string): boolean =>
  key === patchDirective || key === retainKeys || key.startsWith(orderPrefix) || key.startsWith(deletePrefix);

/**
 * @returns a patched copy; what the patch does not touch is shared with the original
 * @param work what the whole patch may still cost: a list may name one large element again and again
 * @throws StatusError 400 for directives that make no sense, 413 where it takes too long
 */
export function strategicMergePatch(
  target: JsonObject | undefined,
  patch: JsonObject,
  node: SchemaNode | undefined,
  work: Work = createWork(),
): JsonObject {
  const directive = getOwn(patch, patchDirective);
  if (directive === 'replace') return cleanObject(patch, node, true);
  if (directive === 'delete') return {};
  if (directive !== undefined) throw unknownDirective(directive);
  const merged = retained(target ?? {}, patch, work);
  for (const key of Object.keys(patch)) {
    if (key.startsWith(deletePrefix)) deleteScalars(merged, key.slice(deletePrefix.length), patch[key]);
  }
  for (const key of Object.keys(patch)) {
    if (!isDirectiveKey(key)) mergeField(merged, key, patch, node?.property(key), work);
    else if (key.startsWith(orderPrefix)) reorder(merged, key.slice(orderPrefix.length), patch, node);
  }
  return merged;
}

function unknownDirective(directive: unknown): Error {
  return badRequest(`unknown patch type: ${JSON.stringify(directive)}`);
}

/** A copy, less what $retainKeys does not name. */
function retained(target: JsonObject, patch: JsonObject, work: Work): JsonObject {
  work.charge(Object.keys(target).length + Object.keys(patch).length);
  const copy: JsonObject = {};
  const keys = getOwn(patch, retainKeys);
  if (keys !== undefined && !Array.isArray(keys)) throw badRequest('invalid patch format of retainKeys');
  const kept = keys && new Set<unknown>(keys);
  const unlisted = (key: string): boolean => patch[key] !== null && !isDirectiveKey(key) && kept?.has(key) === false;
  if (Object.keys(patch).some(unlisted)) throw badRequest('invalid patch format of retainKeys');
  for (const key of Object.keys(target)) if (kept?.has(key) !== false) setOwn(copy, key, target[key]);
  return copy;
}

function deleteScalars(merged: JsonObject, key: string, scalars: unknown): void {
  if (!Array.isArray(scalars)) throw badRequest('invalid patch format of primitive list');
  const live = getOwn(merged, key);
  const unwanted = new Set<unknown>(scalars);
  if (Array.isArray(live))
    setOwn(
      merged,
      key,
      live.filter((element) => !unwanted.has(element)),
    );
}

function mergeField(
  merged: JsonObject,
  key: string,
  patch: JsonObject,
  node: SchemaNode | undefined,
  work: Work,
): void {
  const value = patch[key];
  const live = getOwn(merged, key);
  if (value === null) {
    Reflect.deleteProperty(merged, key);
  } else if (isJsonObject(value) && isJsonObject(live)) {
    setOwn(merged, key, isAtomic(node) ? value : strategicMergePatch(live, value, node, work));
  } else if (Array.isArray(value) && Array.isArray(live)) {
    const wanted = getOwn(patch, orderPrefix + key);
    setOwn(
      merged,
      key,
      mergeList({ live, patch: value, wanted: Array.isArray(wanted) ? wanted : undefined }, node, work),
    );
  } else if (isDirective(value)) {
    if (!['delete', 'replace'].includes(String(value[patchDirective]))) throw unknownDirective(value[patchDirective]);
    Reflect.deleteProperty(merged, key);
    if (value[patchDirective] === 'replace') setOwn(merged, key, cleanObject(value, node, true));
  } else {
    setOwn(merged, key, clean(value, node, false));
  }
}

/** Puts a list that the patch does not otherwise mention into the order it asks for. */
function reorder(merged: JsonObject, key: string, patch: JsonObject, node: SchemaNode | undefined): void {
  const wanted = patch[orderPrefix + key];
  if (!Array.isArray(wanted)) throw badRequest('invalid patch format of setElementOrder list');
  const live = getOwn(merged, key);
  const strategy = listStrategy(node?.property(key));
  if (Object.hasOwn(patch, key) || !Array.isArray(live) || strategy.type === 'replace') return;
  wanted.forEach((element) => requireIdentity(strategy, element));
  setOwn(merged, key, order(strategy, live, wanted, live));
}

interface Lists {
  readonly live: readonly unknown[];
  readonly patch: readonly unknown[];
  /** The order that the patch asks for. */
  readonly wanted: readonly unknown[] | undefined;
}

function mergeList({ live, patch, wanted }: Lists, node: SchemaNode | undefined, work: Work): readonly unknown[] {
  work.charge(live.length + patch.length);
  const strategy = listStrategy(node);
  if (strategy.type === 'replace') return patch;
  if (wanted) checkOrder(strategy, patch, wanted);
  if (strategy.type === 'set') return order(strategy, union(strategy, live, patch), wanted ?? patch, live);
  const elements = patch.filter((element) => !isDirective(element));
  if (patch.some((element) => isDirective(element) && element[patchDirective] === 'replace')) {
    return elements.map((element) => clean(element, node?.items(), false));
  }
  const remaining = withoutDeleted(strategy, live, patch.filter(isDirective));
  return order(strategy, mergeElements(strategy, remaining, elements, node?.items(), work), wanted ?? elements, live);
}

function withoutDeleted(
  strategy: MergingStrategy,
  live: readonly unknown[],
  directives: readonly JsonObject[],
): readonly unknown[] {
  const deleted = new Set<string | undefined>();
  for (const element of directives) {
    if (element[patchDirective] !== 'delete') throw unknownDirective(element[patchDirective]);
    deleted.add(requireIdentity(strategy, element));
  }
  return live.filter((element) => !deleted.has(identityOf(strategy, element) ?? undefined));
}

function mergeElements(
  strategy: MergingStrategy,
  live: readonly unknown[],
  elements: readonly unknown[],
  node: SchemaNode | undefined,
  work: Work,
): unknown[] {
  const merged = [...live];
  const places = new Map<string, number>();
  merged.forEach((element, index) => {
    const identity = identityOf(strategy, element);
    if (identity !== undefined && !places.has(identity)) places.set(identity, index);
  });
  for (const element of elements) {
    const identity = requireIdentity(strategy, element);
    const place = places.get(identity);
    const known = place === undefined ? undefined : merged[place];
    if (place === undefined) {
      places.set(identity, merged.length);
      merged.push(clean(element, node, false));
    } else if (isJsonObject(known) && isJsonObject(element)) {
      merged[place] = strategicMergePatch(known, element, node, work);
    }
  }
  return merged;
}

/**
 * A value that stands for itself: without directives, and without the nulls that mean "not there". Where the schema
 * allows null it is a value like any other, and nothing is there that it could delete.
 */
function clean(value: unknown, node: SchemaNode | undefined, keepNulls: boolean): unknown {
  if (Array.isArray(value)) {
    const items = node?.items();
    return value.filter((element) => !isDirective(element)).map((element: unknown) => clean(element, items, keepNulls));
  }
  return isJsonObject(value) ? cleanObject(value, node, keepNulls) : value;
}

function cleanObject(object: JsonObject, node: SchemaNode | undefined, keepNulls: boolean): JsonObject {
  const kept: JsonObject = {};
  for (const key of Object.keys(object)) {
    const value = object[key];
    const child = node?.property(key);
    if (isDirectiveKey(key) || isDirective(value)) continue;
    if (value === null && !keepNulls && child?.schema.nullable !== true) continue;
    setOwn(kept, key, clean(value, child, keepNulls));
  }
  return kept;
}
