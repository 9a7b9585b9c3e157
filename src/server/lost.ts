/** A server whose data another process has taken, or that cannot do its work any more, must not go on for a moment. */

/**
 * Rejects with the reason of the first signal that aborts, after the server was stopped; never settles otherwise.
 * @param ends a store that is lost, with its StorageLostError; work that has failed
 * @param stop all of the server; what it throws is of no account: what it could not finish is another process's now
 */
export function untilLost(ends: readonly AbortSignal[], stop: () => Promise<void>): Promise<never> {
  const signal = AbortSignal.any([...ends]);
  const lost = new Promise<never>((_resolve, reject) => {
    const end = (): void => {
      const { reason } = signal as { readonly reason: unknown };
      void stop()
        .catch(() => undefined)
        .finally(() => reject(reason instanceof Error ? reason : new Error(String(reason))));
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  lost.catch(() => undefined); // whoever waits for it learns of it
  return lost;
}
