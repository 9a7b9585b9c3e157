import { deepEqual } from '../../../meta/json.ts';
import type { KubeObject } from '../../../meta/object.ts';
import { decodeManagedFields, ManagedFieldsError } from './entries.ts';
import { withEntries } from './with-entries.ts';

/** An object after mutating admission, and what its client should be warned about. */
interface CheckedObject<T> {
  readonly object: T;
  readonly warning?: string;
}

/**
 * Puts back the managedFields that mutating admission has made unreadable.
 * @param before the object as admission got it
 */
export function checkedAfterAdmission<T extends KubeObject>(before: KubeObject, after: T): CheckedObject<T> {
  const { managedFields } = before.metadata;
  if (deepEqual(after.metadata.managedFields, managedFields)) return { object: after };
  try {
    decodeManagedFields(after.metadata.managedFields);
    return { object: after };
  } catch (error) {
    if (!(error instanceof ManagedFieldsError)) throw error;
    const warning =
      '.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating ' +
      `admission controller; please fix your requests: ${error.message}`;
    return { object: withEntries(after, managedFields), warning };
  }
}
