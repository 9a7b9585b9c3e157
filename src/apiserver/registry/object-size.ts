/** The size limits of stored objects, checked before each write. */
import { maxDesiredStateBytes, maxObjectBytes, storedBytes } from '../../meta/limits.ts';
import type { KubeObject } from '../../meta/object.ts';
import { requestEntityTooLarge } from '../../meta/status.ts';
import type { ResourceDefinition } from '../resource.ts';
import { desiredState } from './system-metadata.ts';

/** Metadata of an object that is already too large may grow to this many bytes. */
const maxMetadataOfOversize = 512 * 1024;

/**
 * Refuses an object that is too large to store. An object that is already too large may still be written if only its
 * metadata grows, so that it can be labelled, made smaller and released.
 * @param bytes the size of `next` as it is stored
 * @param old what is stored now; undefined if nothing is
 * @throws StatusError 413 that names the size and the limit
 */
export function checkSize(
  { subresources, schema }: Pick<ResourceDefinition, 'schema' | 'subresources'>,
  bytes: number,
  next: KubeObject,
  old: (() => KubeObject) | undefined,
): void {
  const hasStatus = subresources.status !== undefined;
  // Most objects are small and need no further measuring.
  if (bytes <= (hasStatus ? maxDesiredStateBytes : maxObjectBytes)) return;
  const excess = excessOf(next, bytes, hasStatus);
  if (excess === undefined || (old !== undefined && growsOnlyInMetadata(next, schema.applyDefaults(old())))) return;
  throw requestEntityTooLarge(
    `${excess.what} takes ${excess.bytes} bytes, the limit is ${excess.limit}; make the object smaller`,
  );
}

interface Excess {
  readonly what: string;
  readonly bytes: number;
  readonly limit: number;
}

function excessOf(object: KubeObject & { status?: unknown }, bytes: number, hasStatus: boolean): Excess | undefined {
  if (bytes > maxObjectBytes) return { what: 'the object', bytes, limit: maxObjectBytes };
  if (!hasStatus) return undefined;
  const rest = bytes - storedBytes(object.status);
  return rest > maxDesiredStateBytes
    ? { what: 'the object without its status', bytes: rest, limit: maxDesiredStateBytes }
    : undefined;
}

function growsOnlyInMetadata(next: KubeObject & { status?: unknown }, old: KubeObject & { status?: unknown }): boolean {
  if (storedBytes(desiredState(next)) > storedBytes(desiredState(old))) return false;
  if (storedBytes(next.status) > storedBytes(old.status)) return false;
  const metadata = storedBytes(next.metadata);
  return metadata <= storedBytes(old.metadata) || metadata <= maxMetadataOfOversize;
}
