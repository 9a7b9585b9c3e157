import { without } from '../../../meta/json.ts';
import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from '../../../meta/object.ts';

/** A copy of metadata without managedFields. */
export function withoutEntries(metadata: ObjectMeta): ObjectMeta {
  return without(metadata, 'managedFields');
}

/** The object with these managedFields, or without any; the same object where it has these very ones. */
export function withEntries<T extends KubeObject>(object: T, entries: ManagedFieldsEntry[] | undefined): T {
  const { metadata } = object;
  if (entries !== undefined && metadata.managedFields === entries) return object;
  return {
    ...object,
    metadata: entries === undefined ? withoutEntries(metadata) : { ...metadata, managedFields: entries },
  };
}
