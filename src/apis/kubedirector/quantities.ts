/** Quantities as users write them: strings or numbers. */
import { parseQuantity, type Quantity } from '../../meta/quantity.ts';

/** A quantity in JSON: a string or a number. */
export type QuantityValue = string | number;

/** Undefined where the value is no quantity. */
export function quantityOf(value: QuantityValue | undefined): Quantity | undefined {
  return value === undefined ? undefined : parseQuantity(String(value));
}

type Amounts = Readonly<Record<string, QuantityValue | undefined>>;

/** A form of a quantity for comparisons, independent of its notation: "1024Mi" and "1Gi" are the same. */
export function canonicalQuantity(value: QuantityValue): string {
  return quantityOf(value)?.toString() ?? String(value);
}

/** The same amounts, written as Kubernetes prints them ("1024Mi" becomes "1Gi"). */
export function canonicalQuantities(amounts: Amounts): Amounts {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, value]) => [name, value === undefined ? value : canonicalQuantity(value)]),
  );
}
