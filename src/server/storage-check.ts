/** Whether the store can still be asked. */
import type { HealthCheck } from '../apiserver/server.ts';
import type { Store } from '../storage/contract.ts';

export function storageCheck(store: Pick<Store, 'revision'>): HealthCheck {
  return {
    name: 'storage',
    endpoints: ['livez', 'readyz'],
    check: async () => {
      await store.revision();
    },
  };
}
