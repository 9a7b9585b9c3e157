/** Whether the store can still be asked, and takes writes. */
import { ExpectedFailure, type HealthCheck } from '../apiserver/server.ts';
import { StorageLostError, StorageUnavailableError, type Store } from '../storage/contract.ts';

/**
 * Alive unless the store was closed or lost; ready while it answers and takes writes. A disk that takes none, or a
 * connection that is gone, is no reason for a restart, which would not mend it; the store says in the log when it begins
 * and ends. While it is known to be unavailable nobody waits for it: a probe that comes too late would count as a failure.
 */
export function storageChecks(store: Pick<Store, 'barrier' | 'lost' | 'unavailable'>): readonly HealthCheck[] {
  return [
    {
      name: 'storage',
      endpoints: ['livez'],
      check: async () => {
        if (store.unavailable !== undefined && !store.lost.aborted) return;
        try {
          await store.barrier();
        } catch (error) {
          if (error instanceof StorageLostError || !(error instanceof StorageUnavailableError)) throw error;
        }
      },
    },
    {
      name: 'storage',
      endpoints: ['readyz'],
      check: async () => {
        if (store.unavailable === undefined) await store.barrier();
        if (store.unavailable !== undefined) throw new ExpectedFailure(store.unavailable.message, 'debug');
      },
    },
  ];
}
