/** snapshot.storage.k8s.io/v1 VolumeSnapshots, VolumeSnapshotClasses and VolumeSnapshotContents. */
import type { VolumeSnapshot } from '../../apis/kubernetes/types.ts';
import type { ResourceDefinition } from '../../apiserver/resource.ts';
import { forbidden, invalid, type FieldError } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import type { VolumeSnapshotClass, VolumeSnapshotContent } from '../kinds.ts';
import { ageColumn, nativeDefinition, textColumn, type DefinitionDeps } from '../native.ts';
import { snapshotPrefix } from '../snapshots/schemas.ts';

const group = 'snapshot.storage.k8s.io';
const yes = (value: boolean | undefined): string => (value === undefined ? '' : String(value));

/** The rules that the CustomResourceDefinition has in CEL. */
function sourceErrors({ spec }: VolumeSnapshot): FieldError[] {
  const { persistentVolumeClaimName, volumeSnapshotContentName } = spec.source;
  const isOne = (persistentVolumeClaimName === undefined) !== (volumeSnapshotContentName === undefined);
  const rule = 'exactly one of volumeSnapshotContentName and persistentVolumeClaimName must be set';
  return isOne ? [] : [invalid('spec.source', spec.source, rule)];
}

/** VolumeSnapshots. What they are taken of can't change. */
export function snapshotDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<VolumeSnapshot>(deps, {
    group,
    plural: 'volumesnapshots',
    kind: 'VolumeSnapshot',
    shortNames: ['vs'],
    schema: `${snapshotPrefix}VolumeSnapshot`,
    columns: [
      textColumn('ReadyToUse', 'Whether the snapshot can be used.', ({ status }) => yes(status?.readyToUse)),
      textColumn('SourcePVC', 'What it is taken of.', ({ spec }) => spec.source.persistentVolumeClaimName ?? ''),
      textColumn('RestoreSize', 'Size of a volume made of it.', ({ status }) => String(status?.restoreSize ?? '')),
      textColumn('SnapshotClass', 'Its class.', ({ spec }) => spec.volumeSnapshotClassName ?? ''),
      textColumn(
        'SnapshotContent',
        'The snapshot in the storage.',
        ({ status }) => status?.boundVolumeSnapshotContentName ?? '',
      ),
      ageColumn(),
    ],
    strategy: {
      prepareForCreate: (_context, snapshot) => {
        const copy = { ...snapshot };
        delete copy.status;
        return copy;
      },
      validateCreate: (_context, snapshot) => sourceErrors(snapshot),
      validateUpdate: (_context, snapshot, old) => [
        ...sourceErrors(snapshot),
        ...(deepEqual(snapshot.spec.source, old.spec.source) ? [] : [forbidden('spec.source', 'field is immutable')]),
      ],
    },
    subresources: { status: { type: 'status' } },
  });
}

/** VolumeSnapshotClasses: cluster-scoped. */
export function snapshotClassDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<VolumeSnapshotClass>(deps, {
    group,
    plural: 'volumesnapshotclasses',
    kind: 'VolumeSnapshotClass',
    shortNames: ['vsclass', 'vsclasses'],
    namespaced: false,
    schema: `${snapshotPrefix}VolumeSnapshotClass`,
    columns: [
      textColumn('Driver', 'The storage driver.', ({ driver }) => driver),
      textColumn('DeletionPolicy', 'What becomes of snapshots in the storage.', (one) => one.deletionPolicy),
      ageColumn(),
    ],
    strategy: { hasGeneration: false },
  });
}

/** VolumeSnapshotContents: cluster-scoped. */
export function snapshotContentDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<VolumeSnapshotContent>(deps, {
    group,
    plural: 'volumesnapshotcontents',
    kind: 'VolumeSnapshotContent',
    shortNames: ['vsc', 'vscs'],
    namespaced: false,
    schema: `${snapshotPrefix}VolumeSnapshotContent`,
    columns: [
      textColumn('ReadyToUse', 'Whether it can be used.', ({ status }) => yes(status?.readyToUse)),
      textColumn('RestoreSize', 'Bytes.', ({ status }) => String(status?.restoreSize ?? '')),
      textColumn('DeletionPolicy', 'What becomes of it in the storage.', ({ spec }) => spec.deletionPolicy),
      textColumn('Driver', 'The storage driver.', ({ spec }) => spec.driver),
      textColumn('VolumeSnapshot', 'Its VolumeSnapshot.', ({ spec }) => spec.volumeSnapshotRef.name ?? ''),
      ageColumn(),
    ],
    subresources: { status: { type: 'status' } },
  });
}
