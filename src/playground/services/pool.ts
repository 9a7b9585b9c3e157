/** Gives out random values, each to one owner only. */

const reservationMs = 60_000;

/** The sources of time and chance. */
export interface PoolOptions {
  readonly now: () => Date;
  /** Returns a random number in [0, 1). */
  readonly random: () => number;
}

/** A range of values, of which each is free, reserved for a minute, or held by one object. */
export class Pool<V extends string | number> {
  readonly #size: number;
  readonly #valueAt: (index: number) => V;
  readonly #options: PoolOptions;
  /** Held values, with the key of the object that holds each. */
  readonly #held = new Map<V, string>();
  /** Reserved values, with the time at which the reservation ends (ms since the epoch). */
  readonly #reserved = new Map<V, number>();

  constructor(size: number, valueAt: (index: number) => V, options: PoolOptions) {
    this.#size = size;
    this.#valueAt = valueAt;
    this.#options = options;
  }

  hold(values: readonly V[], key: string): void {
    for (const value of values) {
      this.#held.set(value, key);
      this.#reserved.delete(value);
    }
  }

  release(values: readonly V[]): void {
    for (const value of values) this.#held.delete(value);
  }

  holder(value: V): string | undefined {
    return this.#held.get(value);
  }

  /** Returns a free value and reserves it for a minute. Undefined if none is left. */
  take(): V | undefined {
    const now = this.#options.now().getTime();
    const start = Math.floor(this.#options.random() * this.#size);
    for (let step = 0; step < this.#size; step++) {
      const value = this.#valueAt((start + step) % this.#size);
      if (this.#held.has(value) || (this.#reserved.get(value) ?? 0) > now) continue;
      this.#reserved.set(value, now + reservationMs);
      return value;
    }
    return undefined;
  }
}
