/** Fields that not everybody who may read an object is shown, taken out of objects and put back. Pure functions. */
import { deepEqual, isJsonObject, type JsonObject } from '../../meta/json.ts';

/**
 * The way to a field: names of fields and, where it leads through a list, the key that tells the list's elements apart.
 *
 *   ['status', 'roles', { key: 'id' }, 'members', { key: 'nodeID' }, 'authToken']
 */
export type FieldWay = readonly [...(string | { readonly key: string })[], string];

const roleTokens: FieldWay = ['roles', { key: 'id' }, 'members', { key: 'nodeID' }, 'authToken'];

/** Of a KubeDirectorConfig. */
export const masterKeyField: FieldWay = ['spec', 'masterEncryptionKey'];
/** Of a KubeDirectorConfig whose key has changed. */
export const formerKeysField: FieldWay = ['status', 'formerEncryptionKeys'];
/** Of a KubeDirectorConfig whose key has changed. */
export const revisionKeyField: FieldWay = ['status', 'revisionKey'];
/** Of a KubeDirectorCluster. */
export const clusterTokens: FieldWay = ['status', ...roleTokens];
/** Of a KubeDirectorStatusBackup. */
export const backupTokens: FieldWay = ['spec', 'statusBackup', ...roleTokens];

/** A copy without the field, which must be one that the type can do without; the very same where it is not there. */
export function withoutField<T>(value: T, way: FieldWay): T {
  return taken(value, way) as T;
}

/**
 * `next` with the field wherever it lacks it and `current` has it; the very same where nothing is lacking. Elements of
 * lists are told apart by their keys: what `next` does not have any more does not come back.
 * @param next anything may have the wrong type
 */
export function withFieldOf<T>(next: T, current: T, way: FieldWay): T {
  return given(next, current, way) as T;
}

type Way = readonly (string | { readonly key: string })[];

function taken(value: unknown, [step, ...rest]: Way): unknown {
  if (step === undefined) return value;
  if (typeof step !== 'string') return Array.isArray(value) ? mapped(value, (item) => taken(item, rest)) : value;
  if (!isJsonObject(value) || !Object.hasOwn(value, step)) return value;
  if (rest.length > 0) return replaced(value, step, taken(value[step], rest));
  const copy = { ...value };
  Reflect.deleteProperty(copy, step);
  return copy;
}

function given(next: unknown, current: unknown, [step, ...rest]: Way): unknown {
  if (step === undefined) return next;
  if (typeof step !== 'string') {
    if (!Array.isArray(next) || !Array.isArray(current)) return next;
    const find = finder(current, step.key);
    return mapped(next, (item, index) => (isJsonObject(item) ? given(item, find(item, index), rest) : item));
  }
  if (!isJsonObject(next) || !isJsonObject(current) || !Object.hasOwn(current, step)) return next;
  const isThere = Object.hasOwn(next, step);
  if (rest.length > 0) return isThere ? replaced(next, step, given(next[step], current[step], rest)) : next;
  return isThere ? next : { ...next, [step]: current[step] };
}

/**
 * Finds the element of a list that an element of its successor was. Those whose key is missing or not theirs alone are
 * told apart by their places: none may get what is hidden in another one.
 */
function finder(current: readonly unknown[], key: string): (item: JsonObject, index: number) => unknown {
  const known = new Map<unknown, JsonObject | undefined>();
  for (const item of current.filter(isJsonObject)) {
    known.set(item[key], known.has(item[key]) ? undefined : item);
  }
  return (item, index) => {
    const unique = item[key] === undefined ? undefined : known.get(item[key]);
    const inPlace = current[index];
    return unique ?? (isJsonObject(inPlace) && deepEqual(inPlace[key], item[key]) ? inPlace : undefined);
  };
}

function mapped(list: readonly unknown[], change: (item: unknown, index: number) => unknown): readonly unknown[] {
  const items = list.map(change);
  return items.some((item, index) => item !== list[index]) ? items : list;
}

function replaced(object: JsonObject, key: string, value: unknown): JsonObject {
  return object[key] === value ? object : { ...object, [key]: value };
}
