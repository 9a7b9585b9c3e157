/** Values to be given out at random, none twice. */

const reservationMs = 60_000;

export interface PoolOptions {
  readonly now: () => Date;
  /** In [0, 1). */
  readonly random: () => number;
}

export class Pool<V extends string | number> {
  readonly #size: number;
  readonly #valueAt: (index: number) => V;
  readonly #options: PoolOptions;
  /** To the key of the object that holds it. */
  readonly #held = new Map<V, string>();
  /** To the time (ms since the epoch) its reservation ends. */
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

  /** A free value, reserved for a minute; undefined where none is left. */
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
