/** Whether the store can still be asked, and takes writes. */
import { ExpectedFailure, type HealthCheck } from '../apiserver/server.ts';
import type { Store } from '../storage/contract.ts';

/**
 * Alive while the store answers; ready while it takes writes, too. A disk that takes none is no reason for a restart,
 * which would not mend it; the store says in the log when it begins and ends.
 */
export function storageChecks(store: Pick<Store, 'revision' | 'unavailable'>): readonly HealthCheck[] {
  const answers = async (): Promise<void> => {
    await store.revision();
  };
  return [
    { name: 'storage', endpoints: ['livez'], check: answers },
    {
      name: 'storage',
      endpoints: ['readyz'],
      check: async () => {
        await answers();
        if (store.unavailable !== undefined) throw new ExpectedFailure(store.unavailable.message, 'debug');
      },
    },
  ];
}
