/** Which manager owns which fields after a write. Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
import type { KubeObject, Stored } from '../../meta/object.ts';
import { pause } from '../../runtime/turns.ts';
import type { CallContext, WriteOptions } from '../resource.ts';
import type { RegistryDependencies } from './dependencies.ts';
import { withoutManagedFields } from './system-metadata.ts';
import type { WriteRequest } from './write-request.ts';

/** The name under which a write owns fields: the fieldManager option, else the caller's own name. */
export function managerOf({ manager = '' }: CallContext, { fieldManager = '' }: WriteOptions): string {
  return fieldManager === '' ? manager : fieldManager;
}

/**
 * The object with its managedFields after this write. An applied configuration has been merged by its manager already.
 * @param object shaped by its schema
 */
export async function own<T extends KubeObject>(
  { owners }: RegistryDependencies<T>,
  { context, options }: WriteRequest<T>,
  object: T,
  old: Stored<T> | undefined,
): Promise<T> {
  if (owners === undefined) return withoutManagedFields(object);
  if (options.ownership === 'given') return object;
  await pause(context);
  const withOwners = owners(options.subresource).update(old, object, managerOf(context, options));
  await pause(context);
  return withOwners();
}
