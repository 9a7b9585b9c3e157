/**
 * What a write adds, modifies and removes. Source: structured-merge-diff, typed/compare.go
 *
 * Parts that are the same object before and after are equal, and are not looked at.
 */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { FieldSet, numberText, PathElement, valuesEqual, type SetNode } from '../fieldpath/index.ts';
import { allPaths } from './all-paths.ts';
import { isEmptyObject, kindOf, type Kind } from './kind.ts';
import { checkElements, elementId, haveSameElement, listElement } from './list-element.ts';
import type { ListType, MapType, MergeType } from './merge-type.ts';
import { withStep } from './problems.ts';

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

/**
 * Compares two values of the type. Where a whole part comes or goes, every path in it counts.
 * @throws TypedError for a list with an element that has no path element: pruning may leave null in its place
 */
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
    const left = isJsonObject(before) ? before : {};
    const right = isJsonObject(after) ? after : {};
    const found = differenceOfMaps(type.map, left, right);
    // Looked at last, because it takes long for a large object.
    if (found !== undefined || !isEmptyObject(left) || !isEmptyObject(right)) return found;
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
  let name = '';
  try {
    for (name of Object.keys(before)) {
      if (before[name] !== undefined) addField(parts, map, name, before[name], ownValue(after, name));
    }
    for (name of Object.keys(after)) {
      if (after[name] !== undefined && ownValue(before, name) === undefined) {
        addField(parts, map, name, undefined, after[name]);
      }
    }
  } catch (error) {
    throw withStep(error, `.${name}`);
  }
  return parts.result();
}

function ownValue(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** @param before, after undefined where there is none */
function addField(parts: Parts, map: MapType, name: string, before: unknown, after: unknown): void {
  if (before === after) return;
  const field = map.field(name);
  const type = field?.type ?? map.rest();
  if (type === undefined) return;
  const found = before === undefined || after === undefined ? undefined : difference(type, before, after);
  if (found !== undefined) parts.changed(field?.element ?? PathElement.field(name), found);
  else if (before === undefined) parts.added(field?.element ?? PathElement.field(name), allPaths(type, after));
  else if (after === undefined) parts.removed(field?.element ?? PathElement.field(name), allPaths(type, before));
}

function differenceOfLists(
  list: ListType,
  before: readonly unknown[],
  after: readonly unknown[],
): Difference | undefined {
  const inPlace = differencesInPlace(list, before, after);
  if (inPlace?.size === 0) return undefined;
  checkElements(list, before);
  checkElements(list, after);
  const parts = new Parts();
  for (const twins of pair(list, before, after)) {
    try {
      addTwins(parts, list, twins, inPlace);
    } catch (error) {
      throw withStep(error, listElement(list, twins.before[0] ?? twins.after[0]).print(numberText));
    }
  }
  return parts.result();
}

/**
 * The differences of elements by their index, where both lists have the same elements in the same order, as in most writes;
 * undefined where they have not.
 */
function differencesInPlace(
  list: ListType,
  before: readonly unknown[],
  after: readonly unknown[],
): ReadonlyMap<number, Difference> | undefined {
  if (before.length !== after.length) return undefined;
  for (let index = 0; index < before.length; index++) {
    if (before[index] !== after[index] && !haveSameElement(list, before[index], after[index])) return undefined;
  }
  const differences = new Map<number, Difference>();
  const type = list.element();
  let index = 0;
  try {
    for (; index < before.length; index++) {
      const found = difference(type, before[index], after[index]);
      if (found !== undefined) differences.set(index, found);
    }
  } catch (error) {
    throw withStep(error, listElement(list, before[index]).print(numberText));
  }
  return differences;
}

/** The elements of one key or value on each side; more than one where there are duplicates. One side has at least one. */
interface Twins {
  /** Where the first of them is in the list before. */
  readonly index: number;
  readonly before: unknown[];
  readonly after: unknown[];
}

function pair(list: ListType, before: readonly unknown[], after: readonly unknown[]): Iterable<Twins> {
  const twins = new Map<unknown, Twins>();
  const twinsOf = (item: unknown, index: number): Twins => {
    const id = elementId(list, item);
    let known = twins.get(id);
    if (known === undefined) twins.set(id, (known = { index, before: [], after: [] }));
    return known;
  };
  for (const [index, item] of before.entries()) twinsOf(item, index).before.push(item);
  for (const item of after) twinsOf(item, before.length).after.push(item);
  return twins.values();
}

/** Duplicates are compared as a whole, and are owned as a whole: nobody owns parts of them. */
function addTwins(
  parts: Parts,
  list: ListType,
  { index, before, after }: Twins,
  inPlace: ReadonlyMap<number, Difference> | undefined,
): void {
  const type = list.element();
  const left = before[0];
  const right = after[0];
  if (before.length === 1 && after.length === 1) {
    const found = inPlace === undefined ? difference(type, left, right) : inPlace.get(index);
    if (found !== undefined) parts.changed(listElement(list, left), found);
    return;
  }
  const element = listElement(list, left ?? right);
  if (before.length > 1 && after.length > 1) {
    if (!valuesEqual(before, after)) parts.changed(element, modifiedSelf);
  } else if (before.length > 1) {
    if (after.length > 0) parts.added(element, allPaths(type, right));
    parts.removed(element, FieldSet.empty);
  } else if (after.length > 1) {
    if (before.length > 0) parts.removed(element, allPaths(type, left));
    parts.added(element, FieldSet.empty);
  } else if (before.length === 0) parts.added(element, allPaths(type, right));
  else parts.removed(element, allPaths(type, left));
}
