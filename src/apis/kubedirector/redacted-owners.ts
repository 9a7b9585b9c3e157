/**
 * Who owns a hidden field: managedFields name it, and where lists are sets even show values. Those who may not see the
 * field do not see its owners either.
 */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { ManagedFieldsEntry } from '../../meta/object.ts';
import type { FieldWay } from './secret-fields.ts';

type Entries = readonly ManagedFieldsEntry[];

/** The entries without the field; the same list where none of them names it. */
export function ownersWithout(entries: Entries | undefined, way: FieldWay): Entries | undefined {
  if (entries === undefined || !Array.isArray(entries)) return entries;
  const stored: Entries = entries;
  const shown = stored.map((entry) => withoutOwned(entry, way));
  return shown.every((entry, index) => entry === stored[index]) ? stored : shown;
}

/**
 * `next` with the field in the entries of those managers that own it in `current` and still own something.
 * @param next as somebody wrote it who was not shown the field's owners: anything may have the wrong type
 */
export function withHiddenOwners(next: Entries | undefined, current: Entries | undefined, way: FieldWay): unknown {
  if (!Array.isArray(next) || !Array.isArray(current)) return next;
  return next.map((entry: unknown) => {
    if (!isJsonObject(entry) || !isJsonObject(entry['fieldsV1'])) return entry;
    const before: unknown = current.find((one: unknown) => isJsonObject(one) && isSameManager(one, entry));
    const hidden = isJsonObject(before) ? onlyWay(before['fieldsV1'], way) : undefined;
    return hidden === undefined ? entry : { ...entry, fieldsV1: merged(entry['fieldsV1'], hidden) };
  });
}

const identity = ['manager', 'operation', 'apiVersion', 'subresource'] as const;

function isSameManager(one: JsonObject, other: JsonObject): boolean {
  return identity.every((key) => one[key] === other[key]);
}

function withoutOwned(entry: ManagedFieldsEntry, way: FieldWay): ManagedFieldsEntry {
  if (!isJsonObject(entry) || !isJsonObject(entry.fieldsV1)) return entry;
  const fields = taken(entry.fieldsV1, way);
  return fields === entry.fieldsV1 ? entry : { ...entry, fieldsV1: fields };
}

/** The members of a level of FieldsV1 that a step of the way leads to: one field, or all elements of a list. */
function stepsTo(fields: JsonObject, step: FieldWay[number]): string[] {
  if (typeof step === 'string') return Object.hasOwn(fields, `f:${step}`) ? [`f:${step}`] : [];
  return Object.keys(fields).filter((key) => /^[kvi]:/.test(key));
}

function taken(fields: JsonObject, [step, ...rest]: readonly FieldWay[number][]): JsonObject {
  if (step === undefined) return fields;
  const copy = { ...fields };
  let isChanged = false;
  for (const key of stepsTo(fields, step)) {
    const below = fields[key];
    if (rest.length === 0) {
      Reflect.deleteProperty(copy, key);
      isChanged = true;
    } else if (isJsonObject(below)) {
      const shown = taken(below, rest);
      isChanged ||= shown !== below;
      copy[key] = shown;
    }
  }
  return isChanged ? copy : fields;
}

/** Of FieldsV1 only what lies on the way; undefined where nothing does. */
function onlyWay(fields: unknown, [step, ...rest]: readonly FieldWay[number][]): JsonObject | undefined {
  if (step === undefined || !isJsonObject(fields)) return undefined;
  const found = stepsTo(fields, step).flatMap((key): [string, unknown][] => {
    if (rest.length === 0) return [[key, fields[key]]];
    const below = onlyWay(fields[key], rest);
    return below === undefined ? [] : [[key, below]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function merged(fields: JsonObject, more: JsonObject): JsonObject {
  const result = { ...fields };
  for (const [key, below] of Object.entries(more)) {
    const there = result[key];
    result[key] = isJsonObject(there) && isJsonObject(below) ? merged(there, below) : below;
  }
  return result;
}
