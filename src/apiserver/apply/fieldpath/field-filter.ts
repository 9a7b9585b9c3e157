import type { FieldSet } from './field-set.ts';

/** Keeps a part of a set. */
export type FieldFilter = (set: FieldSet) => FieldSet;

/** Removes these fields and everything below them, as it is done with fields that a write resets and so cannot own. */
export function excludeFields(excluded: FieldSet): FieldFilter {
  return (set) => set.recursiveDifference(excluded);
}
