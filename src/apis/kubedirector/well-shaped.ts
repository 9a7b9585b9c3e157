/**
 * What of an object has the types that its schema says. A write whose body has a wrong type somewhere is refused, but
 * everything else that is wrong with it is to be in the same answer; so defaulting and validation work on the part of
 * it that is sane, and take nothing for granted that a schema may have found missing.
 */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { OpenApiSchema, SchemaNode } from '../../schema/contract.ts';
import { getOwn, setOwn } from '../../schema/own-keys.ts';

/** T with everything optional, all the way down; an array keeps the places of its elements. */
export type WellShaped<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly (WellShaped<Item> | undefined)[]
      : { readonly [Key in keyof T]?: WellShaped<T[Key]> | undefined };

const primitives: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
};

/** The object itself where nothing is wrong, else a copy that lacks what has the wrong type. */
export function wellShaped<T>(root: SchemaNode, object: T): WellShaped<T> {
  return walk(root, object) as WellShaped<T>;
}

function walk(node: SchemaNode, value: unknown): unknown {
  const { schema } = node;
  if (!fits(schema, value)) return undefined;
  if (Array.isArray(value)) {
    const items = node.items();
    if (items === undefined) return value;
    const kept = value.map((item) => walk(items, item));
    return kept.some((item, index) => item !== value[index]) ? kept : value;
  }
  return isJsonObject(value) ? walkObject(node, value) : value;
}

function walkObject(node: SchemaNode, value: JsonObject): JsonObject {
  const changed: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    const child = node.property(key);
    const kept = child === undefined ? member : walk(child, member);
    if (kept !== member) changed.push([key, kept]);
  }
  return changed.length === 0 ? value : { ...value, ...Object.fromEntries(changed) };
}

function fits(schema: OpenApiSchema, value: unknown): boolean {
  if (value === undefined) return true;
  if (value === null) return schema.nullable === true;
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false;
  if (schema.oneOf !== undefined) return schema.oneOf.some((option) => fits(option, value));
  if (schema.type === undefined) return true;
  if (schema.type === 'object') return isJsonObject(value);
  if (schema.type === 'array') return Array.isArray(value);
  return primitives[schema.type]?.(value) ?? true;
}

/**
 * Changes the part of an object that has the types that its schema says, and leaves everything else in it as it was: what
 * is misshapen is neither dropped nor put right. Whether it may be stored is for the schema's validation to say.
 * @param change keeps the places of what it does not change: the elements of lists above all
 */
export function changeWellShaped<T>(root: SchemaNode, object: T, change: (sane: WellShaped<T>) => WellShaped<T>): T {
  const sane = wellShaped(root, object);
  const changed = change(sane);
  return (sane === object ? changed : withMisshapen(object, sane, changed)) as T;
}

/** `changed`, with what `sane` lacks of `whole` put back in its places. */
function withMisshapen(whole: unknown, sane: unknown, changed: unknown): unknown {
  if (whole === sane) return changed;
  if (sane === undefined) return whole;
  if (Array.isArray(whole) && Array.isArray(sane) && Array.isArray(changed)) {
    return whole.map((item, index) => withMisshapen(item, sane[index], changed[index]));
  }
  if (!isJsonObject(whole) || !isJsonObject(sane) || !isJsonObject(changed)) return changed;
  const merged: JsonObject = { ...changed };
  for (const key of Object.keys(whole)) {
    if (whole[key] !== sane[key]) setOwn(merged, key, withMisshapen(whole[key], sane[key], getOwn(changed, key)));
  }
  return merged;
}

/** The elements of a list that are there, with their places; none where the list is not there. */
export function present<T>(
  list: readonly (T | undefined)[] | undefined,
): { readonly index: number; readonly item: T }[] {
  return (list ?? []).flatMap((item, index) => (item === undefined ? [] : [{ index, item }]));
}
