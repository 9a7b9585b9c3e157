/**
 * The parts every Kubernetes object has.
 * Source: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md
 *
 * Objects handed out by a cache, a lookup or a lister are shared: nobody changes them in place.
 */

/** An entry of `metadata.ownerReferences`. When all owners are gone, garbage collection deletes the object. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Which fields one manager owns. Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

/** Times are RFC 3339 in UTC with whole seconds ("2026-01-02T03:04:05Z"). */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  /** Opaque to clients; here the decimal revision of the store's write. */
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  /** Seconds. */
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

interface TypeMeta {
  apiVersion: string;
  kind: string;
}

/** What every object has, whatever its kind: apiVersion, kind and metadata. */
export interface KubeObject extends TypeMeta {
  metadata: ObjectMeta;
}

/** An object that has been stored: these parts of its metadata are always set. */
export type Stored<T extends KubeObject> = T & {
  metadata: { name: string; uid: string; resourceVersion: string; creationTimestamp: string };
};

/**
 * The metadata of a list. With `continue` the next page is asked for; `remainingItemCount` is what comes after this
 * page.
 */
export interface ListMeta {
  resourceVersion?: string;
  continue?: string;
  remainingItemCount?: number;
}

/** A list of objects, as the API answers it: one page, or all of them. */
export interface KubeList<T> extends TypeMeta {
  metadata: ListMeta;
  items: T[];
}

/** Names one object within a resource; namespace is '' for cluster-scoped ones. */
export interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

/** Names a kind; `group` is '' for the core group. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Names a resource in one version; `resource` is the plural in lower case, `group` is '' for the core group. */
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Names a resource in all its versions; `group` is '' for the core group. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** "kubedirectorapps.kubedirector.hpe.com", or "pods" for the core group, as Status messages name a resource. */
export function groupResourceString({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** "v1" for the core group, else "group/version". */
export function apiVersionString({ group, version }: { group: string; version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}
