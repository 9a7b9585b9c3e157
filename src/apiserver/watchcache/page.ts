/** Reads a range of objects, as it is now or as it was, and takes one page of it. */
import type { KubeObject } from '../../meta/object.ts';
import type { CacheEntry } from './cached-object.ts';
import type { CachedObject } from './contract.ts';
import { prefixEnd } from './keys.ts';

/** Keys at or after `from` and below `end`; both begin with `prefix` or border on its keys. */
export interface KeyRange {
  readonly prefix: string;
  readonly from: string;
  /** Absent: to the last key. */
  readonly end: string | undefined;
}

/** The range of a namespace or of everything. @param startAfter the range begins after this key */
export function keyRange(namespace: string | undefined, startAfter: string | undefined): KeyRange {
  const prefix = namespace === undefined ? '' : `${namespace}/`;
  const next = startAfter === undefined ? '' : keyAfter(startAfter);
  return { prefix, from: next > prefix ? next : prefix, end: prefix === '' ? undefined : prefixEnd(prefix) };
}

/** The smallest key greater than this one. */
export function keyAfter(key: string): string {
  return `${key}\u0000`;
}

/** Whether the range contains the key. */
export function inRange(key: string, { from, end }: KeyRange): boolean {
  return key >= from && (end === undefined || key < end);
}

/** The range as it was at an earlier revision: the current objects with earlier states in their place, in key order. */
export function* withStates<T extends KubeObject>(
  today: Iterable<CacheEntry<T>>,
  states: ReadonlyMap<string, CacheEntry<T> | undefined>,
  range: KeyRange,
): Generator<CacheEntry<T>, void, undefined> {
  const earlier = [...states.values()]
    .filter((state) => state !== undefined)
    .filter((state) => inRange(state.key, range))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  let next = 0;
  for (const entry of today) {
    for (let state = earlier[next]; state !== undefined && state.key <= entry.key; state = earlier[next]) {
      yield state;
      next += 1;
    }
    if (!states.has(entry.key)) yield entry;
  }
  yield* earlier.slice(next);
}

/** The first `limit` matching entries (0 or absent: all), and whether more match. */
export function pageOf<T extends KubeObject>(
  entries: Iterable<CachedObject<T>>,
  matches: ((entry: CachedObject<T>) => boolean) | undefined,
  limit = 0,
): { objects: CachedObject<T>[]; more: boolean } {
  const objects: CachedObject<T>[] = [];
  for (const entry of entries) {
    if (matches !== undefined && !matches(entry)) continue;
    if (limit > 0 && objects.length === limit) return { objects, more: true };
    objects.push(entry);
  }
  return { objects, more: false };
}
