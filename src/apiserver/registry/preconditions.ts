/** What a caller says the object must be for the write to count. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import { conflict, objectModified } from '../../meta/status.ts';
import { parseResourceVersion } from '../../meta/revision.ts';
import type { CachedObject } from '../watchcache/contract.ts';
import type { Preconditions } from './contract.ts';
import { groupResource, type RegistryDependencies } from './dependencies.ts';

/** @throws StatusError 409, worded as kube-apiserver's storage words it */
export function checkPreconditions<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  { metadata }: Stored<T>,
  preconditions: Preconditions | undefined,
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const refuse = (field: string, asked: string, actual: string): never => {
    const why = `Precondition failed: ${field} in precondition: ${asked}, ${field} in object meta: ${actual}`;
    throw conflict(groupResource(definition), metadata.name, why);
  };
  if (uid !== undefined && uid !== metadata.uid) refuse('UID', uid, metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    refuse('ResourceVersion', resourceVersion, metadata.resourceVersion);
  }
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
