/** Waiting for somebody who calls a set's functions one after the other. */

/**
 * Adds a function to the set, and waits until it is called; whoever calls it removes it.
 * @param signal removes it again; must not be aborted yet
 * @throws the signal's reason
 */
export function waitIn(waiting: Set<() => void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = (): void => {
      signal?.removeEventListener('abort', giveUp);
      resolve();
    };
    const giveUp = (): void => {
      waiting.delete(go);
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    waiting.add(go);
  });
}
