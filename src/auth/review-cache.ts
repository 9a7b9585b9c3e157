/** Keeps answers of kube-apiserver for a short time. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../runtime/clock.ts';

/** An answer, and how long it may be kept. */
export interface Answer<V> {
  readonly value: V;
  /** Milliseconds for which it may be kept; 0 or less: not at all. */
  readonly ttlMs: number;
}

interface ReviewCache<V> {
  /**
   * The answer kept under the key, at once; else the answer of `ask`, which is called once for all who wait for the same
   * key. Failures are not kept: those who wait get them, and the next caller asks again.
   */
  get(key: string, ask: () => Promise<Answer<V>>): V | Promise<V>;
}

/** In characters. Answers with longer keys are not kept, so that clients cannot fill the memory. */
const maxKeyLength = 1_024;

/** Holds at most `maxEntries` answers; the least recently used one is dropped first. */
export function createReviewCache<V>({ clock, maxEntries }: { clock: Clock; maxEntries: number }): ReviewCache<V> {
  const known = new LRUCache<string, { readonly value: V; readonly until: number }>({ max: maxEntries });
  const asked = new Map<string, Promise<V>>();
  function keep(key: string, { value, ttlMs }: Answer<V>): void {
    if (ttlMs <= 0 || key.length > maxKeyLength) return;
    known.set(key, { value, until: clock.monotonic() + ttlMs });
  }
  async function askAndKeep(key: string, ask: () => Promise<Answer<V>>): Promise<V> {
    try {
      // Not called at once: if it threw right away, `finally` would run before the promise is stored in `asked`.
      const answer = await Promise.resolve().then(ask);
      keep(key, answer);
      return answer.value;
    } finally {
      asked.delete(key);
    }
  }
  return {
    get(key, ask) {
      const entry = known.get(key);
      if (entry !== undefined && clock.monotonic() < entry.until) return entry.value;
      let answer = asked.get(key);
      if (answer === undefined) asked.set(key, (answer = askAndKeep(key, ask)));
      return answer;
    },
  };
}
