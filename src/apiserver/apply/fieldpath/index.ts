/** Field paths and sets of them, in the manner of structured-merge-diff's package fieldpath. */
export { excludeFields, type FieldFilter } from './field-filter.ts';
export { FieldSet, type SetNode } from './field-set.ts';
export { FieldsV1Error, fromFieldsV1, toFieldsV1 } from './fields-v1.ts';
export { PathElement, type KeyField } from './path-element.ts';
export { fieldPath, pathString, type Path } from './path.ts';
export { numberText } from './spelling.ts';
export { valuesEqual } from './value.ts';
