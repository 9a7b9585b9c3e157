import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/kubernetes/types.ts';
import type { Stored } from '../../meta/object.ts';
import { parseQuantity, type Quantity } from '../../meta/quantity.ts';

/** Parses a size. A missing size is 0; undefined if the text is not a quantity. */
export const quantityOf = (text: string | number | undefined): Quantity | undefined =>
  parseQuantity(String(text ?? '0'));

function isHeldFor({ spec }: PersistentVolume, { metadata }: Stored<PersistentVolumeClaim>): boolean {
  const reference = spec?.claimRef;
  if (reference?.name !== metadata.name || reference.namespace !== metadata.namespace) return false;
  return !reference.uid || reference.uid === metadata.uid;
}

function suits(volume: Stored<PersistentVolume>, { spec = {} }: PersistentVolumeClaim): boolean {
  const capacity = quantityOf(volume.spec?.capacity?.['storage']);
  const wanted = quantityOf(spec.resources?.requests?.['storage']);
  if (volume.status?.phase !== 'Available' || volume.metadata.deletionTimestamp) return false;
  if (!capacity || !wanted || capacity.compare(wanted) < 0) return false;
  return (
    (volume.spec?.storageClassName ?? '') === (spec.storageClassName ?? '') &&
    (volume.spec?.volumeMode ?? 'Filesystem') === (spec.volumeMode ?? 'Filesystem') &&
    (spec.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode))
  );
}

function bySize(a: PersistentVolume, b: PersistentVolume): number {
  const [left, right] = [quantityOf(a.spec?.capacity?.['storage']), quantityOf(b.spec?.capacity?.['storage'])];
  return left && right ? left.compare(right) : 0;
}

/**
 * An existing volume for the claim: one reserved for it, the one it names, or else the smallest that is large enough.
 */
export function findVolume(
  claim: Stored<PersistentVolumeClaim>,
  volumes: readonly Stored<PersistentVolume>[],
): Stored<PersistentVolume> | undefined {
  const held = volumes.find((volume) => isHeldFor(volume, claim));
  if (held) return held;
  const free = volumes.filter((volume) => !volume.spec?.claimRef);
  const name = claim.spec?.volumeName;
  if (name) return free.find((volume) => volume.metadata.name === name);
  return free.filter((volume) => suits(volume, claim)).sort(bySize)[0];
}
