/**
 * The documents of discovery. Sources: metav1.APIGroupList … APIResourceList, k8s.io/api/apidiscovery/v2 (KEP-3352).
 */
/** A version of a group. */
export interface GroupVersionForDiscovery {
  readonly groupVersion: string;
  readonly version: string;
}

/** An API group with its versions. */
export interface ApiGroup {
  readonly name: string;
  readonly versions: readonly GroupVersionForDiscovery[];
  readonly preferredVersion: GroupVersionForDiscovery;
}

/** A resource or subresource of a version. */
export interface ApiResource {
  /** "pods", "pods/log" */
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  /** Set if they differ from the list's. */
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
}

/** The resources of a version, as /apis/GROUP/VERSION shows them. */
export interface ApiResourceList {
  readonly kind: 'APIResourceList';
  readonly apiVersion: 'v1';
  readonly groupVersion: string;
  readonly resources: readonly ApiResource[];
}
