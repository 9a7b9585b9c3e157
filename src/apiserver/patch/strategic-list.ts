/** How strategic merge patch merges lists, and in which order the merged elements stand. */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { badRequest } from '../../meta/status.ts';
import { getOwn } from '../../schema/own-keys.ts';
import type { ListStrategy } from './strategic-schema.ts';

/** The strategies that merge elements. */
export type MergingStrategy = Exclude<ListStrategy, { type: 'replace' }>;

/** The identity of an element: its type and value if it is a scalar, else those of its merge key. */
export function identityOf(strategy: MergingStrategy, element: unknown): string | undefined {
  const value = strategy.type === 'set' ? element : isJsonObject(element) ? getOwn(element, strategy.key) : undefined;
  if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
  return JSON.stringify(value);
}

/** As identityOf, of an element of the patch. @throws StatusError 400 where it has none */
export function requireIdentity(strategy: MergingStrategy, element: unknown): string {
  const identity = identityOf(strategy, element);
  if (identity !== undefined) return identity;
  const shown = JSON.stringify(element).slice(0, 200);
  throw badRequest(
    strategy.type === 'set'
      ? `invalid patch: ${shown} is not a scalar, as the list's elements are`
      : `map: ${shown} does not contain declared merge key: ${strategy.key}`,
  );
}

/**
 * The elements of `merged`, ordered: those named in `wanted` as there, the others as in `live`; where the two meet,
 * by their places in `live` as far as they have any.
 * Source: https://git.k8s.io/design-proposals-archive/cli/preserve-order-in-strategic-merge-patch.md
 */
export function order(
  strategy: MergingStrategy,
  merged: readonly unknown[],
  wanted: readonly unknown[],
  live: readonly unknown[],
): unknown[] {
  const wantedPlaces = places(strategy, wanted);
  const livePlaces = places(strategy, live);
  // Each identity once: to find it out anew for every comparison costs much where merge keys are long.
  const placed = merged.map((element): Placed => {
    const identity = identityOf(strategy, element);
    if (identity === undefined) return { element, wanted: undefined, live: undefined };
    return { element, wanted: wantedPlaces.get(identity), live: livePlaces.get(identity) };
  });
  const named = placed.filter((one) => one.wanted !== undefined).sort(by('wanted'));
  const others = placed.filter((one) => one.wanted === undefined).sort(by('live'));
  return interleave(others, named).map(({ element }) => element);
}

/** An element with its places in the list that the patch wants and in the one there is. */
interface Placed {
  readonly element: unknown;
  readonly wanted: number | undefined;
  readonly live: number | undefined;
}

/** Those without a place come last, in the order they have. */
function by(list: 'wanted' | 'live'): (a: Placed, b: Placed) => number {
  return (a, b) => (a[list] ?? Infinity) - (b[list] ?? Infinity) || 0;
}

function places(strategy: MergingStrategy, list: readonly unknown[]): Map<string, number> {
  const known = new Map<string, number>();
  list.forEach((element, index) => {
    const identity = identityOf(strategy, element);
    if (identity !== undefined && !known.has(identity)) known.set(identity, index);
  });
  return known;
}

function interleave(left: readonly Placed[], right: readonly Placed[]): Placed[] {
  const all: Placed[] = [];
  let next = 0;
  for (const one of right) {
    const limit = one.live;
    while (limit !== undefined && next < left.length && (left[next]?.live ?? Infinity) < limit) {
      all.push(...left.slice(next, next + 1));
      next += 1;
    }
    all.push(one);
  }
  return [...all, ...left.slice(next)];
}

/** Scalars of both, each once. */
export function union(strategy: MergingStrategy, live: readonly unknown[], patch: readonly unknown[]): unknown[] {
  patch.forEach((element) => requireIdentity(strategy, element));
  return [...new Set([...live, ...patch])];
}

/** @throws StatusError 400 where the patch's elements do not stand in the order that the patch itself asks for */
export function checkOrder(strategy: MergingStrategy, patch: readonly unknown[], wanted: readonly unknown[]): void {
  if (wanted.length === 0) return;
  const wantedIds = wanted.map((element) => requireIdentity(strategy, element));
  let next = 0;
  for (const element of patch) {
    if (isDirective(element)) continue;
    next = wantedIds.indexOf(requireIdentity(strategy, element), next) + 1;
    if (next === 0) throw badRequest("invalid patch: the order in the patch list doesn't match $setElementOrder list");
  }
}

/** Whether the element is a `$patch` directive. */
export function isDirective(element: unknown): element is JsonObject {
  return isJsonObject(element) && Object.hasOwn(element, '$patch');
}
