import type { Entry } from './contract.ts';

/**
 * The first key whose value the two do not have in common; undefined if they hold the same. Revisions do not count.
 * @param entries in key order, as `others`
 */
export function firstDifference(entries: readonly Entry[], others: readonly Entry[]): string | undefined {
  const count = Math.max(entries.length, others.length);
  for (let index = 0; index < count; index++) {
    const [one, other] = [entries[index], others[index]];
    if (one === undefined || other === undefined) return (one ?? other)?.key;
    if (one.key !== other.key) return one.key < other.key ? one.key : other.key;
    if (!one.value.equals(other.value)) return one.key;
  }
  return undefined;
}
