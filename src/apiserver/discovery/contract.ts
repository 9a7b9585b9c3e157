/**
 * What discovery answers. Sources: metav1.APIGroupList … APIResourceList, k8s.io/api/apidiscovery/v2 (KEP-3352).
 */
export interface GroupVersionForDiscovery {
  readonly groupVersion: string;
  readonly version: string;
}

export interface ApiGroup {
  readonly name: string;
  readonly versions: readonly GroupVersionForDiscovery[];
  readonly preferredVersion: GroupVersionForDiscovery;
}

export interface ApiResource {
  /** "pods", "pods/log" */
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  /** Where they differ from the list's own. */
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
}

export interface ApiResourceList {
  readonly kind: 'APIResourceList';
  readonly apiVersion: 'v1';
  readonly groupVersion: string;
  readonly resources: readonly ApiResource[];
}
