/** How long to wait before trying again: per key, twice as long with every failure. */

export interface BackoffOptions {
  /** After the first failure. */
  readonly baseDelayMs: number;
  /** No delay is longer. */
  readonly maxDelayMs: number;
  /**
   * Returns [0, 1). Shortens delays by up to a tenth, so that what failed together does not come back together.
   */
  readonly random: () => number;
}

export interface Backoff {
  /** Milliseconds to wait after one more failure. */
  next(key: string): number;
  /** Its next delay is the shortest again. */
  forget(key: string): void;
  /** How often it has failed since it was last forgotten. */
  failures(key: string): number;
}

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
