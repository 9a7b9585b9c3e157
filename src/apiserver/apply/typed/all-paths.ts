/** Every path within a value, those of objects and lists included: what comes or goes with it. */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { FieldSet, PathElement, type SetNode } from '../fieldpath/index.ts';
import { kindOf } from './kind.ts';
import { validElement } from './list-element.ts';
import type { ListType, MapType, MergeType } from './merge-type.ts';

/** The paths below a value; none below what is owned as a whole, and below elements of a list with the same key. */
export function allPaths(type: MergeType, value: unknown): FieldSet {
  if (isJsonObject(value)) {
    return kindOf(type, value) === 'map' && type.map?.atomic === false ? ofMap(type.map, value) : FieldSet.empty;
  }
  if (!Array.isArray(value) || type.list?.atomic !== false) return FieldSet.empty;
  return ofList(type.list, value);
}

function ofMap(map: MapType, object: JsonObject): FieldSet {
  const nodes: SetNode[] = [];
  for (const name of Object.keys(object)) {
    const value = object[name];
    const field = map.field(name);
    const type = field?.type ?? map.rest();
    if (value === undefined || type === undefined) continue;
    nodes.push({ element: field?.element ?? PathElement.field(name), member: true, below: allPaths(type, value) });
  }
  return FieldSet.ofNodes(nodes);
}

function ofList(list: ListType, items: readonly unknown[]): FieldSet {
  const byText = new Map<string, SetNode>();
  const type = list.element();
  for (const item of items) {
    const element = validElement(list, item);
    const below = byText.has(element.text) ? FieldSet.empty : allPaths(type, item);
    byText.set(element.text, { element, member: true, below });
  }
  return FieldSet.ofNodes([...byText.values()]);
}
