/** So many at a time; who waits is served in the order of coming. */
interface Slots {
  /**
   * Resolves with the function that gives the slot back (calling it again does nothing); undefined where the signal
   * aborted before there was one.
   */
  take(signal?: AbortSignal): Promise<(() => void) | undefined>;
  readonly waiting: number;
}

export function createSlots(count: number): Slots {
  // A Set: whoever gives up leaves the queue at once, however long it is.
  const queue = new Set<() => void>();
  let free = count;

  function release(): void {
    const [next] = queue;
    if (next === undefined) {
      free++;
      return;
    }
    queue.delete(next);
    next();
  }

  const releaseOnce = (): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      release();
    };
  };

  return {
    take(signal) {
      if (signal?.aborted) return Promise.resolve(undefined);
      if (free > 0) {
        free--;
        return Promise.resolve(releaseOnce());
      }
      return new Promise((resolve) => {
        const served = (): void => {
          signal?.removeEventListener('abort', aborted);
          resolve(releaseOnce());
        };
        const aborted = (): void => {
          queue.delete(served);
          resolve(undefined);
        };
        queue.add(served);
        signal?.addEventListener('abort', aborted, { once: true });
      });
    },
    get waiting() {
      return queue.size;
    },
  };
}
