/**
 * A configuration laid over a value. Source: structured-merge-diff, typed/merge.go
 *
 * Parts that the configuration does not change are those of the value itself, not copies.
 */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { setOwn } from '../../../schema/own-keys.ts';
import { numberText } from '../fieldpath/index.ts';
import { isEmptyObject, kindOf } from './kind.ts';
import { elementId, listElement } from './list-element.ts';
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
    if (type === undefined) return over === undefined ? base : over;
    const before = this.#problems.count;
    const merged = this.values(type, base, over);
    if (this.#problems.count > before) this.#problems.prefix(before, `.${name}`);
    return merged;
  }

  #lists(list: ListType, base: readonly unknown[], over: readonly unknown[]): unknown {
    const right = new Indexed(list, over);
    for (const item of right.duplicates) {
      this.#problems.add(`duplicate entries for key ${listElement(list, item).print(numberText)}`);
    }
    if (right.duplicates.length > 0) return undefined;
    // What is wrong within elements is not told by the original either.
    const within = new Merge(new Problems());
    const type = list.element();
    const out: unknown[] = [];
    for (const pair of mergeOrder(new Indexed(list, base), right)) {
      const merged = within.values(type, pair.base, pair.over);
      if (merged !== undefined) out.push(merged);
    }
    if (out.length === base.length && out.every((item, index) => item === base[index])) return base;
    return out.length > 0 ? out : undefined;
  }
}

/** A list's elements by what tells them apart. */
class Indexed {
  readonly items: readonly unknown[];
  readonly ids: readonly unknown[];
  /** All but the first of the same element. */
  readonly duplicates: readonly unknown[];
  readonly #byId = new Map<unknown, unknown>();

  constructor(list: ListType, items: readonly unknown[]) {
    const duplicates: unknown[] = [];
    this.items = items;
    this.ids = items.map((item) => {
      const id = elementId(list, item);
      const isDuplicate = this.#byId.has(id);
      if (isDuplicate) duplicates.push(item);
      // Duplicates are not merged with anything: null is laid under.
      this.#byId.set(id, isDuplicate ? null : item);
      return id;
    });
    this.duplicates = duplicates;
  }

  has(id: unknown): boolean {
    return this.#byId.has(id);
  }

  /** Undefined where there is none, null where there are several. */
  get(id: unknown): unknown {
    return this.#byId.get(id);
  }
}

/** What is merged into one element; undefined where a side does not have it. */
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
  const shared = right.ids.filter((id) => left.has(id));
  const taken = new Set<unknown>();
  let l = 0;
  let r = 0;
  let next = 0;
  const takeRight = (id: unknown): void => {
    taken.add(id);
    out.push({ base: left.get(id), over: right.get(id) });
    r += 1;
    if (next < shared.length && shared[next] === id) next += 1;
  };
  while (l < left.ids.length || r < right.ids.length) {
    const ours = left.ids[l];
    const theirs = right.ids[r];
    if (l < left.ids.length && !right.has(ours)) {
      out.push({ base: left.items[l], over: undefined });
      l += 1;
    } else if (l < left.ids.length && r < right.ids.length && ours === theirs) {
      takeRight(theirs);
      l += 1;
    } else if (l < left.ids.length && r < right.ids.length && next < shared.length && shared[next] !== ours) {
      // Both have it, but it is not its turn.
      l += 1;
    } else {
      if (l < left.ids.length && taken.has(ours)) l += 1;
      if (r < right.ids.length) takeRight(theirs);
    }
  }
  return out;
}
