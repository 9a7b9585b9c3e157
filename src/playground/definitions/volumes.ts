/** core/v1 PersistentVolumeClaims and PersistentVolumes, storage.k8s.io/v1 StorageClasses. */
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../apis/kubernetes/types.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { FieldError } from '../../meta/field-error.ts';
import { forbiddenRequest } from '../../meta/status.ts';
import type { ResourceDefinition } from '../../apiserver/resource.ts';
import { parseQuantity } from '../../meta/quantity.ts';
import {
  claimSpecErrors,
  claimUpdateErrors,
  storageClassErrors,
  storageClassUpdateErrors,
  volumeErrors,
} from '../volumes/validation.ts';
import { isDefaultClass } from '../volumes/storage-classes.ts';
import { claimProtection, volumeProtection } from '../volumes/annotations.ts';
import { defaultClaimSpec, defaultVolumeSpec } from '../volumes/defaults.ts';
import { ageColumn, nativeDefinition, textColumn, type DefinitionDeps } from '../native.ts';

const unset = '<unset>';
const shortModes: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];
const modesText = (modes: readonly string[] | undefined): string =>
  shortModes.flatMap(([mode, short]) => (modes?.includes(mode) ? [short] : [])).join(',');
const quantityText = (value: string | number | undefined): string =>
  parseQuantity(String(value ?? '0'))?.toString() ?? String(value);
const phaseText = (object: KubeObject & { status?: { phase?: string } }): string =>
  object.metadata.deletionTimestamp === undefined ? (object.status?.phase ?? '') : 'Terminating';
const withFinalizer = <T extends KubeObject>(object: T, finalizer: string): T =>
  object.metadata.finalizers?.includes(finalizer)
    ? object
    : { ...object, metadata: { ...object.metadata, finalizers: [...(object.metadata.finalizers ?? []), finalizer] } };

/** PersistentVolumeClaims. A new one gets the default storage class and the protection finalizer. */
export function claimDefinition(deps: DefinitionDeps): ResourceDefinition {
  /** A shorter name for the kind of this definition. */
  type Claim = PersistentVolumeClaim;
  /** Sets the newest class that is marked as the default, as the DefaultStorageClass admission plugin does. */
  const withDefaultClass = (claim: Claim): Claim => {
    if (claim.spec?.storageClassName !== undefined) return claim;
    const classes = deps.lookup.registry<StorageClass>('storage.k8s.io', 'storageclasses').cache.list({}).objects;
    const newestFirst = classes
      .map(({ object }) => object)
      .filter(isDefaultClass)
      .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1));
    const storageClassName = newestFirst[0]?.metadata.name;
    return storageClassName === undefined ? claim : { ...claim, spec: { ...claim.spec, storageClassName } };
  };
  return nativeDefinition<Claim>(deps, {
    plural: 'persistentvolumeclaims',
    kind: 'PersistentVolumeClaim',
    shortNames: ['pvc'],
    schema: 'core.v1.PersistentVolumeClaim',
    zeroValue: { spec: { resources: {} }, status: {} },
    columns: [
      textColumn('Status', 'phase represents the current phase of PersistentVolumeClaim.', phaseText),
      textColumn('Volume', 'The PersistentVolume backing this claim.', ({ spec }) => spec?.volumeName ?? ''),
      textColumn('Capacity', 'The actual resources of the underlying volume.', ({ spec, status }) =>
        spec?.volumeName ? quantityText(status?.capacity?.['storage']) : '',
      ),
      textColumn('Access Modes', 'The actual access modes of the volume backing the PVC.', ({ spec, status }) =>
        spec?.volumeName ? modesText(status?.accessModes) : '',
      ),
      textColumn('StorageClass', 'StorageClass of the pvc', ({ spec }) => spec?.storageClassName ?? ''),
      textColumn(
        'VolumeAttributesClass',
        'VolumeAttributesClass of the pvc',
        ({ spec }) => spec?.volumeAttributesClassName ?? unset,
      ),
      ageColumn(),
      textColumn(
        'VolumeMode',
        'What type of volume is required by the claim.',
        ({ spec }) => spec?.volumeMode ?? unset,
        'wide',
      ),
    ],
    defaults: (claim) => ({ ...claim, spec: defaultClaimSpec(claim.spec ?? {}) }),
    strategy: {
      hasGeneration: false,
      prepareForCreate: (_context, claim) => {
        const kept = withFinalizer(withDefaultClass(claim), claimProtection);
        return { ...kept, status: { phase: 'Pending' } };
      },
      validateCreate: (_context, claim) => claimSpecErrors(claim.spec ?? {}, 'spec'),
      validateUpdate: (_context, claim, old) => claimChangeErrors(deps, claim, old),
    },
    subresources: { status: { type: 'status' } },
  });
}

