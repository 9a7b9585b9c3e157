/** What structured-merge-diff knows about the type of a value. Source: structured-merge-diff, schema/elements.go */
import type { PathElement } from '../fieldpath/index.ts';

/** What a scalar may be. Null is right everywhere. */
export type ScalarType = 'numeric' | 'string' | 'boolean' | 'untyped';

/** A list: a scalar in effect (atomic), or its elements have owners of their own. Without keys it is a set of scalars. */
export interface ListType {
  readonly atomic: boolean;
  /** The fields by which elements are known, as the schema names them. */
  readonly keys: readonly string[];
  element(): MergeType;
  /** What counts as a key's value in an element that does not have it; undefined for none. */
  keyDefault(key: string): unknown;
}

/** A declared field. */
export interface FieldType {
  readonly type: MergeType;
  readonly element: PathElement;
}

/** An object: a scalar in effect (atomic), or its fields have owners of their own. */
export interface MapType {
  readonly atomic: boolean;
  /** A declared field; undefined for others. */
  field(name: string): FieldType | undefined;
  /** The type of fields that are not declared; undefined where there may be none. */
  rest(): MergeType | undefined;
  /** Nothing is declared and everything allowed: owners of parts of such a map are left alone when its type changes. */
  readonly free: boolean;
}

/** The kinds of value that are right, and how each merges. */
export interface MergeType {
  readonly scalar: ScalarType | undefined;
  readonly list: ListType | undefined;
  readonly map: MapType | undefined;
}

const nothing = (): undefined => undefined;

/** Anything, owned as a whole: RawExtension, and the elements of lists without a schema. */
export const atomicType: MergeType = {
  scalar: 'untyped',
  list: { atomic: true, keys: [], element: () => atomicType, keyDefault: nothing },
  map: { atomic: true, field: nothing, rest: () => atomicType, free: false },
};

/** What has no schema: each field of an object is owned on its own, lists are owned as a whole. */
export const deducedType: MergeType = {
  scalar: 'untyped',
  list: atomicType.list,
  map: { atomic: false, field: nothing, rest: () => deducedType, free: true },
};
