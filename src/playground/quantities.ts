import { parseQuantity } from '../meta/quantity.ts';

type Amount = string | number;

/** The form in which Kubernetes stores an amount: `1` becomes "1", "1.5Gi" becomes "1536Mi". Other text is kept. */
export function canonicalQuantity(amount: Amount): Amount {
  return parseQuantity(String(amount))?.toString() ?? amount;
}

/** `canonicalQuantity` for every amount of a resource list. */
export function canonicalQuantities<M extends Readonly<Record<string, Amount>>>(amounts: M): Record<keyof M, Amount> {
  const entries = Object.entries(amounts).map(([name, amount]) => [name, canonicalQuantity(amount)] as const);
  return Object.fromEntries(entries) as Record<keyof M, Amount>;
}
