/** The classes of snapshots that a playground has, and how their snapshots go. */
import type { VolumeSnapshotClass } from '../kinds.ts';

/** Marks the class of snapshots that name none. */
const defaultClassAnnotation = 'snapshot.storage.kubernetes.io/is-default-class';
/** Of a class: `slow` takes twenty times as long, `failing` never succeeds. */
const behaviourParameter = 'playground.kubedirector.hpe.com/behaviour';

/** How the snapshots of a class go. */
type Behaviour = 'prompt' | 'slow' | 'failing';

/** How the driver behaves for this class. */
export function behaviourOf({ parameters }: VolumeSnapshotClass): Behaviour {
  const value = parameters?.[behaviourParameter];
  return value === 'slow' || value === 'failing' ? value : 'prompt';
}

/** Whether snapshots that name no class get this one. */
export const isDefault = ({ metadata }: VolumeSnapshotClass): boolean =>
  metadata.annotations?.[defaultClassAnnotation] === 'true';

const snapshotClass = (name: string, behaviour?: Behaviour): VolumeSnapshotClass => ({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshotClass',
  metadata: { name, ...(behaviour === undefined ? { annotations: { [defaultClassAnnotation]: 'true' } } : {}) },
  driver: 'playground.kubedirector.hpe.com/volume',
  deletionPolicy: 'Delete',
  ...(behaviour === undefined ? {} : { parameters: { [behaviourParameter]: behaviour } }),
});

/** Those that are there from the start. */
export const seededClasses: readonly VolumeSnapshotClass[] = [
  snapshotClass('standard'),
  snapshotClass('slow', 'slow'),
  snapshotClass('failing', 'failing'),
];
