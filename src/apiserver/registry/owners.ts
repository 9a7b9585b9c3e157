/** The field managers of one resource: one for the resource itself, one for its status. */
import { apiVersionString, type KubeObject } from '../../meta/object.ts';
import { createFieldManager, resetFieldsOf, type FieldManager, type FieldManagerOptions } from '../apply/index.ts';
import type { ResourceDefinition } from '../resource.ts';

/** Which manager computes managedFields of a write. @param subresource undefined for the resource itself */
export type Owners<T extends KubeObject> = (subresource: 'status' | undefined) => FieldManager<T>;

type OtherVersions = Pick<FieldManagerOptions, 'converter' | 'apiVersions'>;

/** Each field manager is built when the first write needs it. */
export function createOwners<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  now: () => Date,
  others: OtherVersions = {},
): Owners<T> {
  const made = new Map<string, FieldManager<T>>();
  const hasStatus = definition.subresources.status !== undefined;
  return (subresource) => {
    const name = subresource ?? '';
    const known = made.get(name);
    if (known !== undefined) return known;
    const resetFields = resetFieldsOf(name, hasStatus);
    const manager = createFieldManager<T>({
      ...{ apiVersion: apiVersionString(definition), kind: definition.kind, schema: definition.schema.root, now },
      ...{ subresource: name, zeroValue: definition.zeroValue },
      ...others,
      ...(resetFields === undefined ? {} : { resetFields }),
    });
    made.set(name, manager);
    return manager;
  };
}
