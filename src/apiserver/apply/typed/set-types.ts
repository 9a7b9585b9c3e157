/** Field sets in the light of a type. */
import { FieldSet, type PathElement } from '../fieldpath/index.ts';
import type { MergeType } from './merge-type.ts';

/**
 * With the declared fields above the set's paths as members: a leaf set has `.spec.replicas`, not `.spec`.
 * Source: structured-merge-diff, fieldpath/set.go (EnsureNamedFieldsAreMembers)
 */
export function withNamedFields(type: MergeType | undefined, set: FieldSet): FieldSet {
  return set.mapNodes((node) => {
    const { element, below } = node;
    if (below.isEmpty) return node;
    const field = element.name === undefined ? undefined : type?.map?.field(element.name);
    const named = withNamedFields(field?.type ?? undeclaredType(type, element), below);
    const member = node.member || field !== undefined;
    return member === node.member && named === below ? node : { element, member, below: named };
  });
}

function undeclaredType(type: MergeType | undefined, element: PathElement): MergeType | undefined {
  if (element.name !== undefined) return type?.map?.rest();
  return element.isKey ? type?.list?.element() : undefined;
}

/**
 * A set that was made when the type was another: what is owned as a whole now is owned by whoever owned a part of it. The
 * other way round nothing changes. Source: structured-merge-diff, typed/reconcile_schema.go
 * @returns the set itself where it fits the type
 */
export function fitToType(type: MergeType, set: FieldSet): FieldSet {
  const { map, list } = type;
  if (map !== undefined) {
    if (map.free || map.atomic) return set;
    return mapParts(set, ({ name }) => (name === undefined ? undefined : map.field(name)?.type) ?? map.rest());
  }
  if (type.scalar !== undefined || list === undefined || list.atomic) return set;
  return mapParts(set, () => list.element());
}

function mapParts(set: FieldSet, typeOf: (element: PathElement) => MergeType | undefined): FieldSet {
  return set.mapNodes((node) => {
    const type = node.below.isEmpty ? undefined : typeOf(node.element);
    if (type === undefined) return node;
    if (isAtomic(type)) return { element: node.element, member: true, below: FieldSet.empty };
    const below = fitToType(type, node.below);
    return below === node.below ? node : { ...node, below };
  });
}

function isAtomic({ map, scalar, list }: MergeType): boolean {
  if (map !== undefined) return map.atomic && !map.free;
  return scalar === undefined && list?.atomic === true;
}
