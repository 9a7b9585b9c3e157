/**
 * What differs between what we want an object to be and what it is. Fields we do not name belong to others (defaults of
 * kube-apiserver, labels and annotations of users) and are left alone; a list we name is ours as a whole.
 */
import { deepEqual, isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { meansNothing } from '../nothing.ts';

/** True where `actual` has every field of `desired` with its value. `undefined` fields of `desired` do not count; null ones are to be absent. */
export const covers = (desired: unknown, actual: unknown): boolean => coversAt(desired, actual, '', '');

/** @param field whose values they are. @param holder the field that this field is in */
function coversAt(desired: unknown, actual: unknown, field: string, holder: string): boolean {
  // Kubernetes drops what is empty when it stores an object.
  if (actual === undefined && meansNothing(desired, field, holder)) return true;
  if (desired === null) return actual === undefined || actual === null;
  if (Array.isArray(desired)) {
    return (
      Array.isArray(actual) &&
      desired.length === actual.length &&
      desired.every((item, index) => covers(item, actual[index]))
    );
  }
  if (!isJsonObject(desired)) return deepEqual(desired, actual);
  if (!isJsonObject(actual)) return false;
  return Object.entries(desired).every(
    ([key, value]) => value === undefined || coversAt(value, actual[key], key, field),
  );
}

/** The JSON merge patch that makes `actual` cover `desired`; undefined where it does. */
export const mergePatchTo = (desired: JsonObject, actual: unknown): JsonObject | undefined =>
  mergePatchAt(desired, actual, '');

function mergePatchAt(desired: JsonObject, actual: unknown, holder: string): JsonObject | undefined {
  const have = isJsonObject(actual) ? actual : {};
  const patch: JsonObject = {};
  for (const [key, value] of Object.entries(desired)) {
    if (value === undefined || coversAt(value, have[key], key, holder)) continue;
    patch[key] = isJsonObject(value) && isJsonObject(have[key]) ? mergePatchAt(value, have[key], key) : value;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** `base` with what `overlay` says where it says something; nulls stay. */
export function overlaid(base: JsonObject, overlay: JsonObject): JsonObject {
  const result: JsonObject = { ...base };
  for (const [key, value] of Object.entries(overlay)) {
    const below = result[key];
    if (!isJsonObject(value)) result[key] = value;
    else if (Object.keys(value).length > 0) result[key] = overlaid(isJsonObject(below) ? below : {}, value);
  }
  return result;
}

/** Null for each field of `actual` that `desired` lacks, in the objects that both have. Lists are not looked into. */
export function surplus(desired: JsonObject, actual: JsonObject): JsonObject {
  const nulls: JsonObject = {};
  for (const [key, have] of Object.entries(actual)) {
    const want = desired[key];
    if (want === undefined) nulls[key] = null;
    else if (isJsonObject(want) && isJsonObject(have)) nulls[key] = surplus(want, have);
  }
  return nulls;
}
