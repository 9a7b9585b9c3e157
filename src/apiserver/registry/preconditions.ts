/** What a caller says the object must be for the write to count. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import { conflict, objectModified } from '../../meta/status.ts';
import { parseResourceVersion } from '../../meta/revision.ts';
import type { CachedObject } from '../watchcache/contract.ts';
import type { Preconditions } from './contract.ts';
import { groupResource, type RegistryDependencies } from './dependencies.ts';

/** Of a write. @throws StatusError 409, worded as kube-apiserver's storage words it */
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

/** Of a deletion. @throws StatusError 409, worded as kube-apiserver's registry words it */
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
 * @returns whether a version was named ('' and '0' name none)
 * @throws StatusError 409 where another one is there now, 400 where it is no version
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
