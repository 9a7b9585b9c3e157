import type { JsonObject } from '../../../meta/json.ts';
import type { MergeType } from './merge-type.ts';

/** How a value is treated. */
export type Kind = 'map' | 'scalar' | 'list';

/**
 * How a value of a type is treated: as what it is, where the type allows that. Otherwise, and for null, as the first that
 * the type allows. Source: structured-merge-diff, typed/helpers.go (deduceAtom, handleAtom)
 */
export function kindOf(type: MergeType, value: unknown): Kind {
  if (typeof value !== 'object') {
    if (type.scalar !== undefined) return 'scalar';
  } else if (Array.isArray(value)) {
    if (type.list !== undefined) return 'list';
  } else if (value !== null && type.map !== undefined) return 'map';
  if (type.map !== undefined) return 'map';
  return type.scalar !== undefined ? 'scalar' : 'list';
}

/** A field that is undefined is absent. */
export function isEmptyObject(object: JsonObject): boolean {
  return Object.values(object).every((value) => value === undefined);
}
