/** Values and their types, in the manner of structured-merge-diff's package typed. */
export type { Comparison } from './compare.ts';
export { deducedType, type ListType, type MapType, type MergeType, type ScalarType } from './merge-type.ts';
export { TypedError, type Problem } from './problems.ts';
export { mergeTypeOf } from './schema-types.ts';
export { fitToType, withNamedFields } from './set-types.ts';
export { typedOf, TypedValue } from './typed-value.ts';
