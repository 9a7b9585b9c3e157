/** A server whose data another process has taken must not go on for a moment. */
import type { Store } from '../storage/contract.ts';

/**
 * Rejects with the store's StorageLostError once it is lost, after the server was stopped; never settles otherwise.
 * @param stop all of the server; what it throws is of no account: what it could not finish is another process's now
 */
export function untilLost(store: Pick<Store, 'lost'>, stop: () => Promise<void>): Promise<never> {
  const lost = new Promise<never>((_resolve, reject) => {
    const end = (): void => {
      const { reason } = store.lost as { readonly reason: unknown };
      void stop()
        .catch(() => undefined)
        .finally(() => reject(reason instanceof Error ? reason : new Error(String(reason))));
    };
    if (store.lost.aborted) end();
    else store.lost.addEventListener('abort', end, { once: true });
  });
  lost.catch(() => undefined); // whoever waits for it learns of it
  return lost;
}
