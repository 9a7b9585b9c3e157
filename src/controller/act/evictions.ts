/**
 * Pods that are to go. Who refuses it (a PodDisruptionBudget) is asked again after a while; what was said is shown in the
 * cluster's conditions meanwhile. That is in memory only: a new controller asks, and hears it again.
 */
import type { Pod } from '../../apis/kubernetes/types.ts';
import type { NativeClients } from '../../clients/contract.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import { keyOf } from '../keys.ts';
import type { ByName } from '../plan/observed.ts';
import { createRefusals, refusalsOf } from './refusals.ts';

/** Asks for the end of pods, and remembers who may not go yet. */
export interface Evictions {
  /**
   * True where the pod goes by this. False where it may not, or was asked about a moment ago.
   * @throws StatusError
   */
  evict(cluster: NamespacedName, pod: Stored<Pod>): Promise<boolean>;
  /** Why those of these pods may not go that were refused last, by name. */
  refusals(pods: ByName<Stored<Pod>>): ByName<string>;
  /** Nobody is reminded any more. */
  stop(): void;
}

interface EvictionsOptions {
  readonly pods: Pick<NativeClients['pods'], 'evict'>;
  readonly clock: Clock;
  /** A cluster is worth another look: there is news, or it is time to ask again. */
  readonly onNews: (cluster: string) => void;
}

interface Refusal {
  readonly message: string;
  readonly times: number;
  /** Of the clock's monotonic time. */
  readonly until: number;
}

const firstDelayMs = 5_000;
const longestDelayMs = 60_000;

/** Makes a memory that is empty. */
export function createEvictions({ pods, clock, onNews }: EvictionsOptions): Evictions {
  const refused = createRefusals<Refusal>();
  const reminders = new Set<() => void>();

  function remind(cluster: string, delayMs: number): void {
    const cancel = clock.after(delayMs, () => {
      reminders.delete(cancel);
      onNews(cluster);
    });
    reminders.add(cancel);
  }

  return {
    async evict(cluster, pod) {
      const { uid } = pod.metadata;
      const before = refused.get(uid);
      if (before !== undefined && clock.monotonic() < before.until) return false;
      const message = await pods.evict(pod);
      if (message === undefined) {
        refused.delete(uid);
        return true;
      }
      const times = (before?.times ?? 0) + 1;
      const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (times - 1));
      refused.set(uid, { message, times, until: clock.monotonic() + delayMs });
      remind(keyOf(cluster), delayMs);
      if (before?.message !== message) onNews(keyOf(cluster));
      return false;
    },
    refusals: (shown) => new Map([...refusalsOf(refused, shown)].map(([name, { message }]) => [name, message])),
    stop() {
      for (const cancel of reminders) cancel();
      reminders.clear();
    },
  };
}
