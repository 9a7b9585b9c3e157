import { isJsonObject } from '../../meta/json.ts';

/** What stands at a path like ".spec.label.name" or "spec.app"; undefined where the way there is broken. */
export function fieldAt(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.split('.')) {
    if (key === '') continue;
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}
