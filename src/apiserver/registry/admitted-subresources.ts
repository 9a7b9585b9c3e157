/** Admission webhooks for subresources that have a kind of their own (Scale). */
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import type { Admission, AdmissionAttributes } from '../admission/contract.ts';
import { checkKind, operationOptions } from './admission.ts';
import type {
  CallContext,
  ObjectSubresource,
  ResourceDefinition,
  Subresource,
  SubresourceWriteOptions,
} from '../resource.ts';

/** A copy of the definition whose object subresources call the webhooks on every write, over HTTP and in process. */
export function withAdmission(definition: ResourceDefinition, admission: Admission): ResourceDefinition {
  const entries = Object.entries(definition.subresources).map(([name, subresource]): [string, Subresource] => [
    name,
    subresource.type === 'object' ? admitted(definition, name, subresource, admission) : subresource,
  ]);
  return { ...definition, subresources: Object.fromEntries(entries) };
}

function admitted(
  { group, version, plural }: ResourceDefinition,
  name: string,
  subresource: ObjectSubresource,
  admission: Admission,
): ObjectSubresource {
  const { update, schema, kind } = subresource;
  if (update === undefined) return subresource;
  const attributesOf = (
    context: CallContext,
    target: NamespacedName,
    options: SubresourceWriteOptions,
    objects: { object: KubeObject; oldObject: KubeObject },
  ): AdmissionAttributes => ({
    ...{ context, operation: 'UPDATE', subresource: name, ...target, ...objects },
    kind: { group: subresource.group, version: subresource.version, kind },
    resource: { group, version, resource: plural },
    dryRun: options.dryRun === true,
    options: operationOptions('UPDATE', options),
  });
  return {
    ...subresource,
    async update(context, target, transform, options) {
      const mutated = async (oldObject: KubeObject): Promise<KubeObject> => {
        const object = await transform(oldObject);
        if (!admission.concerns(group)) return object;
        const attributes = attributesOf(context, target, options, { object: schema.prune(object), oldObject });
        const made = (await admission.mutate(attributes, (changed) => schema.applyDefaults(changed))) ?? object;
        checkKind(subresource, made, target.name);
        return made;
      };
      const admit = async (object: KubeObject, oldObject: KubeObject): Promise<void> => {
        if (!admission.concerns(group)) return;
        await admission.validate(attributesOf(context, target, options, { object, oldObject }));
      };
      return update(context, target, mutated, { ...options, admit });
    },
  };
}
