/** Ownership through a scale subresource: who owns a Scale's spec.replicas owns the field that it stands for. */
import { without } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import { fromScaleEntries, ManagedFieldsError, toScaleEntries, type ScaledField } from '../apply/index.ts';

/** The Scale with the entries of those who own the scaled field of the object. */
export function withScaleOwners<S extends KubeObject>(scale: S, object: KubeObject, field: ScaledField): S {
  return withEntries(scale, () => toScaleEntries(object.metadata.managedFields, field));
}

/** The object with its entries after a write to its Scale. @param scale as it was written, with its managedFields */
export function withOwnersOfScale<T extends KubeObject>(object: T, scale: KubeObject, field: ScaledField): T {
  return withEntries(object, () =>
    fromScaleEntries(object.metadata.managedFields, scale.metadata.managedFields, field),
  );
}

/** Entries that cannot be read are dropped: nobody owns the field then. */
function withEntries<T extends KubeObject>(object: T, entriesOf: () => KubeObject['metadata']['managedFields']): T {
  const metadata = without(object.metadata, 'managedFields');
  try {
    const managedFields = entriesOf();
    return { ...object, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
  } catch (error) {
    if (!(error instanceof ManagedFieldsError)) throw error;
    return { ...object, metadata };
  }
}
