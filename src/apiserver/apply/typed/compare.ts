/**
 * What a write adds, modifies and removes. Source: structured-merge-diff, typed/compare.go
 *
 * Parts that are the same object before and after are equal, and are not looked at.
 */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { FieldSet, PathElement, valuesEqual, type SetNode } from '../fieldpath/index.ts';
import { allPaths } from './all-paths.ts';
import { isEmptyObject, kindOf, type Kind } from './kind.ts';
import { validElement } from './list-element.ts';
import type { ListType, MapType, MergeType } from './merge-type.ts';

/** Paths that differ. No path is in two of the sets. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** The comparison of equal values. */
const noChange: Comparison = { added: FieldSet.empty, modified: FieldSet.empty, removed: FieldSet.empty };

/** The differences between two values; undefined where there are none. */
interface Difference extends Comparison {
  /** The value as a whole is another. */
  readonly self: boolean;
}

/** Compares two values that were validated against the type. Where a whole part comes or goes, every path in it counts. */
export function compare(type: MergeType, before: unknown, after: unknown): Comparison {
  return difference(type, before, after) ?? noChange;
}

function difference(type: MergeType, before: unknown, after: unknown): Difference | undefined {
  if (before === after) return undefined;
  const kinds = [kindOf(type, before), kindOf(type, after)] as const;
  const found = differenceAs(kinds[0], type, before, after);
  return kinds[0] === kinds[1] ? found : both(found, differenceAs(kinds[1], type, before, after));
}

function both(a: Difference | undefined, b: Difference | undefined): Difference | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    self: a.self || b.self,
    added: a.added.union(b.added),
    modified: a.modified.union(b.modified),
    removed: a.removed.union(b.removed),
  };
}

const modifiedSelf: Difference = { ...noChange, self: true };

/** Compares as values of a kind; one that is of another kind counts as an empty one of this. */
function differenceAs(kind: Kind, type: MergeType, before: unknown, after: unknown): Difference | undefined {
  if (kind === 'map' && type.map?.atomic === false) {
    const left = isJsonObject(before) && !isEmptyObject(before) ? before : undefined;
    const right = isJsonObject(after) && !isEmptyObject(after) ? after : undefined;
    if (left !== undefined || right !== undefined) return differenceOfMaps(type.map, left ?? {}, right ?? {});
  }
  if (kind === 'list' && type.list?.atomic === false) {
    const left: unknown[] = Array.isArray(before) ? before : [];
    const right: unknown[] = Array.isArray(after) ? after : [];
    if (left.length > 0 || right.length > 0) return differenceOfLists(type.list, left, right);
  }
  return valuesEqual(before, after) ? undefined : modifiedSelf;
}

/** Gathers the differences of a value's parts. */
class Parts {
  #added: SetNode[] | undefined;
  #modified: SetNode[] | undefined;
  #removed: SetNode[] | undefined;

  /** A part that is on both sides. */
  changed(element: PathElement, { self, added, modified, removed }: Difference): void {
    if (!added.isEmpty) (this.#added ??= []).push({ element, member: false, below: added });
    if (!removed.isEmpty) (this.#removed ??= []).push({ element, member: false, below: removed });
    if (self || !modified.isEmpty) (this.#modified ??= []).push({ element, member: self, below: modified });
  }

  added(element: PathElement, below: FieldSet): void {
    (this.#added ??= []).push({ element, member: true, below });
  }

  removed(element: PathElement, below: FieldSet): void {
    (this.#removed ??= []).push({ element, member: true, below });
  }

  result(): Difference | undefined {
    if (this.#added === undefined && this.#modified === undefined && this.#removed === undefined) return undefined;
    return {
      self: false,
      added: FieldSet.ofNodes(this.#added ?? []),
      modified: FieldSet.ofNodes(this.#modified ?? []),
      removed: FieldSet.ofNodes(this.#removed ?? []),
    };
  }
}

function differenceOfMaps(map: MapType, before: JsonObject, after: JsonObject): Difference | undefined {
  const parts = new Parts();
  for (const name of Object.keys(before)) {
    const left = before[name];
    const right = Object.hasOwn(after, name) ? after[name] : undefined;
    if (left === undefined || left === right) continue;
    const field = map.field(name);
    const type = field?.type ?? map.rest();
    if (type === undefined) continue;
    if (right === undefined) parts.removed(field?.element ?? PathElement.field(name), allPaths(type, left));
    else {
      const found = difference(type, left, right);
      if (found !== undefined) parts.changed(field?.element ?? PathElement.field(name), found);
    }
  }
  for (const name of Object.keys(after)) {
    const right = after[name];
    if (right === undefined || (Object.hasOwn(before, name) && before[name] !== undefined)) continue;
    const field = map.field(name);
    const type = field?.type ?? map.rest();
    if (type !== undefined) parts.added(field?.element ?? PathElement.field(name), allPaths(type, right));
  }
  return parts.result();
}

/** The elements of one key or value on each side; more than one where there are duplicates. */
interface Twins {
  readonly element: PathElement;
  readonly before: unknown[];
  readonly after: unknown[];
}

function differenceOfLists(
  list: ListType,
  before: readonly unknown[],
  after: readonly unknown[],
): Difference | undefined {
  if (before.length === after.length && before.every((item, index) => item === after[index])) return undefined;
  const parts = new Parts();
  for (const twins of pair(list, before, after)) addTwins(parts, list, twins);
  return parts.result();
}

function pair(list: ListType, before: readonly unknown[], after: readonly unknown[]): Iterable<Twins> {
  const twins = new Map<string, Twins>();
  const twinsOf = (item: unknown): Twins => {
    const element = validElement(list, item);
    let known = twins.get(element.text);
    if (known === undefined) twins.set(element.text, (known = { element, before: [], after: [] }));
    return known;
  };
  for (const item of before) twinsOf(item).before.push(item);
  for (const item of after) twinsOf(item).after.push(item);
  return twins.values();
}

/** Duplicates are compared as a whole, and are owned as a whole: nobody owns parts of them. */
function addTwins(parts: Parts, list: ListType, { element, before, after }: Twins): void {
  const type = list.element();
  const [left, right] = [before[0], after[0]];
  if (before.length > 1 && after.length > 1) {
    if (!valuesEqual(before, after)) parts.changed(element, modifiedSelf);
  } else if (before.length > 1) {
    if (after.length > 0) parts.added(element, allPaths(type, right));
    parts.removed(element, FieldSet.empty);
  } else if (after.length > 1) {
    if (before.length > 0) parts.removed(element, allPaths(type, left));
    parts.added(element, FieldSet.empty);
  } else if (before.length === 0) parts.added(element, allPaths(type, right));
  else if (after.length === 0) parts.removed(element, allPaths(type, left));
  else {
    const found = difference(type, left, right);
    if (found !== undefined) parts.changed(element, found);
  }
}
