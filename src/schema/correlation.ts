/**
 * Finds the part of a stored object that corresponds to a part of the new one: by name in objects, by key in lists of
 * type map. Elements of other lists correspond to nothing; such a list is compared as a whole.
 * Source: k8s.io/apiserver/pkg/cel/common/equality.go, KEP-4008 (CRDValidationRatcheting)
 */
import { deepEqual, isJsonObject, type JsonObject } from '../meta/json.ts';
import type { SchemaNode } from './contract.ts';
import { getOwn } from './own-keys.ts';

/** A place in the new object, with the value that the stored object has there. */
interface Correlated {
  readonly node: SchemaNode | undefined;
  readonly value: unknown;
  /** Undefined where nothing corresponds to it. */
  readonly old: unknown;
  /** The name, key or index by which it stands in what holds it. */
  readonly segment: string;
}

/** Walks a new object and the stored one side by side. Results of comparisons are kept, so nothing is compared twice. */
export class Correlation {
  readonly #root: Correlated;
  readonly #equal = new WeakMap<object, boolean>();
  readonly #byKey = new WeakMap<object, ReadonlyMap<string, unknown>>();

  constructor(root: SchemaNode, object: unknown, old: unknown) {
    this.#root = { node: root, value: object, old, segment: '' };
  }

  /**
   * The places on the way to a field, the root first. A field that is not there ends the way, as its last place with an
   * undefined value.
   * @param field as field errors name it: "spec.roles[0].podLabels.a.b/c", "spec.resources.limits[example.com/gpu]"
   */
  placesTo(field: string): readonly Correlated[] {
    const places: Correlated[] = [this.#root];
    let rest = field;
    for (let place: Correlated = this.#root; rest !== '';) {
      const step = nextStep(place.value, rest);
      place = this.#child(place, step.key);
      places.push(place);
      if (place.value === undefined) break;
      rest = step.rest;
    }
    return places;
  }

  /** Whether what is there now is what was there before. */
  isUnchanged({ value, old }: Correlated): boolean {
    // Null counts as absent.
    if (typeof value !== 'object' || value === null) return Object.is(value ?? undefined, old ?? undefined);
    const known = this.#equal.get(value);
    if (known !== undefined) return known;
    const equal = deepEqual(value, old);
    this.#equal.set(value, equal);
    return equal;
  }

  #child({ node, value, old }: Correlated, key: string): Correlated {
    if (Array.isArray(value)) {
      const item: unknown = value[Number(key)];
      const keys = node?.schema['x-kubernetes-list-type'] === 'map' ? node.schema['x-kubernetes-list-map-keys'] : [];
      const identity = identityOf(keys ?? [], item);
      // An element that lacks its key can only be known by its place.
      const inPlace = Array.isArray(old) && keys?.length !== 0 ? (old as unknown[])[Number(key)] : undefined;
      const found =
        identity === undefined || !Array.isArray(old) ? inPlace : this.#keyed(keys ?? [], old).get(identity);
      return { node: node?.items(), value: item, old: found, segment: identity ?? key };
    }
    const child = isJsonObject(value) ? getOwn(value, key) : undefined;
    return {
      node: node?.property(key),
      value: child,
      old: isJsonObject(old) ? getOwn(old, key) : undefined,
      segment: key,
    };
  }

  #keyed(keys: readonly string[], list: readonly unknown[]): ReadonlyMap<string, unknown> {
    const known = this.#byKey.get(list);
    if (known !== undefined) return known;
    const items = new Map<string, unknown>();
    for (const item of list) {
      const identity = identityOf(keys, item);
      if (identity !== undefined && !items.has(identity)) items.set(identity, item);
    }
    this.#byKey.set(list, items);
    return items;
  }
}

function identityOf(keys: readonly string[], item: unknown): string | undefined {
  if (keys.length === 0 || !isJsonObject(item)) return undefined;
  const values = keys.map((key) => getOwn(item, key));
  return values.every((value) => value === undefined) ? undefined : JSON.stringify(values);
}

interface Step {
  readonly key: string;
  readonly rest: string;
}

/** The first part of a path below this value. Keys may hold dots and slashes: what the value has decides. */
function nextStep(value: unknown, path: string): Step {
  if (path.startsWith('[')) {
    const end = bracketEnd(value, path);
    return { key: path.slice(1, end), rest: withoutDot(path.slice(end + 1)) };
  }
  if (isJsonObject(value)) {
    for (let end = nextEnd(path, 0); end < path.length; end = nextEnd(path, end + 1)) {
      if (Object.hasOwn(value, path.slice(0, end))) return stepAt(path, end);
    }
    if (Object.hasOwn(value, path)) return { key: path, rest: '' };
  }
  return stepAt(path, nextEnd(path, 0));
}

const stepAt = (path: string, end: number): Step => ({ key: path.slice(0, end), rest: withoutDot(path.slice(end)) });
const withoutDot = (path: string): string => (path.startsWith('.') ? path.slice(1) : path);

/** Where the name that begins before `from` may end: at a dot, a bracket, or the path's end. */
function nextEnd(path: string, from: number): number {
  for (let at = from; at < path.length; at += 1) if (at > 0 && (path[at] === '.' || path[at] === '[')) return at;
  return path.length;
}

function bracketEnd(value: unknown, path: string): number {
  const first = path.indexOf(']');
  if (Array.isArray(value) || !isJsonObject(value)) return first < 0 ? path.length : first;
  for (let end = first; end >= 0; end = path.indexOf(']', end + 1)) {
    if (hasKey(value, path.slice(1, end))) return end;
  }
  return first < 0 ? path.length : first;
}

const hasKey = (value: JsonObject, key: string): boolean => Object.hasOwn(value, key);
