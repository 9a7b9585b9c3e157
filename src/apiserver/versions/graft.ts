/** Takes over what a change of one object did, into another object of the same shape. */
import { deepEqual, isJsonObject, type JsonObject } from '../../meta/json.ts';
import { getOwn, setOwn } from '../../schema/own-keys.ts';

/**
 * The target with what is different in `after` from `before`. Its other parts stay as they are, whatever they are. Lists of
 * which the three have different lengths are taken from `after` as a whole.
 */
export function graft(target: unknown, before: unknown, after: unknown): unknown {
  if (deepEqual(before, after)) return target;
  if (isJsonObject(before) && isJsonObject(after) && isJsonObject(target)) return graftFields(target, before, after);
  if (Array.isArray(before) && Array.isArray(after) && Array.isArray(target)) {
    const items: unknown[] = target;
    if (before.length === after.length && after.length === items.length)
      return items.map((item, index) => graft(item, before[index], after[index]));
  }
  return after;
}

function graftFields(target: JsonObject, before: JsonObject, after: JsonObject): JsonObject {
  const grafted: JsonObject = {};
  for (const key of new Set([...Object.keys(target), ...Object.keys(after)])) {
    if (Object.hasOwn(before, key) && !Object.hasOwn(after, key)) continue;
    const made = graft(getOwn(target, key), getOwn(before, key), getOwn(after, key));
    if (made !== undefined) setOwn(grafted, key, made);
  }
  return grafted;
}
