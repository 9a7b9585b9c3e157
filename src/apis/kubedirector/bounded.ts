/** Works on many items, a few at a time. */

/**
 * Calls `work` for each item, at most `atOnce` at a time.
 * @throws the signal's reason once it has aborted, and what a call of `work` throws; no further call is begun then
 */
export async function forEachBounded<T>(
  items: readonly T[],
  atOnce: number,
  signal: AbortSignal | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    // The iterator is shared: each item is taken by one worker.
    for (const item of rest) {
      if (failed) return;
      signal?.throwIfAborted();
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
