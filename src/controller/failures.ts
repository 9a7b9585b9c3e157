/**
 * Which clusters fail to be reconciled, and what their users are told. It is in memory only: after a restart the next
 * failures tell the same.
 */
import type { Clock } from '../runtime/clock.ts';

interface Failures {
  /** Why reconciling fails, once it has more than once in a row: what passes by itself is told by an event only. */
  shown(key: string): string | undefined;
  failed(key: string, error: unknown): void;
  /** True where a failure has been shown until now. */
  succeeded(key: string): boolean;
}

interface Entry {
  readonly count: number;
  readonly message: string;
  /** Of the clock's monotonic time. */
  readonly since: number;
}

/** A message that differs each time (a request's ID in it, say) would else be written, and tried again, without end. */
const messageStaysMs = 60_000;
const longestMessage = 1024;

/** Counts failures of each cluster in a row, in memory only. */
export function createFailures(clock: Clock): Failures {
  const entries = new Map<string, Entry>();
  const shown = (key: string): string | undefined => {
    const entry = entries.get(key);
    return entry === undefined || entry.count < 2 ? undefined : entry.message;
  };
  return {
    shown,
    failed(key, error) {
      const now = clock.monotonic();
      const message = (error instanceof Error ? error.message : String(error)).slice(0, longestMessage);
      const before = entries.get(key);
      const stays = before !== undefined && before.count >= 2 && now - before.since < messageStaysMs;
      const told = stays ? before : { message, since: now };
      entries.set(key, { count: (before?.count ?? 0) + 1, message: told.message, since: told.since });
    },
    succeeded(key) {
      const wasShown = shown(key) !== undefined;
      entries.delete(key);
      return wasShown;
    },
  };
}
