/**
 * What differs between what we want an object to be and what it is. Fields we do not name belong to others (defaults of
 * kube-apiserver, labels and annotations of users) and are left alone; a list we name is ours as a whole.
 */
import { deepEqual, isJsonObject, type JsonObject } from '../../../meta/json.ts';

/** Kubernetes drops what is empty when it stores an object. */
const isEmpty = (value: unknown): boolean =>
  value === '' || (Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0);

/** True where `actual` has every field of `desired` with its value. `undefined` fields of `desired` do not count; null ones are to be absent. */
export function covers(desired: unknown, actual: unknown): boolean {
  if (actual === undefined && isEmpty(desired)) return true;
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
  return Object.entries(desired).every(([key, value]) => value === undefined || covers(value, actual[key]));
}

/** The JSON merge patch that makes `actual` cover `desired`; undefined where it does. */
export function mergePatchTo(desired: JsonObject, actual: unknown): JsonObject | undefined {
  const have = isJsonObject(actual) ? actual : {};
  const patch: JsonObject = {};
  for (const [key, value] of Object.entries(desired)) {
    if (value === undefined || covers(value, have[key])) continue;
    patch[key] = isJsonObject(value) && isJsonObject(have[key]) ? mergePatchTo(value, have[key]) : value;
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
