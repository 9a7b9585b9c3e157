/** meta.k8s.io PartialObjectMetadata, which the garbage collector and metadata informers request. */
import type { ObjectMeta } from '../../meta/object.ts';
import { StatusError } from '../../meta/status.ts';
import type { Representation } from './contract.ts';

/** The version of a Table or PartialObjectMetadata; both versions have the same fields. */
export type MetaVersion = 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1';

/** The requested version; v1 by default. */
export function metaVersionOf(representation: Representation): MetaVersion {
  return representation.as !== 'object' && representation.version === 'v1beta1'
    ? 'meta.k8s.io/v1beta1'
    : 'meta.k8s.io/v1';
}

interface PartialObjectMetadata {
  readonly kind: 'PartialObjectMetadata';
  readonly apiVersion: MetaVersion;
  readonly metadata: ObjectMeta;
}

/** The metadata of an object as its own kind. */
export function partialObject(metadata: ObjectMeta, apiVersion: MetaVersion): PartialObjectMetadata {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata };
}

/** Refuses a list kind for an object and the reverse. @throws StatusError 406 */
export function checkNumber(representation: Representation, isList: boolean): void {
  if (representation.as !== 'PartialObjectMetadata' || (representation.list ?? isList) === isList) return;
  const message = isList
    ? 'you requested PartialObjectMetadata, but the requested object is a list'
    : 'you requested PartialObjectMetadataList, but the requested object is not a list';
  throw new StatusError(406, 'NotAcceptable', message);
}
