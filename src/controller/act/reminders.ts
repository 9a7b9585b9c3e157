/** Clusters that are to be planned again after some time, although nothing happens. In memory only: a new controller plans all. */
import type { NamespacedName } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import { keyOf } from '../keys.ts';

/** One for each cluster: the last one counts. */
export interface Reminders {
  set(cluster: NamespacedName, afterMs: number): void;
  /** Nobody is reminded any more. */
  stop(): void;
}

/** @param onDue a cluster is worth another look */
export function createReminders(clock: Clock, onDue: (cluster: string) => void): Reminders {
  const pending = new Map<string, () => void>();
  return {
    set(cluster, afterMs) {
      const key = keyOf(cluster);
      pending.get(key)?.();
      const cancel = clock.after(afterMs, () => {
        pending.delete(key);
        onDue(key);
      });
      pending.set(key, cancel);
    },
    stop() {
      for (const cancel of pending.values()) cancel();
      pending.clear();
    },
  };
}
