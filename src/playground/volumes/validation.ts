/** Validation of claims, volumes and storage classes. Source: kubernetes/pkg/apis/{core,storage}/validation */
import { omit } from '../omit.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../apis/kubernetes/types.ts';
import { forbidden, invalid, notSupported, required, type FieldError } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import { dns1123SubdomainErrors } from '../../meta/names.ts';
import { parseQuantity } from '../../meta/quantity.ts';

type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>;

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const volumeModes = ['Block', 'Filesystem'];

function positive(field: string, value: string | number | undefined): FieldError[] {
  if (value === undefined) return [required(field, '')];
  const sign = parseQuantity(String(value))?.sign();
  return sign === 1 || sign === undefined ? [] : [invalid(field, value, 'must be greater than zero')];
}

const modeErrors = (modes: readonly string[] | undefined, at: string): FieldError[] =>
  (modes ?? []).filter((mode) => !accessModes.includes(mode)).map((mode) => notSupported(at, mode, accessModes));

/** Validates the spec of a claim, or of a claim template at `path`. */
export function claimSpecErrors(spec: ClaimSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  errors.push(...modeErrors(modes, `${path}.accessModes`));
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) {
    errors.push(forbidden(`${path}.accessModes`, 'may not use ReadWriteOncePod with other access modes'));
  }
  errors.push(...positive(`${path}.resources[storage]`, spec.resources?.requests?.['storage']));
  if (spec.storageClassName) {
    const problems = dns1123SubdomainErrors(spec.storageClassName);
    errors.push(...problems.map((text) => invalid(`${path}.storageClassName`, spec.storageClassName, text)));
  }
  if (spec.volumeMode !== undefined && !volumeModes.includes(spec.volumeMode)) {
    errors.push(notSupported(`${path}.volumeMode`, spec.volumeMode, volumeModes));
  }
  return errors;
}

/** The fields that cannot change. The size may grow, and an unset volume or class may be set once. */
function frozenClaim(spec: ClaimSpec, other: ClaimSpec): object {
  const { volumeName, storageClassName, resources, ...rest } = omit(spec, 'volumeAttributesClassName');
  return {
    ...rest,
    limits: resources?.limits,
    volumeName: other.volumeName ? volumeName : undefined,
    storageClassName: other.storageClassName === undefined ? undefined : storageClassName,
  };
}

/** Validates an update: the size of a bound claim may grow, and an unset volume or class may be set. */
export function claimUpdateErrors(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const [now, before] = [claim.spec ?? {}, old.spec ?? {}];
  const errors = claimSpecErrors(now, 'spec');
  const size = (spec: ClaimSpec): string => String(spec.resources?.requests?.['storage'] ?? '0');
  const [next, last] = [parseQuantity(size(now)), parseQuantity(size(before))];
  const change = next && last ? next.compare(last) : 0;
  const resizable = old.status?.phase === 'Bound';
  if (!deepEqual(frozenClaim(now, before), frozenClaim(before, before)) || (change !== 0 && !resizable)) {
    const detail =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbidden('spec', detail));
  }
  if (change < 0 && resizable) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  return errors;
}

/** Validates a volume. The kind of storage behind it is not checked. */
export function volumeErrors({ spec }: PersistentVolume): FieldError[] {
  const errors = positive('spec.capacity[storage]', spec?.capacity?.['storage']);
  if (!spec?.accessModes?.length) errors.push(required('spec.accessModes', ''));
  errors.push(...modeErrors(spec?.accessModes, 'spec.accessModes'));
  const policies = ['Delete', 'Recycle', 'Retain'];
  const policy = spec?.persistentVolumeReclaimPolicy;
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, policies));
  }
  return errors;
}

/** Validates a storage class. */
export function storageClassErrors(storageClass: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  if (!storageClass.provisioner) errors.push(required('provisioner', ''));
  const allowed = { reclaimPolicy: ['Delete', 'Retain'], volumeBindingMode: ['Immediate', 'WaitForFirstConsumer'] };
  for (const field of ['reclaimPolicy', 'volumeBindingMode'] as const) {
    const value = storageClass[field];
    if (value !== undefined && !allowed[field].includes(value)) errors.push(notSupported(field, value, allowed[field]));
  }
  return errors;
}

/** Validates an update: parameters, provisioner, reclaimPolicy and volumeBindingMode are immutable. */
export function storageClassUpdateErrors(now: StorageClass, old: StorageClass): FieldError[] {
  const frozen = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const;
  return [
    ...storageClassErrors(now),
    ...frozen
      .filter((field) => !deepEqual(now[field], old[field]))
      .map((field) => invalid(field, now[field], 'field is immutable')),
  ];
}
