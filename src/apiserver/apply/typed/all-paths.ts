/** Every path within a value, those of objects and lists included: what comes or goes with it. */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { FieldSet, numberText, PathElement, type SetNode } from '../fieldpath/index.ts';
import { kindOf } from './kind.ts';
import { checkElements, elementId, listElement } from './list-element.ts';
import type { ListType, MapType, MergeType } from './merge-type.ts';
import { withStep } from './problems.ts';

/**
 * The paths below a value; none below what is owned as a whole, and below elements of a list with the same key.
 * @throws TypedError for a list with an element that has no path element
 */
export function allPaths(type: MergeType, value: unknown): FieldSet {
  if (isJsonObject(value)) {
    return kindOf(type, value) === 'map' && type.map?.atomic === false ? ofMap(type.map, value) : FieldSet.empty;
  }
  if (!Array.isArray(value) || type.list?.atomic !== false) return FieldSet.empty;
  return ofList(type.list, value);
}

function ofMap(map: MapType, object: JsonObject): FieldSet {
  const nodes: SetNode[] = [];
  let name = '';
  try {
    for (name of Object.keys(object)) {
      const value = object[name];
      const field = map.field(name);
      const type = field?.type ?? map.rest();
      if (value === undefined || type === undefined) continue;
      nodes.push({ element: field?.element ?? PathElement.field(name), member: true, below: allPaths(type, value) });
    }
  } catch (error) {
    throw withStep(error, `.${name}`);
  }
  return FieldSet.ofNodes(nodes);
}

function ofList(list: ListType, items: readonly unknown[]): FieldSet {
  checkElements(list, items);
  const byId = new Map<unknown, SetNode>();
  const type = list.element();
  let item: unknown;
  try {
    for (item of items) {
      const id = elementId(list, item);
      const below = byId.has(id) ? FieldSet.empty : allPaths(type, item);
      byId.set(id, { element: listElement(list, item), member: true, below });
    }
  } catch (error) {
    throw withStep(error, listElement(list, item).print(numberText));
  }
  return FieldSet.ofNodes([...byId.values()]);
}
