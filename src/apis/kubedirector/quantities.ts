/** Quantities as users write them: texts, or plain numbers. */
import { parseQuantity, type Quantity } from '../../meta/quantity.ts';

export type QuantityValue = string | number;

/** Undefined where the value is no quantity. */
export function quantityOf(value: QuantityValue | undefined): Quantity | undefined {
  return value === undefined ? undefined : parseQuantity(String(value));
}

type Amounts = Readonly<Record<string, QuantityValue | undefined>>;

/** How a quantity compares whatever its notation: "1024Mi" and "1Gi" are the same. */
export function canonicalQuantity(value: QuantityValue): string {
  return quantityOf(value)?.toString() ?? String(value);
}

export function canonicalQuantities(amounts: Amounts): Amounts {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, value]) => [name, value === undefined ? value : canonicalQuantity(value)]),
  );
}
