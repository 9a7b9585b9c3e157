/**
 * A configuration laid over a value. Source: structured-merge-diff, typed/merge.go
 *
 * Parts that the configuration does not change are those of the value itself, not copies.
 */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { setOwn } from '../../../schema/own-keys.ts';
import { numberText, type PathElement } from '../fieldpath/index.ts';
import { isEmptyObject, kindOf } from './kind.ts';
import { validElement } from './list-element.ts';
import type { ListType, MapType, MergeType } from './merge-type.ts';
import { Problems } from './problems.ts';

/**
 * The value with what the configuration says. Nothing is removed; a list that the configuration changes has its order.
 * @param base, over were validated against the type
 * @throws TypedError where a list of the configuration has two elements of the same key or value
 */
export function merge(type: MergeType, base: unknown, over: unknown): unknown {
  const problems = new Problems();
  const merged = new Merge(problems).values(type, base, over);
  problems.throwAny();
  return merged;
}

class Merge {
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** @param base, over undefined where there is none, but not both. @returns undefined for nothing at all */
  values(type: MergeType, base: unknown, over: unknown): unknown {
    if (over === undefined) return base;
    const kind = kindOf(type, over);
    if (kind === 'map' && type.map?.atomic === false) {
      const left = isJsonObject(base) && !isEmptyObject(base) ? base : undefined;
      const right = isJsonObject(over) && !isEmptyObject(over) ? over : undefined;
      if (left !== undefined || right !== undefined) return this.#maps(type.map, left, right);
    }
    if (kind === 'list' && type.list?.atomic === false) {
      const left: readonly unknown[] = Array.isArray(base) ? base : [];
      const right: readonly unknown[] = Array.isArray(over) ? over : [];
      if (left.length > 0 || right.length > 0) return this.#lists(type.list, left, right);
    }
    return over;
  }

  #maps(map: MapType, base: JsonObject | undefined, over: JsonObject | undefined): unknown {
    if (over === undefined) return base;
    const out: JsonObject = {};
    let same = base !== undefined;
    for (const name of Object.keys(base ?? {})) {
      const left = base?.[name];
      const right = Object.hasOwn(over, name) ? over[name] : undefined;
      const merged = left === undefined ? undefined : this.#field(map, name, left, right);
      same &&= merged === left;
      if (merged !== undefined) setOwn(out, name, merged);
    }
    for (const name of Object.keys(over)) {
      if (over[name] === undefined || (base !== undefined && Object.hasOwn(base, name) && base[name] !== undefined)) {
        continue;
      }
      const merged = this.#field(map, name, undefined, over[name]);
      same = false;
      if (merged !== undefined) setOwn(out, name, merged);
    }
    return same ? base : isEmptyObject(out) ? undefined : out;
  }

  #field(map: MapType, name: string, base: unknown, over: unknown): unknown {
    const type = map.field(name)?.type ?? map.rest();
    if (type === undefined) return over ?? base;
    const before = this.#problems.count;
    const merged = this.values(type, base, over);
    if (this.#problems.count > before) this.#problems.prefix(before, `.${name}`);
    return merged;
  }

  #lists(list: ListType, base: readonly unknown[], over: readonly unknown[]): unknown {
    const right = new Indexed(list, over);
    for (const element of right.duplicates) {
      this.#problems.add(`duplicate entries for key ${element.print(numberText)}`);
    }
    if (right.duplicates.length > 0) return undefined;
    const left = new Indexed(list, base);
    const out = mergeOrder(left, right).flatMap(({ base: from, over: laid }) => {
      // What is wrong within elements is not told by the original either.
      const merged = new Merge(new Problems()).values(list.element(), from, laid);
      return merged === undefined ? [] : [merged];
    });
    if (out.length === base.length && out.every((item, index) => item === base[index])) return base;
    return out.length > 0 ? out : undefined;
  }
}

/** A list's elements by their keys or values. */
class Indexed {
  readonly elements: readonly PathElement[];
  /** The first two, and further ones, of the same element. */
  readonly duplicates: readonly PathElement[];
  readonly items: readonly unknown[];
  readonly #byText = new Map<string, unknown>();

  constructor(list: ListType, items: readonly unknown[]) {
    const duplicates: PathElement[] = [];
    this.items = items;
    this.elements = items.map((item) => {
      const element = validElement(list, item);
      const isDuplicate = this.#byText.has(element.text);
      if (isDuplicate) duplicates.push(element);
      // Duplicates are not merged with anything: null is laid under.
      this.#byText.set(element.text, isDuplicate ? null : item);
      return element;
    });
    this.duplicates = duplicates;
  }

  has(element: PathElement): boolean {
    return this.#byText.has(element.text);
  }

  /** Undefined where there is none, null where there are several. */
  get(element: PathElement): unknown {
    return this.#byText.get(element.text);
  }
}

interface Pair {
  readonly base: unknown;
  readonly over: unknown;
}

/**
 * What is merged with what, in the order of the outcome: that of the configuration, in which elements that only the base has
 * keep their places between those that both have.
 */
function mergeOrder(left: Indexed, right: Indexed): Pair[] {
  const out: Pair[] = [];
  const shared = right.elements.filter((element) => left.has(element));
  const taken = new Set<string>();
  let [l, r, next] = [0, 0, 0];
  const takeRight = (element: PathElement): void => {
    taken.add(element.text);
    out.push({ base: left.get(element), over: right.get(element) });
    r += 1;
  };
  for (;;) {
    const ours = left.elements[l];
    const theirs = right.elements[r];
    if (ours === undefined && theirs === undefined) return out;
    if (ours !== undefined && theirs !== undefined) {
      if (ours.text === theirs.text) {
        takeRight(theirs);
        l += 1;
        next += 1;
        continue;
      }
      const wanted = shared[next];
      if (right.has(ours) && wanted !== undefined && wanted.text !== ours.text) {
        // Both have it, but it is not its turn.
        l += 1;
        continue;
      }
    }
    if (ours !== undefined) {
      if (!right.has(ours)) {
        out.push({ base: left.items[l], over: undefined });
        l += 1;
        continue;
      }
      if (taken.has(ours.text)) l += 1;
    }
    if (theirs !== undefined) {
      takeRight(theirs);
      if (shared[next]?.text === theirs.text) next += 1;
    }
  }
}
