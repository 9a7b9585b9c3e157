import { parseQuantity } from '../meta/quantity.ts';

type Amount = string | number;

/** As Kubernetes stores an amount: `1` becomes "1", "1.5Gi" becomes "1536Mi". What is no quantity stays as it is. */
export function canonicalQuantity(amount: Amount): Amount {
  return parseQuantity(String(amount))?.toString() ?? amount;
}

/** All amounts of a list of resources. */
export function canonicalQuantities<M extends Readonly<Record<string, Amount>>>(amounts: M): Record<keyof M, Amount> {
  const entries = Object.entries(amounts).map(([name, amount]) => [name, canonicalQuantity(amount)] as const);
  return Object.fromEntries(entries) as Record<keyof M, Amount>;
}
