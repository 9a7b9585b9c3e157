/** Values that may be missing. Source: cel-go/cel/library.go OptionalTypes */
import { FunctionTable, kinds } from '../functions.ts';
import { isMap, keysOf, Optional } from '../values.ts';

const { any, list, optional } = kinds;

function isZero(value: unknown): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  return isMap(value) && keysOf(value).length === 0;
}

const unwrapped = (items: readonly unknown[]): unknown[] =>
  items.flatMap((item) => (item instanceof Optional && item.has() ? [item.get()] : []));

/** optional.of and the others. */
export const optionals = new FunctionTable()
  .add('optional.of', [any], (value) => new Optional(value))
  .add('optional.ofNonZeroValue', [any], (value) => (isZero(value) ? Optional.none : new Optional(value)))
  .add('optional.none', [], () => Optional.none)
  .add('optional.unwrap', [list], unwrapped)
  .add('.unwrapOpt', [list], unwrapped)
  .add('.hasValue', [optional], (one) => one.has())
  .add('.value', [optional], (one) => one.get())
  .add('.or', [optional, optional], (one, other) => (one.has() ? one : other))
  .add('.orValue', [optional, any], (one, other) => (one.has() ? one.get() : other));
