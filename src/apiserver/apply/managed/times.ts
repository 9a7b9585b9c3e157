import { deepEqual, without } from '../../../meta/json.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../meta/object.ts';

/**
 * The object with the times that its managedFields had before, if those times are all that a write changes: such a write
 * then writes nothing. Otherwise the same object. The resourceVersion does not count; it is the caller's to compare.
 * For the object as it would be stored, after defaults, admission and strategy.
 */
export function withOldTimes<T extends KubeObject>(next: T, old: KubeObject): T {
  const after = next.metadata.managedFields ?? [];
  const before = old.metadata.managedFields ?? [];
  if (after.length === 0 || after.length !== before.length) return next;
  if (after.every(({ time }, index) => time === before[index]?.time)) return next;
  // First what costs little: most writes share with the stored object what they leave as it is.
  if (!deepEqual(unmanaged(next), unmanaged(old))) return next;
  // Entries are sorted by time: one whose time is new may have another place.
  const known = new Map(before.map((entry) => [identifierOf(entry), entry]));
  const isKnown = (entry: ManagedFieldsEntry): boolean =>
    deepEqual(timeless(entry), timeless(known.get(identifierOf(entry)) ?? {}));
  if (!after.every(isKnown)) return next;
  return { ...next, metadata: { ...next.metadata, managedFields: before } };
}

function identifierOf({ manager, operation, apiVersion, subresource }: ManagedFieldsEntry): string {
  return JSON.stringify([manager, operation, apiVersion, subresource]);
}

function timeless(entry: ManagedFieldsEntry): ManagedFieldsEntry {
  return without(entry, 'time');
}

function unmanaged({ metadata, ...object }: KubeObject): object {
  return { ...object, metadata: without(metadata, 'managedFields', 'resourceVersion') };
}