/** As the admission plugin PersistentVolumeClaimResize does. @throws StatusError 403 where the class lets no claim grow */
function claimChangeErrors(
  deps: DefinitionDeps,
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): FieldError[] {
  const errors = claimUpdateErrors(claim, old);
  const asks = (one: PersistentVolumeClaim): string => quantityText(one.spec?.resources?.requests?.['storage']);
  if (errors.length > 0 || asks(claim) === asks(old)) return errors;
  const { cache } = deps.lookup.registry<StorageClass>('storage.k8s.io', 'storageclasses');
  if (cache.get('', claim.spec?.storageClassName ?? '')?.object.allowVolumeExpansion === true) return errors;
  const why =
    'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
  const resource = { group: '', resource: 'persistentvolumeclaims' };
  throw forbiddenRequest(resource, claim.metadata.name ?? '', why);
}

/** PersistentVolumes: cluster-scoped. A new one gets the protection finalizer. */
export function volumeDefinition(deps: DefinitionDeps): ResourceDefinition {
  /** A shorter name for the kind of this definition. */
  type Volume = PersistentVolume;
  const claim = ({ spec }: Volume): string =>
    spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '';
  return nativeDefinition<Volume>(deps, {
    plural: 'persistentvolumes',
    kind: 'PersistentVolume',
    shortNames: ['pv'],
    namespaced: false,
    schema: 'core.v1.PersistentVolume',
    zeroValue: { spec: {}, status: {} },
    columns: [
      textColumn('Capacity', "The persistent volume's capacity.", ({ spec }) =>
        quantityText(spec?.capacity?.['storage']),
      ),
      textColumn('Access Modes', 'All ways the volume can be mounted.', ({ spec }) => modesText(spec?.accessModes)),
      textColumn(
        'Reclaim Policy',
        'What happens to a volume when released from its claim.',
        ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
      ),
      textColumn('Status', 'Whether a volume is available, bound to a claim, or released by a claim.', phaseText),
      textColumn('Claim', 'The claim bound to it.', claim),
      textColumn('StorageClass', 'StorageClass of the pv', ({ spec }) => spec?.storageClassName ?? ''),
      textColumn(
        'VolumeAttributesClass',
        'VolumeAttributesClass of the pv',
        ({ spec }) => spec?.volumeAttributesClassName ?? unset,
      ),
      textColumn('Reason', 'Describes any failure.', ({ status }) => status?.reason ?? ''),
      ageColumn(),
      textColumn('VolumeMode', 'Filesystem, or raw block.', ({ spec }) => spec?.volumeMode ?? unset, 'wide'),
    ],
    defaults: (volume) => ({ ...volume, spec: defaultVolumeSpec(volume.spec ?? {}) }),
    strategy: {
      hasGeneration: false,
      prepareForCreate: (_context, volume) => ({
        ...withFinalizer(volume, volumeProtection),
        status: { phase: 'Pending' },
      }),
      validateCreate: (_context, volume) => volumeErrors(volume),
      validateUpdate: (_context, volume) => volumeErrors(volume),
    },
    subresources: { status: { type: 'status' } },
  });
}

/** StorageClasses. The default class is marked in the Name column, as kubectl does. */
export function storageClassDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<StorageClass>(deps, {
    group: 'storage.k8s.io',
    plural: 'storageclasses',
    kind: 'StorageClass',
    shortNames: ['sc'],
    namespaced: false,
    schema: 'storage.v1.StorageClass',
    zeroValue: { provisioner: '' },
    columns: [
      {
        name: 'Name',
        type: 'string',
        format: 'name',
        description: 'The name of the class; the default one is marked.',
        priority: 0,
        value: (one) => `${one.metadata.name}${isDefaultClass(one) ? ' (default)' : ''}`,
      },
      textColumn('Provisioner', 'The type of the provisioner.', ({ provisioner }) => provisioner),
      textColumn(
        'ReclaimPolicy',
        'The reclaimPolicy of the volumes it makes.',
        ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
      ),
      textColumn(
        'VolumeBindingMode',
        'How claims are provisioned and bound.',
        ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate',
      ),
      {
        name: 'AllowVolumeExpansion',
        type: 'boolean',
        description: 'Whether the storage class allows volume expansion.',
        priority: 0,
        value: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
      },
      ageColumn(),
    ],
    defaults: (one) => ({
      ...one,
      reclaimPolicy: one.reclaimPolicy ?? 'Delete',
      volumeBindingMode: one.volumeBindingMode ?? 'Immediate',
    }),
    strategy: {
      hasGeneration: false,
      validateCreate: (_context, one) => storageClassErrors(one),
      validateUpdate: (_context, one, old) => storageClassUpdateErrors(one, old),
    },
  });
}
