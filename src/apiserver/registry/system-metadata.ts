/** The part of metadata that the server sets. Source: k8s.io/apiserver/pkg/registry/rest (create, update). */
import { without } from '../../meta/json.ts';
import type { KubeObject, ObjectMeta } from '../../meta/object.ts';

interface NewIdentity {
  readonly name: string;
  /** '' for cluster-scoped resources. */
  readonly namespace: string;
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly hasGeneration: boolean;
}

/** Metadata of a new object: the fields that only the server sets are set anew. */
export function createdMetadata(given: ObjectMeta, identity: NewIdentity): ObjectMeta {
  const { name, namespace, uid, creationTimestamp, hasGeneration } = identity;
  return {
    name,
    ...(given.generateName === undefined ? {} : { generateName: given.generateName }),
    ...(namespace === '' ? {} : { namespace }),
    uid,
    ...(hasGeneration ? { generation: 1 } : {}),
    creationTimestamp,
    ...clientMetadata(given),
  };
}

/**
 * Metadata of an updated object. The server's fields keep their old values; a generateName that is not sent is removed.
 * A uid, deletionTimestamp or grace period that the client sends is kept, so that validation can compare it with the
 * old one.
 */
export function updatedMetadata(given: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const uid = given.uid === undefined || given.uid === '' ? old.uid : given.uid;
  const deletionTimestamp = old.deletionTimestamp ?? given.deletionTimestamp;
  return {
    ...defined({
      name: old.name,
      generateName: given.generateName,
      namespace: old.namespace,
      uid,
      generation: old.generation,
      creationTimestamp: old.creationTimestamp,
      deletionTimestamp,
      deletionGracePeriodSeconds: given.deletionGracePeriodSeconds ?? old.deletionGracePeriodSeconds,
    }),
    ...clientMetadata(given),
  };
}

/**
 * The fields that clients write: labels, annotations, finalizers, owners. Empty ones are left out; managedFields are
 * as the pipeline has set them.
 */
function clientMetadata({ labels, annotations, ownerReferences, finalizers, managedFields }: ObjectMeta): ObjectMeta {
  return {
    ...(isFilled(labels) ? { labels } : {}),
    ...(isFilled(annotations) ? { annotations } : {}),
    ...(isFilled(ownerReferences) ? { ownerReferences } : {}),
    ...(isFilled(finalizers) ? { finalizers } : {}),
    ...(isFilled(managedFields) ? { managedFields } : {}),
  };
}

function isFilled<V extends object>(value: V | undefined): value is V {
  return value !== undefined && Object.keys(value).length > 0;
}

function defined<V extends object>(values: V): { [K in keyof V]?: Exclude<V[K], undefined> } {
  const missing = Object.entries(values).flatMap(([key, value]) => (value === undefined ? [key] : []));
  return without(values, ...missing);
}

/** The object without apiVersion, kind, metadata and status. A change in it increments generation. */
export function desiredState(object: KubeObject): object {
  return without(object, 'apiVersion', 'kind', 'metadata', 'status');
}

/** A copy without resourceVersion, as objects are compared and stored. */
export function withoutVersion<T extends KubeObject>(object: T): T {
  return { ...object, metadata: without(object.metadata, 'resourceVersion') };
}

/** A copy without managedFields, for resources that do not track them. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  return { ...object, metadata: without(object.metadata, 'managedFields') };
}

/** A copy that carries a resourceVersion. */
export function withVersion<T extends KubeObject>(object: T, resourceVersion: string): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}
