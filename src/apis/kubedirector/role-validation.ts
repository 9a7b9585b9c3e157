/** The rules for one role of a cluster, alone and with its app. */
import { forbidden, invalid, required, type FieldError } from '../../meta/field-error.ts';
import {
  annotationsSize,
  maxAnnotationsSize,
  validateAnnotations,
  validateLabels,
} from '../../meta/metadata-validation.ts';
import { affinityErrors } from '../kubernetes/validation/affinity.ts';
import { variableErrors } from '../kubernetes/validation/environment.ts';
import { resourceErrors } from '../kubernetes/validation/resources.ts';
import { schedulingErrors } from '../kubernetes/validation/scheduling.ts';
import { appRole } from './app-lookups.ts';
import { allowsMembers, describeCardinality, parseCardinality } from './cardinality.ts';
import { validateDisruptionBudget } from './disruption-budget-validation.ts';
import type { ClusterFacts } from './lookup.ts';
import { shortfalls, type Shortfall } from './minimums.ts';
import { quantityOf, type QuantityValue } from './quantities.ts';
import { noKeyToEncrypt } from './secret-key-places.ts';
import type { AppRole, ClusterRole, SecretKey } from './types.ts';
import { validateUpdateStrategy } from './update-strategy-validation.ts';
import { present, type WellShaped } from './well-shaped.ts';
import { clusterLabel, headlessLabel, podNameLabel, revisionAnnotation, roleLabel } from './well-known.ts';

type Role = WellShaped<ClusterRole>;

/** Services select the pods by these. */
const selectingLabels = [clusterLabel, roleLabel, headlessLabel, podNameLabel];

/**
 * The StatefulSet controller sets these on each pod, and sets them back.
 * Source: k8s.io/api/apps/v1, PodIndexLabel and StatefulSetRevisionLabel
 */
const labelsOfStatefulSets = ['apps.kubernetes.io/pod-index', 'controller-revision-hash'];

/** What is wrong with one role of a cluster. `path` is the field that the errors begin with. */
export function validateRole(role: Role, path: string, facts: ClusterFacts): FieldError[] {
  const definition = facts.app && role.id !== undefined ? appRole(facts.app.app, role.id) : undefined;
  return [
    ...(definition === undefined ? [] : validateByApp(role, definition, path)),
    ...resourceErrors(role.resources ?? {}, `${path}.resources`, (name) => `${path}.resources.requests[${name}]`),
    ...validatePositive(role.storage?.size, `${path}.storage.size`),
    ...validatePositive(role.blockStorage?.size, `${path}.blockStorage.size`),
    ...validateDevicePath(role.blockStorage?.pathPrefix, `${path}.blockStorage.pathPrefix`),
    ...validateSharedMemory(role, path, facts),
    ...present(role.env).flatMap(({ index, item }) => variableErrors(item, `${path}.env[${index}]`)),
    ...affinityErrors(role.affinity ?? {}, `${path}.affinity`),
    ...schedulingErrors(role, path),
    ...validateOwnMetadata(role, path),
    ...validateAnnotationsTogether(role, path, facts),
    ...validateUpdateStrategy(role.updateStrategy, `${path}.updateStrategy`),
    ...validateDisruptionBudget(role.podDisruptionBudget, `${path}.podDisruptionBudget`),
    ...present(role.secretKeys).flatMap(({ index, item }) =>
      validateSecretKey(item, `${path}.secretKeys[${index}]`, facts),
    ),
  ];
}

/** Values that are not quantities are reported by the schema, here and below. */
function validatePositive(value: QuantityValue | undefined, path: string): FieldError[] {
  return quantityOf(value)?.sign() === 1 || quantityOf(value) === undefined
    ? []
    : [invalid(path, String(value), 'must be greater than 0')];
}

/** Source: ValidateVolumeDevices in k8s.io/kubernetes/pkg/apis/core/validation, v1.37 */
function validateDevicePath(prefix: string | undefined, path: string): FieldError[] {
  // What follows the prefix is a number.
  const directories = prefix?.split('/').slice(0, -1) ?? [];
  return directories.includes('..') ? [invalid(path, prefix, "can not contain backsteps ('..')")] : [];
}

