/** The part of an object's metadata that is the server's. Source: k8s.io/apiserver/pkg/registry/rest (create, update). */
import type { KubeObject, ObjectMeta } from '../../meta/object.ts';

interface NewIdentity {
  readonly name: string;
  /** '' for cluster-scoped resources. */
  readonly namespace: string;
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly hasGeneration: boolean;
}

/** Metadata of an object about to be created: what only the server may say is said anew. */
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
 * Metadata of an update of the same name: the server's part is the old one's; a generateName that is not sent goes; a uid, deletionTimestamp or grace period that the client
 * names stays in, for validation to compare with the old one.
 */
export function updatedMetadata(given: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const uid = given.uid === undefined || given.uid === '' ? old.uid : given.uid;
  const deletionTimestamp = old.deletionTimestamp ?? given.deletionTimestamp;
  const grace = old.deletionTimestamp === undefined ? given.deletionGracePeriodSeconds : old.deletionGracePeriodSeconds;
  return {
    ...defined({
      name: old.name,
      generateName: given.generateName,
      namespace: old.namespace,
      uid,
      generation: old.generation,
      creationTimestamp: old.creationTimestamp,
      deletionTimestamp,
      deletionGracePeriodSeconds: grace,
    }),
    ...clientMetadata(given),
  };
}

/** Labels, annotations, finalizers, owners: what clients write. Empty ones are none. managedFields are not kept. */
function clientMetadata(given: ObjectMeta): ObjectMeta {
  const { labels, annotations, ownerReferences, finalizers } = given;
  const filled = Object.entries({ labels, annotations, ownerReferences, finalizers }).filter(
    ([, value]) => value !== undefined && Object.keys(value).length > 0,
  );
  return Object.fromEntries(filled);
}

function defined<V extends object>(values: V): { [K in keyof V]?: Exclude<V[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof V]?: Exclude<V[K], undefined> };
}

/** Everything but what is said of an object by its metadata and its status: when this changes, generation goes up. */
export function desiredState(object: KubeObject): object {
  return without(object, 'apiVersion', 'kind', 'metadata', 'status');
}

/** A copy without resourceVersion: what is compared and stored. */
export function withoutVersion<T extends KubeObject>(object: T): T {
  return { ...object, metadata: without(object.metadata, 'resourceVersion') };
}

/** A copy whose managedFields are dropped: nobody keeps them yet. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  return { ...object, metadata: without(object.metadata, 'managedFields') };
}

/** A copy that carries a resourceVersion. */
export function withVersion<T extends KubeObject>(object: T, resourceVersion: string): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

/** A copy without these keys. */
export function without<V extends object>(value: V, ...keys: readonly string[]): V {
  const copy: V & Record<string, unknown> = { ...value } as V & Record<string, unknown>;
  for (const key of keys) Reflect.deleteProperty(copy, key);
  return copy;
}
