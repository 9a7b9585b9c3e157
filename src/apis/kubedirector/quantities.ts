/** Quantities as users write them: texts, or plain numbers. */
import { parseQuantity, type Quantity } from '../../meta/quantity.ts';

export type QuantityValue = string | number;

/** Undefined where the value is no quantity. */
export function quantityOf(value: QuantityValue | undefined): Quantity | undefined {
  return value === undefined ? undefined : parseQuantity(String(value));
}

/** A number becomes the text that Kubernetes would make of it; a text stays as it was written. */
export function quantityText(value: QuantityValue): string {
  return typeof value === 'string' ? value : (quantityOf(value)?.toString() ?? String(value));
}

type Amounts = Readonly<Record<string, QuantityValue | undefined>>;

/** All amounts of a resource list as texts. */
export function quantityTexts<T extends Amounts>(amounts: T): T {
  const texts = Object.entries(amounts).map(([name, value]) => [
    name,
    value === undefined ? undefined : quantityText(value),
  ]);
  return Object.fromEntries(texts) as T;
}

/** How a quantity compares whatever its notation: "1024Mi" and "1Gi" are the same. */
export function canonicalQuantity(value: QuantityValue): string {
  return quantityOf(value)?.toString() ?? String(value);
}

export function canonicalQuantities(amounts: Amounts): Amounts {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, value]) => [name, value === undefined ? value : canonicalQuantity(value)]),
  );
}
