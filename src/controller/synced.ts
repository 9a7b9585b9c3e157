/** Waiting for caches to have shown what there was: a plan made from half of it would take the rest for deleted. */
import type { Lister } from '../clients/contract.ts';
import type { KubeObject } from '../meta/object.ts';
import type { Clock } from '../runtime/clock.ts';
import { pause } from '../runtime/time-limit.ts';

/** Milliseconds between looks. Only while starting: a cache that is empty has no change to wait for. */
const lookEveryMs = 20;

/** Resolves once all have synced, or when the signal aborts; true for the first. */
export async function whenSynced(
  listers: readonly Pick<Lister<KubeObject>, 'synced'>[],
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  while (!listers.every((lister) => lister.synced())) {
    if (signal.aborted) return false;
    await pause(clock, lookEveryMs, signal);
  }
  return !signal.aborted;
}
