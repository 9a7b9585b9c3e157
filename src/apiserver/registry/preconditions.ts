/** Conditions on the stored object that a caller sets for its write. */
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { conflict, notFound, objectModified } from '../../meta/status.ts';
import { parseResourceVersion } from '../../meta/revision.ts';
import type { CachedObject } from '../watchcache/contract.ts';
import type { ResourceDefinition } from '../resource.ts';
import type { Preconditions } from './contract.ts';
import { groupResource, type RegistryDependencies } from './dependencies.ts';

/** Checks the preconditions of a write. @throws StatusError 409, in the words of kube-apiserver's storage */
export function checkPreconditions<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  { metadata }: Stored<T>,
  preconditions: Preconditions | undefined,
): void {
  const failed = failedPrecondition(metadata, preconditions);
  if (failed === undefined) return;
  const { field, asked, actual } = failed;
  const why = `Precondition failed: ${field} in precondition: ${asked}, ${field} in object meta: ${actual}`;
  throw conflict(groupResource(definition), metadata.name, why);
}

/** Checks the preconditions of a deletion. @throws StatusError 409, in the words of kube-apiserver's registry */
export function checkDeletePreconditions<T extends KubeObject>(
  { definition: { group, kind } }: RegistryDependencies<T>,
  { metadata }: Stored<T>,
  preconditions: Preconditions | undefined,
): void {
  const failed = failedPrecondition(metadata, preconditions);
  if (failed === undefined) return;
  const { field, asked, actual } = failed;
  const guess =
    field === 'UID' ? 'The object might have been deleted and then recreated' : 'The object might have been modified';
  const why = `the ${field} in the precondition (${asked}) does not match the ${field} in record (${actual}). ${guess}`;
  // Unlike other conflicts, this one names the kind.
  throw conflict({ group, resource: kind }, metadata.name, why);
}

interface FailedPrecondition {
  readonly field: 'UID' | 'ResourceVersion';
  readonly asked: string;
  readonly actual: string;
}

function failedPrecondition(
  metadata: Stored<KubeObject>['metadata'],
  { uid, resourceVersion }: Preconditions = {},
): FailedPrecondition | undefined {
  if (uid !== undefined && uid !== metadata.uid) return { field: 'UID', asked: uid, actual: metadata.uid };
  if (resourceVersion === undefined || resourceVersion === metadata.resourceVersion) return undefined;
  return { field: 'ResourceVersion', asked: resourceVersion, actual: metadata.resourceVersion };
}

/**
 * Compares the resourceVersion that the caller sent with the current one.
 * @returns whether the caller named a version ('' and '0' do not)
 * @throws StatusError 409 if it is not current, 400 if it is not a version
 */
export function checkVersion<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  current: CachedObject<T>,
  resourceVersion: string | undefined,
): boolean {
  if (resourceVersion === undefined || resourceVersion === '' || resourceVersion === '0') return false;
  if (parseResourceVersion(resourceVersion) !== current.revision) {
    throw conflict(groupResource(definition), current.object.metadata.name, objectModified);
  }
  return true;
}

/** The current object; a patch never creates one, even where a PUT would. @throws StatusError 404 */
export function found<T extends KubeObject>(
  { group, plural }: ResourceDefinition<T>,
  { name }: NamespacedName,
  current: Stored<T> | undefined,
): Stored<T> {
  if (current === undefined) throw notFound({ group, resource: plural }, name);
  return current;
}
