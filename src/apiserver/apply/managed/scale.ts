/**
 * Owners of a Scale's spec.replicas and of the field of the main resource that it stands for, in both directions. A
 * write to a Scale takes the entries of its object, becomes an update or apply of the Scale, and goes back into them.
 * Source of behaviour: k8s.io/apimachinery/pkg/util/managedfields/scalehandler.go.
 */
import type { ManagedFieldsEntry } from '../../../meta/object.ts';
import { fieldPath, FieldSet, type Path } from '../fieldpath/index.ts';
import type { VersionedSet } from '../merge/index.ts';
import { decodeManagedFields, encodeManagedFields } from './entries.ts';

const scaleVersion = 'autoscaling/v1';
const replicasOfScale = fieldPath('spec', 'replicas');

/** Which field of the main resource a Scale's spec.replicas is. */
export interface ScaledField {
  /** The version of the main resource that the Scale belongs to. */
  readonly apiVersion: string;
  /** In that version: `fieldPath('spec', 'replicas')`, `fieldPath('spec', 'roles', { id: 'worker' }, 'members')`. */
  readonly path: Path;
}

/**
 * The entries that a Scale of this object has: those that own the scaled field, and no more than it.
 * @throws ManagedFieldsError if the entries cannot be read
 */
export function toScaleEntries(
  entries: readonly ManagedFieldsEntry[] | undefined,
  { apiVersion, path }: ScaledField,
): ManagedFieldsEntry[] | undefined {
  const { sets, times } = decodeManagedFields(entries);
  const set = FieldSet.of(replicasOfScale);
  const owners = [...sets].filter(([, owned]) => owned.apiVersion === apiVersion && owned.set.has(path));
  const scales = owners.map(([manager, { applied }]): [string, VersionedSet] => [
    manager,
    { set, apiVersion: scaleVersion, applied },
  ]);
  return encodeManagedFields({ sets: new Map(scales), times });
}

/**
 * The object's entries after a write to its Scale: who owns the Scale's replicas now owns the scaled field, and nobody
 * else does. Entries of versions that are not the scaled field's are dropped. New entries have no time, as with
 * kube-apiserver. An owner who stays one keeps the whole entry; kube-apiserver splits those of updates.
 * @throws ManagedFieldsError if one of the lists cannot be read
 */
export function fromScaleEntries(
  entries: readonly ManagedFieldsEntry[] | undefined,
  scaleEntries: readonly ManagedFieldsEntry[] | undefined,
  { apiVersion, path }: ScaledField,
): ManagedFieldsEntry[] | undefined {
  const { sets: before, times } = decodeManagedFields(entries);
  // Read as entries of the object, so that owners are the same ones there and here.
  const { sets: scale } = decodeManagedFields(scaleEntries?.map((entry) => ({ ...entry, apiVersion })));
  const scaled = FieldSet.of(path);
  const sets = new Map<string, VersionedSet>();
  for (const [manager, owned] of before) {
    if (owned.apiVersion !== apiVersion) continue;
    const set = scale.has(manager) ? owned.set : owned.set.difference(scaled);
    if (!set.isEmpty) sets.set(manager, { ...owned, set });
  }
  for (const [manager, { set, applied }] of scale) {
    if (before.get(manager)?.set.has(path) === true || !set.has(replicasOfScale)) continue;
    sets.set(manager, { set: scaled, apiVersion, applied });
  }
  return encodeManagedFields({ sets, times });
}
