/** meta.k8s.io PartialObjectMetadata: what the garbage collector and metadata informers ask for. */
import type { ObjectMeta } from '../../meta/object.ts';
import { StatusError } from '../../meta/status.ts';
import type { Representation } from './contract.ts';

/** In which version a Table or PartialObjectMetadata goes out; both have the same fields. */
export type MetaVersion = 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1';

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

export function partialObject(metadata: ObjectMeta, apiVersion: MetaVersion): PartialObjectMetadata {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata };
}

/** @throws StatusError 406 where the kind of the other number was asked for by name */
export function checkNumber(representation: Representation, isList: boolean): void {
  if (representation.as !== 'PartialObjectMetadata' || (representation.list ?? isList) === isList) return;
  const message = isList
    ? 'you requested PartialObjectMetadata, but the requested object is a list'
    : 'you requested PartialObjectMetadataList, but the requested object is not a list';
  throw new StatusError(406, 'NotAcceptable', message);
}
