/** How long to wait before the next attempt: per key, twice as long after every failure. */

/** Times are in milliseconds. */
export interface BackoffOptions {
  /** After the first failure. */
  readonly baseDelayMs: number;
  /** No delay is longer. */
  readonly maxDelayMs: number;
  /**
   * Returns [0, 1). Shortens delays by up to a tenth, so that keys that failed together are not retried together.
   */
  readonly random: () => number;
}

/** Counts failures per key. Keys that are never forgotten stay in memory. */
export interface Backoff {
  /** Milliseconds to wait after one more failure. */
  next(key: string): number;
  /** Ends the key's series of failures: its next delay is the shortest again. */
  forget(key: string): void;
  /** How often it has failed since it was last forgotten. */
  failures(key: string): number;
}

/** Delays double with each failure of a key, from `baseDelayMs` up to `maxDelayMs`. */
export function createBackoff({ baseDelayMs, maxDelayMs, random }: BackoffOptions): Backoff {
  const failures = new Map<string, number>();
  const count = (key: string): number => failures.get(key) ?? 0;
  return {
    next(key) {
      const before = count(key);
      failures.set(key, before + 1);
      return Math.min(baseDelayMs * 2 ** before, maxDelayMs) * (1 - 0.1 * random());
    },
    forget: (key) => void failures.delete(key),
    failures: count,
  };
}
