/** Answers that hold for a little while. */
import type { Clock } from '../runtime/clock.ts';

export interface Answer<V> {
  readonly value: V;
  /** Milliseconds for which it holds; not kept where that is 0 or less. */
  readonly ttlMs: number;
}

interface ReviewCache<V> {
  /**
   * What is known under the key, at once; else what `ask` says, once for all who ask meanwhile. Failures are not kept:
   * whoever waits gets them, the next one asks again.
   */
  get(key: string, ask: () => Promise<Answer<V>>): V | Promise<V>;
}

/** Characters; what is asked for under a longer key is not kept, so that clients can't fill the memory. */
const maxKeyLength = 1_024;

/**
 * Holds at most `maxEntries` answers. The oldest goes first: it would be the first to expire.
 */
export function createReviewCache<V>({ clock, maxEntries }: { clock: Clock; maxEntries: number }): ReviewCache<V> {
  const known = new Map<string, { readonly value: V; readonly until: number }>();
  const asked = new Map<string, Promise<V>>();
  function keep(key: string, { value, ttlMs }: Answer<V>): void {
    if (ttlMs <= 0 || key.length > maxKeyLength) return;
    known.delete(key);
    const [oldest] = known.size < maxEntries ? [] : known.keys();
    if (oldest !== undefined) known.delete(oldest);
    known.set(key, { value, until: clock.monotonic() + ttlMs });
  }
  async function askAndKeep(key: string, ask: () => Promise<Answer<V>>): Promise<V> {
    try {
      // Not at once: were it to throw, it would be forgotten before it is noted down.
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
