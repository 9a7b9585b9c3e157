/** apps/v1 StatefulSets with their scale subresource, and the ControllerRevisions that record their templates. */
import { fieldPath } from '../../apiserver/apply/index.ts';
import { withOwnersOfScale, withScaleOwners } from '../../apiserver/registry/index.ts';
import { omit } from '../omit.ts';
import type { Scale, StatefulSet } from '../../apis/kubernetes/types.ts';
import { labelSelectorFrom } from '../../meta/labels.ts';
import { dns1123LabelErrors, dns1123SubdomainErrors } from '../../meta/names.ts';
import type { NamespacedName } from '../../meta/object.ts';
import { invalid } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import { invalidObject } from '../../meta/status.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { ObjectSubresource, ResourceDefinition } from '../../apiserver/resource.ts';
import type { ControllerRevision } from '../kinds.ts';
import { workloadWarning } from '../pod-security/admission.ts';
import { defaultStatefulSetSpec, specOf } from '../statefulsets/defaults.ts';
import { statefulSetErrors, statefulSetUpdateErrors } from '../statefulsets/validation.ts';
import { ageColumn, nativeDefinition, textColumn, type DefinitionDeps } from '../native.ts';

const containersOf = (set: StatefulSet): readonly { name: string; image?: string }[] =>
  specOf(set).template.spec?.containers ?? [];

function scaleOf(set: StatefulSet): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = set.metadata;
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: {
      ...(name ? { name } : {}),
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
    },
    spec: { replicas: specOf(set).replicas ?? 0 },
    status: { replicas: set.status?.replicas ?? 0, selector: labelSelectorFrom(specOf(set).selector).toString() },
  };
}

const replicasField = { apiVersion: 'apps/v1', path: fieldPath('spec', 'replicas') };

function scaleSubresource(deps: DefinitionDeps): ObjectSubresource {
  const registry = (): ResourceRegistry<StatefulSet> => deps.lookup.registry<StatefulSet>('apps', 'statefulsets');
  /** Of a set as it is stored, which may not be readable as one. */
  const stored = (set: StatefulSet): Scale => scaleOf(registry().definition.schema.readable(set));
  const scale: ObjectSubresource<Scale> = {
    type: 'object',
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    schema: deps.schema('io.k8s.api.autoscaling.v1.Scale'),
    tracksOwners: true,
    get: async (_context, target) => scaleOf((await registry().get(target)).object),
    update: async (context, target: NamespacedName, transform, { admit, ...options }) => {
      await registry().get(target);
      const written = await registry().update(
        context,
        target,
        async (current) => {
          if (current === undefined) return (await registry().get(target)).object;
          const wanted = await transform(withScaleOwners(stored(current), current, replicasField));
          const replicas = wanted.spec?.replicas ?? 0;
          if (replicas < 0) {
            const detail = 'must be greater than or equal to 0';
            throw invalidObject({ group: 'autoscaling', kind: 'Scale' }, target.name, [
              invalid('spec.replicas', replicas, detail),
            ]);
          }
          const metadata = omit(current.metadata, 'resourceVersion');
          const { resourceVersion } = wanted.metadata;
          const scaled = {
            ...current,
            metadata: resourceVersion === undefined ? metadata : { ...metadata, resourceVersion },
            spec: { ...specOf(current), replicas },
          };
          return withOwnersOfScale(scaled, wanted, replicasField);
        },
        {
          ...options,
          ownership: 'given',
          ...(admit === undefined ? {} : { admit: (next, current) => admit(stored(next), stored(current)) }),
        },
      );
      return scaleOf(written.object);
    },
  };
  // The registry calls `update` only with objects that passed the validation of the Scale schema.
  return scale as unknown as ObjectSubresource;
}

const zeroStatefulSet = {
  spec: {
    ...{ selector: null, serviceName: '', updateStrategy: {} },
    template: { metadata: {}, spec: { containers: null } },
  },
  status: { replicas: 0, availableReplicas: 0 },
};

/** StatefulSets, with their `status` and `scale` subresources. */
export function statefulSetDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<StatefulSet>(deps, {
    group: 'apps',
    plural: 'statefulsets',
    kind: 'StatefulSet',
    shortNames: ['sts'],
    categories: ['all'],
    schema: 'apps.v1.StatefulSet',
    zeroValue: zeroStatefulSet,
    columns: [
      textColumn(
        'Ready',
        'Number of the pod with ready state',
        (set) => `${set.status?.readyReplicas ?? 0}/${specOf(set).replicas ?? 1}`,
      ),
      ageColumn(),
      textColumn(
        'Containers',
        'Names of each container in the template.',
        (set) =>
          containersOf(set)
            .map((one) => one.name)
            .join(','),
        'wide',
      ),
      textColumn(
        'Images',
        'Images referenced by each container in the template.',
        (set) =>
          containersOf(set)
            .map((one) => one.image ?? '')
            .join(','),
        'wide',
      ),
    ],
    defaults: (set) => ({ ...set, spec: defaultStatefulSetSpec(specOf(set)) }),
    strategy: {
      // The names of the pods and the values of their labels are made from this name.
      validateName: (name) => (name.length > 63 ? dns1123LabelErrors(name) : dns1123SubdomainErrors(name)),
      prepareForCreate: (_context, set) => ({ ...set, status: { availableReplicas: 0, replicas: 0 } }),
      validateCreate: (_context, set) => statefulSetErrors(set),
      validateUpdate: (_context, set, old) => statefulSetUpdateErrors(set, old),
      warnings: ({ metadata: { namespace = '' }, spec }) => {
        const pod = spec.template.spec;
        const warning = pod && workloadWarning(deps.lookup, namespace, pod);
        return warning === undefined ? [] : [warning];
      },
    },
    subresources: { status: { type: 'status' }, scale: scaleSubresource(deps) },
  });
}

/** ControllerRevisions: `data` is immutable, only `revision` and metadata may change. */
export function controllerRevisionDefinition(deps: DefinitionDeps): ResourceDefinition {
  const controller = ({ metadata }: ControllerRevision): string => {
    const owner = metadata.ownerReferences?.find((one) => one.controller);
    if (!owner) return '<none>';
    const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0] ?? ''}` : '';
    return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
  };
  return nativeDefinition<ControllerRevision>(deps, {
    group: 'apps',
    plural: 'controllerrevisions',
    kind: 'ControllerRevision',
    schema: 'apps.v1.ControllerRevision',
    zeroValue: { data: null, revision: 0 },
    columns: [
      textColumn('Controller', 'Controller of the object', controller),
      textColumn('Revision', 'Revision indicates the revision of the state represented by Data.', ({ revision }) =>
        String(revision),
      ),
      ageColumn(),
    ],
    strategy: {
      hasGeneration: false,
      validateUpdate: (_context, now, old) =>
        deepEqual(now.data, old.data) ? [] : [invalid('data', now.data, 'field is immutable')],
    },
  });
}
