/**
 * Owners of a Scale's spec.replicas and of the field of the main resource that it stands for, in both directions. A
 * write to a Scale takes the entries of its object, becomes an update or apply of the Scale, and goes back into them.
 * Source of behaviour: k8s.io/apimachinery/pkg/util/managedfields/scalehandler.go.
 */
import type { ManagedFieldsEntry } from '../../../meta/object.ts';
import { fieldPath, FieldSet, type Path } from '../fieldpath/index.ts';
import type { VersionedSet } from '../merge/index.ts';
import { decodeManagedFields, encodeManagedFields } from './entries.ts';
import { managerIdentifier, ownerOf } from './manager-identifier.ts';

const scaleVersion = 'autoscaling/v1';
const replicasOfScale = fieldPath('spec', 'replicas');

/** Which field of the main resource a Scale's spec.replicas is. */
export interface ScaledField {
  /** The version of the main resource that the Scale belongs to. */
  readonly apiVersion: string;
  /** In that version: `fieldPath('spec', 'replicas')`, `fieldPath('spec', 'roles', { id: 'worker' }, 'members')`. */
  readonly path: Path;
  /** The field in the other versions of the main resource, by apiVersion. Absent: there are none. */
  readonly others?: ReadonlyMap<string, Path>;
}

function pathsOf({ apiVersion, path, others = new Map() }: ScaledField): ReadonlyMap<string, Path> {
  return new Map([...others, [apiVersion, path]]);
}

/**
 * The entries that a Scale of this object has: those that own the scaled field, and no more than it.
 * @throws ManagedFieldsError if the entries cannot be read
 */
export function toScaleEntries(
  entries: readonly ManagedFieldsEntry[] | undefined,
  field: ScaledField,
): ManagedFieldsEntry[] | undefined {
  const { sets, times } = decodeManagedFields(entries);
  const paths = pathsOf(field);
  const set = FieldSet.of(replicasOfScale);
  const owners = [...sets].filter(([, owned]) => ownsIn(paths, owned));
  const scales = owners.map(([manager, { applied }]): [string, VersionedSet] => [
    manager,
    { set, apiVersion: scaleVersion, applied },
  ]);
  return encodeManagedFields({ sets: new Map(scales), times });
}

function ownsIn(paths: ReadonlyMap<string, Path>, { apiVersion, set }: VersionedSet): boolean {
  const path = paths.get(apiVersion);
  return path !== undefined && set.has(path);
}

/**
 * The object's entries after a write to its Scale: who owns the Scale's replicas now owns the scaled field, and nobody
 * else does. Entries of versions that the resource does not have are dropped. New entries have no time, as with
 * kube-apiserver. An owner who stays one keeps the whole entry; kube-apiserver splits those of updates.
 * @throws ManagedFieldsError if one of the lists cannot be read
 */
export function fromScaleEntries(
  entries: readonly ManagedFieldsEntry[] | undefined,
  scaleEntries: readonly ManagedFieldsEntry[] | undefined,
  field: ScaledField,
): ManagedFieldsEntry[] | undefined {
  const { apiVersion, path } = field;
  const paths = pathsOf(field);
  const { sets: before, times } = decodeManagedFields(entries);
  // Read as entries of the object, so that owners are the same ones there and here.
  const { sets: scale } = decodeManagedFields(scaleEntries?.map((entry) => ({ ...entry, apiVersion })));
  const sets = new Map<string, VersionedSet>();
  const stay = new Set<string>();
  for (const [manager, owned] of before) {
    const scaled = paths.get(owned.apiVersion);
    if (scaled === undefined) continue;
    const there = inVersion(manager, apiVersion);
    if (scale.has(there) && owned.set.has(scaled)) stay.add(there);
    const set = scale.has(there) ? owned.set : owned.set.difference(FieldSet.of(scaled));
    if (!set.isEmpty) sets.set(manager, { ...owned, set });
  }
  for (const [manager, { set, applied }] of scale) {
    if (stay.has(manager) || !set.has(replicasOfScale)) continue;
    sets.set(manager, { set: FieldSet.of(path), apiVersion, applied });
  }
  return encodeManagedFields({ sets, times });
}

/** The same owner in another version. */
function inVersion(identifier: string, apiVersion: string): string {
  const { manager = '', operation, subresource = '' } = ownerOf(identifier);
  return managerIdentifier({ manager, operation: operation === 'Apply' ? 'Apply' : 'Update', apiVersion, subresource });
}
