/** namespaces/finalize: a PUT of the whole namespace, of which only spec.finalizers is stored. */
import type { Namespace } from '../../apis/kubernetes/types.ts';
import type { ObjectSubresource } from '../../apiserver/resource.ts';
import { invalid, type FieldError } from '../../meta/field-error.ts';
import { qualifiedNameErrors } from '../../meta/names.ts';
import type { KubeObject } from '../../meta/object.ts';
import { invalidObject } from '../../meta/status.ts';
import { controllerContext } from '../simulation/users.ts';
import type { DefinitionDeps } from '../native.ts';

const standard = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** Source: k8s.io/kubernetes/pkg/apis/core/validation ValidateNamespaceFinalizeUpdate */
function finalizerErrors({ spec }: Namespace): FieldError[] {
  return (spec?.finalizers ?? []).flatMap((finalizer, index) => {
    const at = `spec.finalizers[${index}]`;
    const errors = qualifiedNameErrors(finalizer).map((detail) => invalid(at, finalizer, detail));
    if (errors.length > 0 || finalizer.includes('/') || standard.includes(finalizer)) return errors;
    return [invalid(at, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
  });
}

/**
 * If the namespace is being deleted and no finalizers are left, it is removed at once, even if it is not empty.
 * Source: k8s.io/kubernetes/pkg/registry/core/namespace/storage
 */
export function finalizeSubresource(deps: DefinitionDeps): ObjectSubresource {
  const namespaces = () => deps.lookup.registry<Namespace>('', 'namespaces');
  return {
    type: 'object',
    verbs: ['update'],
    group: '',
    version: 'v1',
    kind: 'Namespace',
    schema: deps.schema('io.k8s.api.core.v1.Namespace'),
    get: async (_context, target) => (await namespaces().get(target)).object,
    async update(context, target, transform, options) {
      const registry = namespaces();
      // Only the namespace controller may change the finalizers, so the request is made as that controller.
      const controller = { ...context, user: controllerContext('namespace-controller', context.signal).user };
      const change = async (current: KubeObject | undefined): Promise<Namespace> => {
        if (current === undefined) throw new Error(`namespace ${target.name} is gone`);
        const wanted = (await transform(current)) as Namespace;
        const errors = finalizerErrors(wanted);
        if (errors.length > 0) throw invalidObject({ group: '', kind: 'Namespace' }, target.name, errors);
        return wanted;
      };
      const { object } = await registry.update(controller, target, change, options);
      const { deletionTimestamp, finalizers = [], uid } = object.metadata;
      const remaining = [...finalizers, ...(object.spec?.finalizers ?? [])];
      if (deletionTimestamp !== undefined && remaining.length === 0 && options.dryRun !== true) {
        await registry.delete(controller, target, { gracePeriodSeconds: 0, preconditions: { uid } });
      }
      return object;
    },
  };
}
