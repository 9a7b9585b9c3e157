/** Events that say which clusters keep a deleted object, for `kubectl describe`. */
import type { EventRecorder } from '../../clients/contract.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';

/** Tells which clusters keep deleted objects. */
export interface UseEvents {
  /**
   * Records an event where there is something new to say.
   * @param users as in "a/one, a/two and 3 more"
   * @returns the milliseconds after which to call again; undefined where all has been said
   */
  tell(object: Stored<KubeObject>, users: string): number | undefined;
  /** Forgets all other objects. */
  keep(objects: readonly KubeObject[]): void;
}

interface UseEventsOptions {
  readonly events: EventRecorder;
  readonly clock: Clock;
}

/** Milliseconds between two events about one object: its clusters may go one by one. */
const pauseMs = 10_000;

/** Remembers what was said last about each object. */
export function createUseEvents({ events, clock }: UseEventsOptions): UseEvents {
  const said = new Map<string, { readonly users: string; readonly until: number }>();
  return {
    tell(object, users) {
      const { uid } = object.metadata;
      const last = said.get(uid);
      if (last?.users === users) return undefined;
      const now = clock.monotonic();
      if (last !== undefined && last.until > now) return last.until - now;
      said.set(uid, { users, until: now + pauseMs });
      events.record(object, 'Normal', 'InUse', `being deleted; it stays until these clusters are gone: ${users}`);
      return undefined;
    },
    keep(objects) {
      const uids = new Set(objects.map(({ metadata }) => metadata.uid));
      for (const uid of said.keys()) if (!uids.has(uid)) said.delete(uid);
    },
  };
}
