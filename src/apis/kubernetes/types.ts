/**
 * Kubernetes' own kinds, as openapi/kubernetes describes them, with the metadata that every stored object has.
 */
import type { KubeObject, ObjectMeta } from '../../meta/object.ts';
import type { components } from './schemas.gen.ts';

type Schemas = components['schemas'];

type Kind<Name extends keyof Schemas, ApiVersion extends string, KindName extends string> = Omit<
  Schemas[Name],
  'apiVersion' | 'kind' | 'metadata'
> &
  KubeObject & { apiVersion: ApiVersion; kind: KindName; metadata: ObjectMeta };

/** What this server reads and sets of its own registration. Source: kube-aggregator's apiregistration.k8s.io/v1 */
export interface APIService extends KubeObject {
  apiVersion: 'apiregistration.k8s.io/v1';
  kind: 'APIService';
  spec: {
    group?: string;
    version?: string;
    /** Base64 of PEM: who signed the serving certificate. */
    caBundle?: string;
    insecureSkipTLSVerify?: boolean;
    service?: { namespace?: string; name?: string; port?: number };
  };
}

/** Source: admissionregistration.k8s.io/v1. What has a default there always has a value once it is stored. */
export interface MutatingWebhookConfiguration extends KubeObject {
  apiVersion: 'admissionregistration.k8s.io/v1';
  kind: 'MutatingWebhookConfiguration';
  webhooks?: MutatingWebhook[];
}
/** admissionregistration.k8s.io/v1: webhooks that may refuse requests. */
export interface ValidatingWebhookConfiguration extends KubeObject {
  apiVersion: 'admissionregistration.k8s.io/v1';
  kind: 'ValidatingWebhookConfiguration';
  webhooks?: ValidatingWebhook[];
}
/** A webhook that may refuse requests. */
export interface ValidatingWebhook {
  /** "labels.example.com" */
  name: string;
  clientConfig: WebhookClientConfig;
  rules?: WebhookRule[];
  failurePolicy?: 'Ignore' | 'Fail';
  /** Exact: only for the versions that the rules name. */
  matchPolicy?: 'Exact' | 'Equivalent';
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  sideEffects?: 'None' | 'NoneOnDryRun' | 'Some' | 'Unknown';
  timeoutSeconds?: number;
  /** In the order of preference. */
  admissionReviewVersions: string[];
  matchConditions?: { name: string; expression: string }[];
}
/** A webhook that may change objects. */
export interface MutatingWebhook extends ValidatingWebhook {
  reinvocationPolicy?: 'Never' | 'IfNeeded';
}
/** core/v1: how much there may be in a namespace, and how much there is. */
export interface ResourceQuota extends KubeObject {
  apiVersion: 'v1';
  kind: 'ResourceQuota';
  spec?: {
    hard?: Record<string, string>;
    scopes?: string[];
    scopeSelector?: { matchExpressions?: unknown[] };
  };
  /** Quantities by name: "count/widgets.example.com". */
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}
/** admissionregistration.k8s.io/v1: CEL expressions that decide whether a request is refused. */
export interface ValidatingAdmissionPolicy extends KubeObject {
  apiVersion: 'admissionregistration.k8s.io/v1';
  kind: 'ValidatingAdmissionPolicy';
  spec: AdmissionPolicySpec & {
    validations?: {
      expression: string;
      message?: string;
      messageExpression?: string;
      reason?: string;
    }[];
    auditAnnotations?: { key: string; valueExpression: string }[];
  };
}
/** Puts a ValidatingAdmissionPolicy into force. */
export interface ValidatingAdmissionPolicyBinding extends KubeObject {
  apiVersion: 'admissionregistration.k8s.io/v1';
  kind: 'ValidatingAdmissionPolicyBinding';
  spec: AdmissionPolicyBindingSpec & { validationActions?: ValidationAction[] };
}
/** admissionregistration.k8s.io/v1: CEL expressions that change what is written. */
export interface MutatingAdmissionPolicy extends KubeObject {
  apiVersion: 'admissionregistration.k8s.io/v1';
  kind: 'MutatingAdmissionPolicy';
  spec: AdmissionPolicySpec & { mutations?: Mutation[]; reinvocationPolicy?: 'Never' | 'IfNeeded' };
}
/** Puts a MutatingAdmissionPolicy into force. */
export interface MutatingAdmissionPolicyBinding extends KubeObject {
  apiVersion: 'admissionregistration.k8s.io/v1';
  kind: 'MutatingAdmissionPolicyBinding';
  spec: AdmissionPolicyBindingSpec;
}
/** One change: either an object that is merged, or a list of operations. */
export interface Mutation {
  patchType: 'ApplyConfiguration' | 'JSONPatch';
  applyConfiguration?: { expression: string };
  jsonPatch?: { expression: string };
}
/** What is done where a validation fails. */
export type ValidationAction = 'Deny' | 'Warn' | 'Audit';
/** What all admission policies have. */
export interface AdmissionPolicySpec {
  paramKind?: { apiVersion: string; kind: string };
  matchConstraints?: MatchResources;
  matchConditions?: { name: string; expression: string }[];
  variables?: { name: string; expression: string }[];
  failurePolicy?: 'Ignore' | 'Fail';
}
/** What the bindings of all admission policies have. */
export interface AdmissionPolicyBindingSpec {
  policyName: string;
  paramRef?: ParamRef;
  matchResources?: MatchResources;
}
/** Which objects are the params of a binding: one by its name, or all that a selector selects. */
export interface ParamRef {
  name?: string;
  namespace?: string;
  selector?: LabelSelector;
  parameterNotFoundAction?: 'Allow' | 'Deny';
}
/** Which requests a policy or a binding is about. */
export interface MatchResources {
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  resourceRules?: NamedRule[];
  excludeResourceRules?: NamedRule[];
  matchPolicy?: 'Exact' | 'Equivalent';
}
/** A rule that may be about objects of certain names only. */
export interface NamedRule extends WebhookRule {
  resourceNames?: string[];
}
/** Which requests a webhook is called for. */
export interface WebhookRule {
  operations?: ('*' | 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT')[];
  apiGroups?: string[];
  apiVersions?: string[];
  /** "pods", "pods/status"; an asterisk on either side of the slash stands for all. */
  resources?: string[];
  scope?: 'Cluster' | 'Namespaced' | '*';
}
/** Either `url` or `service`. */
export interface WebhookClientConfig {
  url?: string;
  service?: { namespace: string; name: string; path?: string; port?: number };
  /** Base64 of PEM. */
  caBundle?: string;
}
/** A `metav1.LabelSelector` as objects hold it. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}
/** core/v1 ConfigMap, with the metadata that every object has. */
export type ConfigMap = Kind<'io.k8s.api.core.v1.ConfigMap', 'v1', 'ConfigMap'>;
/** core/v1 Event, with the metadata that every object has. */
export type CoreEvent = Kind<'io.k8s.api.core.v1.Event', 'v1', 'Event'>;
/** core/v1 Endpoints, with the metadata that every object has. */
export type Endpoints = Kind<'io.k8s.api.core.v1.Endpoints', 'v1', 'Endpoints'>;
/** coordination.k8s.io/v1 Lease: who holds something, and for how long. */
export type Lease = Kind<'io.k8s.api.coordination.v1.Lease', 'coordination.k8s.io/v1', 'Lease'>;
/** core/v1 Namespace, with the metadata that every object has. */
export type Namespace = Kind<'io.k8s.api.core.v1.Namespace', 'v1', 'Namespace'>;
/** core/v1 Node, with the metadata that every object has. */
export type Node = Kind<'io.k8s.api.core.v1.Node', 'v1', 'Node'>;
/** core/v1 PersistentVolume, with the metadata that every object has. */
export type PersistentVolume = Kind<'io.k8s.api.core.v1.PersistentVolume', 'v1', 'PersistentVolume'>;
/** What is used of snapshot.storage.k8s.io/v1 VolumeSnapshot, which is defined by a CustomResourceDefinition. Source:
 * https://kubernetes.io/docs/concepts/storage/volume-snapshots/
 */
export interface VolumeSnapshot extends KubeObject {
  apiVersion: 'snapshot.storage.k8s.io/v1';
  kind: 'VolumeSnapshot';
  spec: {
    source: { persistentVolumeClaimName?: string; volumeSnapshotContentName?: string };
    /** The default class of the volume's driver if absent. */
    volumeSnapshotClassName?: string;
  };
  status?: {
    boundVolumeSnapshotContentName?: string;
    /** When the snapshot was taken. It may have to be uploaded after that. */
    creationTime?: string;
    readyToUse?: boolean;
    restoreSize?: string | number;
    /** The last one; the driver goes on trying. */
    error?: { message?: string; time?: string };
  };
}
/** core/v1 PersistentVolumeClaim, with the metadata that every object has. */
export type PersistentVolumeClaim = Kind<'io.k8s.api.core.v1.PersistentVolumeClaim', 'v1', 'PersistentVolumeClaim'>;
/** policy/v1 PodDisruptionBudget, with the metadata that every object has. */
export type PodDisruptionBudget = Kind<'io.k8s.api.policy.v1.PodDisruptionBudget', 'policy/v1', 'PodDisruptionBudget'>;
/** core/v1 Pod, with the metadata that every object has. */
export type Pod = Kind<'io.k8s.api.core.v1.Pod', 'v1', 'Pod'>;
/** core/v1 Secret, with the metadata that every object has. */
export type Secret = Kind<'io.k8s.api.core.v1.Secret', 'v1', 'Secret'>;
/** core/v1 Service, with the metadata that every object has. */
export type Service = Kind<'io.k8s.api.core.v1.Service', 'v1', 'Service'>;
/** core/v1 ServiceAccount, with the metadata that every object has. */
export type ServiceAccount = Kind<'io.k8s.api.core.v1.ServiceAccount', 'v1', 'ServiceAccount'>;
/** apps/v1 StatefulSet, with the metadata that every object has. */
export type StatefulSet = Kind<'io.k8s.api.apps.v1.StatefulSet', 'apps/v1', 'StatefulSet'>;
/** storage.k8s.io/v1 StorageClass, with the metadata that every object has. */
export type StorageClass = Kind<'io.k8s.api.storage.v1.StorageClass', 'storage.k8s.io/v1', 'StorageClass'>;
/** autoscaling/v1 Scale, with the metadata that every object has. */
export type Scale = Kind<'io.k8s.api.autoscaling.v1.Scale', 'autoscaling/v1', 'Scale'>;

/** Rules for the nodes that a pod may run on. */
export type Affinity = Schemas['io.k8s.api.core.v1.Affinity'];
/** A container of a pod, as desired. */
export type Container = Schemas['io.k8s.api.core.v1.Container'];
/** What kubelet reports about a container. */
export type ContainerStatus = Schemas['io.k8s.api.core.v1.ContainerStatus'];
/** An environment variable of a container. */
export type EnvVar = Schemas['io.k8s.api.core.v1.EnvVar'];
/** The desired state of a pod. */
export type PodSpec = Schemas['io.k8s.api.core.v1.PodSpec'];
/** What kubelet and the scheduler report about a pod. */
export type PodStatus = Schemas['io.k8s.api.core.v1.PodStatus'];
/** The template of the pods that a controller creates. */
export type PodTemplateSpec = Schemas['io.k8s.api.core.v1.PodTemplateSpec'];
/** Requests and limits of a container. */
export type ResourceRequirements = Schemas['io.k8s.api.core.v1.ResourceRequirements'];
/** A port of a Service. */
export type ServicePort = Schemas['io.k8s.api.core.v1.ServicePort'];
/** A volume of a pod. */
export type Volume = Schemas['io.k8s.api.core.v1.Volume'];
/** Where a container mounts a volume. */
export type VolumeMount = Schemas['io.k8s.api.core.v1.VolumeMount'];
