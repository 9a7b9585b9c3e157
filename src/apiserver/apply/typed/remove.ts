/**
 * A value without some of its fields and elements. Source: structured-merge-diff, typed/remove.go
 *
 * Parts from which nothing is removed are those of the value itself, not copies.
 */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { setOwn } from '../../../schema/own-keys.ts';
import { PathElement, type FieldSet } from '../fieldpath/index.ts';
import { isEmptyObject, kindOf } from './kind.ts';
import { listElement } from './list-element.ts';
import type { ListType, MapType, MergeType } from './merge-type.ts';

/**
 * The value without the members of a set.
 * @returns null where nothing of it is left, and for what is owned as a whole: to remove that, its parent must be asked
 */
export function removeItems(type: MergeType, value: unknown, items: FieldSet): unknown {
  switch (kindOf(type, value)) {
    case 'scalar':
      return value;
    case 'list':
      return type.list?.atomic === false && Array.isArray(value) ? removeFromList(type.list, value, items) : null;
    case 'map':
      return type.map?.atomic === false && isJsonObject(value) ? removeFromMap(type.map, value, items) : null;
  }
}

function removeFromList(list: ListType, value: readonly unknown[], items: FieldSet): unknown {
  const out: unknown[] = [];
  let same = true;
  const type = list.element();
  for (const item of value) {
    const node = items.find(listElement(list, item));
    if (node?.member === true) {
      same = false;
      continue;
    }
    const kept = node === undefined ? item : removeItems(type, item, node.below);
    same &&= kept === item;
    out.push(kept);
  }
  if (out.length === 0) return null;
  return same ? value : out;
}

function removeFromMap(map: MapType, value: JsonObject, items: FieldSet): unknown {
  const out: JsonObject = {};
  let same = true;
  for (const name of Object.keys(value)) {
    const field = map.field(name);
    const type = field?.type ?? map.rest();
    const node = items.find(field?.element ?? PathElement.field(name));
    if (node?.member === true) {
      same = false;
      continue;
    }
    const kept = node === undefined || type === undefined ? value[name] : removeItems(type, value[name], node.below);
    same &&= kept === value[name];
    if (kept !== undefined) setOwn(out, name, kept);
  }
  if (isEmptyObject(out)) return null;
  return same ? value : out;
}
