import type { VersionedSet } from '../merge/index.ts';
import { managerIdentifier } from './manager-identifier.ts';
import type { Layer, Managed } from './contract.ts';

/** Under this name the fields of the managers who changed something longest ago are put together. */
const oldUpdates = 'ancient-changes';

/**
 * Bounds the number of managers that are no appliers: after each update the oldest of one version are put together until
 * no more than `max` are left. One of each version always stays, so many versions may stay above the bound.
 */
export function capManagers(inner: Layer, max: number): Layer {
  return {
    update: (write) => capped(inner.update(write), max),
    apply: (write) => inner.apply(write),
  };
}

function capped(managed: Managed, max: number): Managed {
  const updaters = [...managed.sets].filter(([, { applied }]) => !applied).map(([manager]) => manager);
  if (updaters.length <= max) return managed;
  const sets = new Map(managed.sets);
  const times = new Map(managed.times);
  const oldestOf = new Map<string, string>();
  let count = updaters.length;
  for (const manager of updaters.sort(byAge(times))) {
    if (count <= max) break;
    const { apiVersion, set } = owned(sets, manager);
    const oldest = oldestOf.get(apiVersion);
    if (oldest === undefined) {
      oldestOf.set(apiVersion, manager);
      continue;
    }
    const bucket = managerIdentifier({ manager: oldUpdates, operation: 'Update', apiVersion, subresource: '' });
    const before = owned(sets, sets.has(bucket) ? bucket : oldest);
    if (!sets.has(bucket)) sets.delete(oldest);
    sets.delete(manager);
    sets.set(bucket, { set: set.union(before.set), apiVersion, applied: false });
    count -= 1;
    setOrDelete(times, bucket, times.get(manager));
  }
  return { sets, times };
}

function byAge(times: ReadonlyMap<string, string>): (a: string, b: string) => number {
  const seconds = (manager: string): number => secondsOf(times.get(manager));
  return (a, b) => seconds(a) - seconds(b) || (a < b ? -1 : 1);
}

/** Seconds since 1970 of an entry's time; 0 where it has none. */
export function secondsOf(time: string | undefined): number {
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1000);
}

function owned(sets: ReadonlyMap<string, VersionedSet>, manager: string): VersionedSet {
  const set = sets.get(manager);
  if (set === undefined) throw new Error(`no fields of manager ${manager}`);
  return set;
}

function setOrDelete(times: Map<string, string>, manager: string, time: string | undefined): void {
  if (time === undefined) times.delete(manager);
  else times.set(manager, time);
}
