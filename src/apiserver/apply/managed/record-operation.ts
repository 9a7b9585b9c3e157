import { managerIdentifier } from './manager-identifier.ts';
import type { Layer, Managed } from './contract.ts';

/** What a manager is called that has no name. */
const unnamed = 'unknown';
/** Stands for the writing manager during an update, so that what this very write changed can be told apart. */
const thisWrite = 'current-operation';

interface Operations {
  /** The version in which the fields are named. */
  readonly apiVersion: string;
  /** '' for the main resource. */
  readonly subresource: string;
  readonly now: () => string;
}

/**
 * Records a write under its manager: gives managers their identifiers, adds what an update changed to what its manager
 * already has, and sets the time of those who changed something.
 */
export function recordOperation(inner: Layer, { apiVersion, subresource, now }: Operations): Layer {
  const identify = (manager: string, operation: 'Apply' | 'Update'): string =>
    managerIdentifier({ manager: manager === '' ? unnamed : manager, operation, apiVersion, subresource });

  function recorded(managed: Managed, manager: string): Managed {
    const changed = managed.sets.get(thisWrite);
    if (changed === undefined) return managed;
    const sets = new Map(managed.sets);
    sets.delete(thisWrite);
    const before = sets.get(manager);
    // The set that was there before comes first: it stays the very same one where it has all this already.
    sets.set(manager, before === undefined ? changed : { ...changed, set: before.set.union(changed.set) });
    return { sets, times: withTime(managed.times, manager, now()) };
  }

  return {
    update: (write) => recorded(inner.update({ ...write, manager: thisWrite }), identify(write.manager, 'Update')),
    *apply(write) {
      const manager = identify(write.manager, 'Apply');
      const { object, managed } = yield* inner.apply({ ...write, manager });
      // The very same object is handed back where the apply changed nothing: only then the time stays.
      const times = object === write.live ? managed.times : withTime(managed.times, manager, now());
      return { object, managed: { ...managed, times } };
    },
  };
}

function withTime(times: ReadonlyMap<string, string>, manager: string, time: string): ReadonlyMap<string, string> {
  return new Map(times).set(manager, time);
}
