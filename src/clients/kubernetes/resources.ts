/** Kubernetes' own resources that are used here, and their paths. */
import { apiVersionString, type GroupVersionResource, type NamespacedName } from '../../meta/object.ts';

export interface ApiResource extends GroupVersionResource {
  readonly kind: string;
}

const core = (resource: string, kind: string): ApiResource => ({ group: '', version: 'v1', resource, kind });
const admission = (resource: string, kind: string): ApiResource => {
  return { group: 'admissionregistration.k8s.io', version: 'v1', resource, kind };
};

export const resources = {
  apiServices: { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices', kind: 'APIService' },
  configMaps: core('configmaps', 'ConfigMap'),
  events: core('events', 'Event'),
  mutatingWebhookConfigurations: admission('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration'),
  namespaces: core('namespaces', 'Namespace'),
  nodes: core('nodes', 'Node'),
  persistentVolumeClaims: core('persistentvolumeclaims', 'PersistentVolumeClaim'),
  pods: core('pods', 'Pod'),
  secrets: core('secrets', 'Secret'),
  serviceAccounts: core('serviceaccounts', 'ServiceAccount'),
  services: core('services', 'Service'),
  statefulSets: { group: 'apps', version: 'v1', resource: 'statefulsets', kind: 'StatefulSet' },
  storageClasses: { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses', kind: 'StorageClass' },
  validatingWebhookConfigurations: admission('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration'),
} as const satisfies Readonly<Record<string, ApiResource>>;

/** Of one namespace, or of all, or of a resource that is in none, where it is ''. */
export function collectionPath({ group, version, resource }: GroupVersionResource, namespace: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${apiVersionString({ group, version })}`;
  return namespace === '' ? `${root}/${resource}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}

export function objectPath(resource: GroupVersionResource, { namespace, name }: NamespacedName): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}
