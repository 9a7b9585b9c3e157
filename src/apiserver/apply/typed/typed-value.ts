import type { FieldSet } from '../fieldpath/index.ts';
import { compare, type Comparison } from './compare.ts';
import { merge } from './merge.ts';
import type { MergeType } from './merge-type.ts';
import { ownedFields } from './owned-fields.ts';
import { removeItems } from './remove.ts';
import { validate } from './validate.ts';

/** What `typedOf` lets pass. */
interface TypedOptions {
  /** Lists may have several elements of the same key or value: what is stored may be older than their type. */
  readonly allowDuplicates?: boolean;
}

/**
 * A value together with its type.
 * @param value is shared, and never changed
 * @throws TypedError with everything that is wrong with the value
 */
export function typedOf(value: unknown, type: MergeType, { allowDuplicates = false }: TypedOptions = {}): TypedValue {
  validate(type, value, allowDuplicates);
  return new TypedValue(value, type);
}

/** A value that is of its type. Values that are compared or merged have the same type. */
export class TypedValue {
  readonly value: unknown;
  readonly type: MergeType;

  /** For values that are known to be of their type; others are read with `typedOf`. */
  constructor(value: unknown, type: MergeType) {
    this.value = value;
    this.type = type;
  }

  /** The fields it mentions: what whoever applies it owns. */
  toFieldSet(): FieldSet {
    return ownedFields(this.type, this.value);
  }

  /**
   * How the next value differs from this one.
   * @throws TypedError for a list with an element that has no key, as `removeItems` may leave it
   */
  compare(next: TypedValue): Comparison {
    return compare(this.type, this.value, next.value);
  }

  /**
   * With what the configuration says, sharing what it does not change.
   * @throws TypedError where a list of the configuration has two elements of the same key or value
   */
  merge(configuration: TypedValue): TypedValue {
    return this.#with(merge(this.type, this.value, configuration.value) ?? null);
  }

  /** Without these fields and elements, sharing what is left. */
  removeItems(items: FieldSet): TypedValue {
    return this.#with(removeItems(this.type, this.value, items));
  }

  #with(value: unknown): TypedValue {
    return value === this.value ? this : new TypedValue(value, this.type);
  }
}
