/**
 * The key of one owner among the owners of an object: JSON of what tells entries apart. Appliers of one name are the
 * same owner in every version; others are one owner for each version.
 */
import type { ManagedFieldsEntry } from '../../../meta/object.ts';

/** The parts of an entry that name its owner. */
interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
}

const orAbsent = (text: string): string | undefined => (text === '' ? undefined : text);

/** The identifier of an owner; equal owners have equal ones. */
export function managerIdentifier({ manager, operation, apiVersion, subresource }: Owner): string {
  return JSON.stringify({
    manager: orAbsent(manager),
    operation,
    apiVersion: operation === 'Apply' ? undefined : orAbsent(apiVersion),
    subresource: orAbsent(subresource),
  });
}

/** The parts of an entry that stand in its identifier. */
export function ownerOf(
  identifier: string,
): Pick<ManagedFieldsEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'> {
  return JSON.parse(identifier) as ManagedFieldsEntry;
}
