import { seeded } from '../../support/seeded.ts';

/** Random choices. The same seed gives the same choices. */
export interface Random {
  /** An integer from 0 to limit − 1. */
  below(limit: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** A selection in the given order. Each item is selected with this probability. */
  some<T>(from: readonly T[], probability: number): T[];
  shuffled<T>(items: readonly T[]): T[];
}

/** Good enough to vary cases, and the same on every machine. */
export function createRandom(seed: number): Random {
  const next = seeded(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (from) => from[below(from.length)]!,
    some: (from, probability) => from.filter(() => next() < probability),
    shuffled: (items) =>
      items
        .map((item) => ({ item, at: next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ item }) => item),
  };
}
