/**
 * Which values the fields of Kubernetes' own types take. Their published enums say what there is to choose from;
 * kube-apiserver takes '' besides where it reads that as "not there" and chooses itself.
 * Source: k8s.io/api (which fields are pointers), k8s.io/kubernetes/pkg/apis (defaults, validation)
 */
import type { OpenApiSchema } from './contract.ts';

interface ImportedEnum {
  readonly allowed: readonly unknown[];
  /** '' is among the allowed values, but only as another way of leaving the field out. */
  readonly emptyIsAbsent: boolean;
}

/** Optional fields that are pointers in Go: there '' is a value like others, and a wrong one. */
const pointers: ReadonlySet<string> = new Set([
  'core.v1.AzureDiskVolumeSource.cachingMode',
  'core.v1.AzureDiskVolumeSource.kind',
  'core.v1.GRPCAction.mode',
  'core.v1.HTTPGetAction.protocol',
  'core.v1.HostPathVolumeSource.type',
  'core.v1.Lifecycle.stopSignal',
  'core.v1.PersistentVolumeClaimSpec.volumeMode',
  'core.v1.PersistentVolumeSpec.volumeMode',
  'core.v1.PodSecurityContext.fsGroupChangePolicy',
  'core.v1.PodSecurityContext.supplementalGroupsPolicy',
  'core.v1.PodSpec.preemptionPolicy',
  'core.v1.SecurityContext.procMount',
  'core.v1.ServiceSpec.internalTrafficPolicy',
  'core.v1.ServiceSpec.ipFamilyPolicy',
  'core.v1.TopologySpreadConstraint.nodeAffinityPolicy',
  'core.v1.TopologySpreadConstraint.nodeTaintsPolicy',
  'core.v1.VolumeMount.mountPropagation',
  'discovery.v1.EndpointPort.protocol',
  'storage.v1.StorageClass.reclaimPolicy',
  'storage.v1.StorageClass.volumeBindingMode',
]);

/** Fields whose values kube-apiserver checks without publishing them. */
const unpublished: ReadonlyMap<string, readonly string[]> = new Map([
  ['io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement.operator', ['DoesNotExist', 'Exists', 'In', 'NotIn']],
]);

const apiPrefix = 'io.k8s.api.';

/** What controllers and kubelets report is taken as it comes, as kube-apiserver does. */
export const isReported = (owner: string): boolean =>
  owner.endsWith('Status') || owner.endsWith('VolumeHealthCondition');

/**
 * @param owner the named schema that declares the field
 * @returns undefined where the field takes any value of its type
 */
export function importedEnum(
  schema: OpenApiSchema,
  name: string,
  owner: string,
  isRequired: boolean,
): ImportedEnum | undefined {
  const field = `${owner}.${name}`;
  const values = schema.enum ?? unpublished.get(field);
  if (values === undefined || isReported(owner)) return undefined;
  const isPointer = owner.startsWith(apiPrefix) && pointers.has(field.slice(apiPrefix.length));
  if (isRequired || isPointer) return { allowed: values, emptyIsAbsent: false };
  return { allowed: [...values, ''], emptyIsAbsent: true };
}
