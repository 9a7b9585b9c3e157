/** Limits how many run at a time. The others wait and are served in order. */
interface Slots {
  /**
   * Waits for a free slot. Resolves with the function that gives it back (calling it again does nothing), or with
   * undefined where the signal aborted first.
   */
  take(signal?: AbortSignal): Promise<(() => void) | undefined>;
  readonly waiting: number;
}

/** Up to `count` holders at a time; the others wait in the order in which they came. */
export function createSlots(count: number): Slots {
  // A Set, so that leaving the queue is cheap, however long it is.
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
