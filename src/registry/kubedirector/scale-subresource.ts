import type { OpenApiSchemas } from '../../schema/contract.ts';
import { createResourceSchema } from '../../schema/index.ts';
import type { Scale } from '../../apis/kubernetes/types.ts';
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import { invalidObject } from '../../meta/status.ts';
import type { CallContext, ObjectSubresource, SubresourceWriteOptions } from '../../apiserver/resource.ts';

interface ScaleVerbs {
  get(target: NamespacedName): Promise<Scale>;
  /** @param wanted from the current Scale to the one wished for; may be asked again after a lost race */
  update(
    context: CallContext,
    target: NamespacedName,
    wanted: (current: Scale) => Promise<Scale>,
    options: SubresourceWriteOptions<Scale>,
  ): Promise<Scale>;
}

/** A scale subresource: autoscaling/v1, as `kubectl scale`, `kubectl autoscale` and the HPA controller use it. */
export function scaleSubresource(schemas: OpenApiSchemas, verbs: ScaleVerbs): ObjectSubresource {
  const schema = createResourceSchema('io.k8s.api.autoscaling.v1.Scale', schemas);

  /** @throws StatusError 422 for what is no Scale */
  function checked(sent: KubeObject, name: string): Scale {
    const scale = schema.prune(sent);
    const errors = schema.validate(scale);
    if (errors.length > 0) throw invalidObject({ group: 'autoscaling', kind: 'Scale' }, name, errors);
    return scale as Scale;
  }

  return {
    type: 'object',
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    schema,
    tracksOwners: true,
    get: (_context, target) => verbs.get(target),
    update(context, target, transform, options) {
      const wanted = async (current: Scale): Promise<Scale> => checked(await transform(current), target.name);
      return verbs.update(context, target, wanted, options);
    },
  };
}
