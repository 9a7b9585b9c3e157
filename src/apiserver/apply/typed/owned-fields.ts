/**
 * The fields a value mentions: what an applied configuration owns.
 * Source: structured-merge-diff, typed/tofieldset.go
 */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { FieldSet, PathElement, type SetNode } from '../fieldpath/index.ts';
import { isEmptyObject, kindOf } from './kind.ts';
import { elementId, listElement } from './list-element.ts';
import type { ListType, MapType, MergeType } from './merge-type.ts';

/** What lies below a value, and whether the value itself counts: as a scalar, or because it is owned as a whole. */
interface Owned {
  readonly self: boolean;
  readonly below: FieldSet;
}

const whole: Owned = { self: true, below: FieldSet.empty };
const nothing: Owned = { self: false, below: FieldSet.empty };

/** The paths of the leaves, of list elements, of empty and null fields and of fields that are not declared. */
export function ownedFields(type: MergeType, value: unknown): FieldSet {
  return owned(type, value).below;
}

function owned(type: MergeType, value: unknown): Owned {
  switch (kindOf(type, value)) {
    case 'scalar':
      return whole;
    case 'list':
      if (type.list?.atomic !== false) return whole;
      return Array.isArray(value) ? { self: false, below: ofList(type.list, value) } : nothing;
    case 'map':
      if (type.map?.atomic !== false) return whole;
      return isJsonObject(value) ? { self: false, below: ofMap(type.map, value) } : nothing;
  }
}

function ofMap(map: MapType, object: JsonObject): FieldSet {
  const nodes: SetNode[] = [];
  for (const name of Object.keys(object)) {
    const value = object[name];
    const field = map.field(name);
    const type = field?.type ?? map.rest();
    if (value === undefined || type === undefined) continue;
    const { self, below } = owned(type, value);
    const member = self || field === undefined || value === null || (isJsonObject(value) && isEmptyObject(value));
    if (member || !below.isEmpty) nodes.push({ element: field?.element ?? PathElement.field(name), member, below });
  }
  return FieldSet.ofNodes(nodes);
}

/** Of elements with the same key only that there are such. */
function ofList(list: ListType, items: readonly unknown[]): FieldSet {
  const byId = new Map<unknown, SetNode>();
  const type = list.element();
  for (const item of items) {
    const id = elementId(list, item);
    const below = byId.has(id) ? FieldSet.empty : owned(type, item).below;
    byId.set(id, { element: listElement(list, item), member: true, below });
  }
  return FieldSet.ofNodes([...byId.values()]);
}
