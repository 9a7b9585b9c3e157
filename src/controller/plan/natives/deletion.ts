/** Asking for the deletion of a native object. */
import type { KubeObject, Stored } from '../../../meta/object.ts';
import type { Action, DeletedKind } from '../actions.ts';

/** Nothing for an object that is being deleted already. */
export function deletion(
  kind: DeletedKind,
  object: Stored<KubeObject>,
  how: { readonly propagation?: 'Foreground' | 'Orphan' } = {},
): readonly Action[] {
  const { name, uid, deletionTimestamp } = object.metadata;
  return deletionTimestamp === undefined ? [{ type: 'delete', kind, name, uid, ...how }] : [];
}
