/** JSON Merge Patch, RFC 7386. */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { getOwn, setOwn } from '../../schema/own-keys.ts';

/** A patched copy; what the patch does not touch is shared with the original. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const base = isJsonObject(target) ? target : {};
  const merged: JsonObject = {};
  for (const key of Object.keys(base)) {
    if (!Object.hasOwn(patch, key)) setOwn(merged, key, base[key]);
    else if (patch[key] !== null) setOwn(merged, key, mergePatch(base[key], patch[key]));
  }
  for (const key of Object.keys(patch)) {
    if (patch[key] !== null && getOwn(base, key) === undefined) setOwn(merged, key, mergePatch(undefined, patch[key]));
  }
  return merged;
}