function validateByApp(role: Role, definition: AppRole, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const cardinality = parseCardinality(definition.cardinality);
  if (role.members !== undefined && cardinality !== undefined && !allowsMembers(cardinality, role.members)) {
    const wanted = `the app asks for ${describeCardinality(cardinality)} of role "${definition.id}"`;
    errors.push(invalid(`${path}.members`, role.members, wanted));
  }
  return [...errors, ...shortfalls(role, definition).map((one) => shortfallError(one, definition, path))];
}

function shortfallError({ of, least, given }: Shortfall, { id }: AppRole, path: string): FieldError {
  const wanted = `must be at least ${least}, the least that the app asks for role "${id}"`;
  if (of !== 'storage') return invalid(`${path}.resources.requests[${of.resource}]`, given ?? '0', wanted);
  if (given === undefined) return required(`${path}.storage`, `its size ${wanted}`);
  return invalid(`${path}.storage.size`, given, wanted);
}

function validateSharedMemory(role: Role, path: string, { config }: ClusterFacts): FieldError[] {
  if (role.sharedMemory === undefined) return [];
  if (config?.forceSharedMemorySizeSupport === false) {
    return [forbidden(`${path}.sharedMemory`, 'the global configuration has forceSharedMemorySizeSupport: false')];
  }
  return validatePositive(role.sharedMemory, `${path}.sharedMemory`);
}

type OwnMetadata = Pick<Role, 'podLabels' | 'podAnnotations' | 'serviceLabels' | 'serviceAnnotations'>;

/** The labels and annotations that a role, or the global configuration for all roles, gives to pods and Services. */
export function validateOwnMetadata(own: OwnMetadata, path: string): FieldError[] {
  const labels = Object.entries(own.podLabels ?? {});
  const annotations = Object.entries(own.podAnnotations ?? {});
  return [
    ...labels
      .filter(([key]) => selectingLabels.includes(key))
      .map(([key]) => forbidden(`${path}.podLabels[${key}]`, 'KubeDirector finds its pods by this label')),
    ...labels
      .filter(([key]) => labelsOfStatefulSets.includes(key))
      .map(([key, value]) => invalid(`${path}.podLabels[${key}]`, value, 'Kubernetes sets this label of each pod')),
    ...annotations
      .filter(([key]) => key === revisionAnnotation)
      .map(([key, value]) =>
        invalid(`${path}.podAnnotations[${key}]`, value, 'KubeDirector sets this annotation of each pod'),
      ),
    ...validateLabels(texts(own.podLabels), `${path}.podLabels`),
    ...validateAnnotations(texts(own.podAnnotations), `${path}.podAnnotations`),
    ...validateLabels(texts(own.serviceLabels), `${path}.serviceLabels`),
    ...validateAnnotations(texts(own.serviceAnnotations), `${path}.serviceAnnotations`),
  ];
}

/** Bytes of the annotations that we set ourselves, but for the app's label. */
const bytesOfOurs = 512;

/** Kubernetes limits what comes together from the role, the configuration and the app: it would make no pod, or no Service. */
function validateAnnotationsTogether(role: Role, path: string, { app, config }: ClusterFacts): FieldError[] {
  const label = Buffer.byteLength(app?.app.spec.label.name ?? '');
  return (['podAnnotations', 'serviceAnnotations'] as const).flatMap((field) => {
    const own = annotationsSize(role[field] ?? {});
    const all = annotationsSize({ ...role[field], ...config?.[field] }) + label + bytesOfOurs;
    if (own > maxAnnotationsSize || all <= maxAnnotationsSize) return [];
    const others = "with those of the global configuration, the app's label and KubeDirector's own, they";
    return [
      invalid(`${path}.${field}`, `(${own} bytes)`, `${others} must not have more than ${maxAnnotationsSize} bytes`),
    ];
  });
}

/** The entries that have a value. */
function texts(record: Readonly<Record<string, string | undefined>> | undefined): Record<string, string> {
  const entries = Object.entries(record ?? {}).filter((one): one is [string, string] => one[1] !== undefined);
  return Object.fromEntries(entries);
}

/** See defaultCluster: what it could not encrypt, or found made up, has no encryptedValue. */
function validateSecretKey(key: WellShaped<SecretKey>, path: string, { config }: ClusterFacts): FieldError[] {
  if (key.encryptedValue !== undefined) return [];
  if (key.value === undefined) {
    return [forbidden(`${path}.encryptedValue`, 'can only be sent back unchanged; send value instead')];
  }
  return [forbidden(`${path}.value`, noKeyToEncrypt(config && (config.masterEncryptionKey ?? '')))];
}
