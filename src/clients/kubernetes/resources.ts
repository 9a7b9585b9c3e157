/** Kubernetes' own resources that are used here, and their paths. */
import { apiVersionString, type GroupVersionResource, type NamespacedName } from '../../meta/object.ts';
import { badRequest } from '../../meta/status.ts';

/** A resource with the kind of its objects. */
export interface ApiResource extends GroupVersionResource {
  readonly kind: string;
}

const core = (resource: string, kind: string): ApiResource => ({ group: '', version: 'v1', resource, kind });
const admission = (resource: string, kind: string): ApiResource => {
  return { group: 'admissionregistration.k8s.io', version: 'v1', resource, kind };
};

const snapshot = (resource: string, kind: string): ApiResource => {
  return { group: 'snapshot.storage.k8s.io', version: 'v1', resource, kind };
};

/** Every native resource that this program uses, with the version that it speaks. */
export const resources = {
  apiServices: { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices', kind: 'APIService' },
  configMaps: core('configmaps', 'ConfigMap'),
  events: core('events', 'Event'),
  leases: { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', kind: 'Lease' },
  mutatingAdmissionPolicies: admission('mutatingadmissionpolicies', 'MutatingAdmissionPolicy'),
  mutatingAdmissionPolicyBindings: admission('mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding'),
  mutatingWebhookConfigurations: admission('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration'),
  namespaces: core('namespaces', 'Namespace'),
  nodes: core('nodes', 'Node'),
  persistentVolumeClaims: core('persistentvolumeclaims', 'PersistentVolumeClaim'),
  pods: core('pods', 'Pod'),
  podDisruptionBudgets: {
    ...{ group: 'policy', version: 'v1', resource: 'poddisruptionbudgets', kind: 'PodDisruptionBudget' },
  },
  resourceQuotas: core('resourcequotas', 'ResourceQuota'),
  secrets: core('secrets', 'Secret'),
  serviceAccounts: core('serviceaccounts', 'ServiceAccount'),
  services: core('services', 'Service'),
  statefulSets: { group: 'apps', version: 'v1', resource: 'statefulsets', kind: 'StatefulSet' },
  storageClasses: { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses', kind: 'StorageClass' },
  validatingAdmissionPolicies: admission('validatingadmissionpolicies', 'ValidatingAdmissionPolicy'),
  validatingAdmissionPolicyBindings: admission('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding'),
  volumeSnapshots: snapshot('volumesnapshots', 'VolumeSnapshot'),
  volumeSnapshotClasses: snapshot('volumesnapshotclasses', 'VolumeSnapshotClass'),
  validatingWebhookConfigurations: admission('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration'),
} as const satisfies Readonly<Record<string, ApiResource>>;

/**
 * Whether there can be an object of that name. What is none ("..", "a/b") must not become a part of a path: the path
 * would be another one. Source: k8s.io/apimachinery/pkg/api/validation/path IsValidPathSegmentName
 */
export function isPathSegment(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name);
}

function segment(name: string): string {
  if (!isPathSegment(name)) throw badRequest(`${JSON.stringify(name)} can't be the name of an object`);
  return encodeURIComponent(name);
}

/** Of one namespace, or of all, or of a resource that is in none, where it is ''. @throws StatusError 400 for what is no name */
export function collectionPath({ group, version, resource }: GroupVersionResource, namespace: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${apiVersionString({ group, version })}`;
  return namespace === '' ? `${root}/${resource}` : `${root}/namespaces/${segment(namespace)}/${resource}`;
}

/** @throws StatusError 400 for what is no name */
export function objectPath(resource: GroupVersionResource, { namespace, name }: NamespacedName): string {
  return `${collectionPath(resource, namespace)}/${segment(name)}`;
}
