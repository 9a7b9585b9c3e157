/** Amounts of resources. Source: k8s.io/apiserver/pkg/cel/library/quantity.go */
import { parseQuantity, Quantity } from '../../../meta/quantity.ts';
import { CelError } from '../errors.ts';
import { FunctionTable, instances, kinds, traversal } from '../functions.ts';
import type { Opaque } from '../values.ts';

const { int, string } = kinds;

/** An amount as a value. */
class Amount implements Opaque {
  readonly celType = 'kubernetes.Quantity';
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }

  celEquals(other: unknown): boolean {
    return other instanceof Amount && other.quantity.compare(this.quantity) === 0;
  }

  add(other: Quantity): Amount {
    return new Amount(this.quantity.add(other));
  }

  isInteger(): boolean {
    const whole = this.quantity.ceil();
    return whole === this.quantity.floorTo(1n) && whole < 2n ** 63n && whole >= -(2n ** 63n);
  }
}

function parse(text: string): Amount {
  const quantity = parseQuantity(text);
  if (quantity !== undefined) return new Amount(quantity);
  if (text === '') throw new CelError('quantities must match the regular expression, and be not empty');
  throw new CelError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

function asInteger(amount: Amount): bigint {
  if (!amount.isInteger()) throw new CelError('cannot convert value to integer');
  return amount.quantity.ceil();
}

const ofInt = (value: bigint): Quantity => parseQuantity(String(value)) ?? Quantity.zero;
const amount = instances(Amount);

/** quantity, isQuantity and what can be done with them. */
export const quantities = new FunctionTable()
  .add('quantity', [string], parse, traversal())
  .add('isQuantity', [string], (text) => parseQuantity(text) !== undefined, traversal())
  .add('sign', [amount], ({ quantity }) => BigInt(quantity.sign()))
  .add('.isGreaterThan', [amount, amount], (a, b) => a.quantity.compare(b.quantity) > 0)
  .add('.isLessThan', [amount, amount], (a, b) => a.quantity.compare(b.quantity) < 0)
  .add('.compareTo', [amount, amount], (a, b) => BigInt(a.quantity.compare(b.quantity)))
  .add('.asApproximateFloat', [amount], ({ quantity }) => quantity.toNumber())
  .add('.asInteger', [amount], asInteger)
  .add('.isInteger', [amount], (one) => one.isInteger())
  .add('.add', [amount, amount], (a, b) => a.add(b.quantity))
  .add('.add', [amount, int], (a, b) => a.add(ofInt(b)))
  .add('.sub', [amount, amount], (a, b) => a.add(b.quantity.negated()))
  .add('.sub', [amount, int], (a, b) => a.add(ofInt(-b)));
