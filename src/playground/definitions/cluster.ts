/** core/v1 Namespaces and Nodes, coordination.k8s.io/v1 Leases. */
import type { Lease, Namespace, Node } from '../../apis/kubernetes/types.ts';
import { forbidden, invalid, type FieldError } from '../../meta/field-error.ts';
import { dns1123LabelErrors } from '../../meta/names.ts';
import { forbiddenRequest } from '../../meta/status.ts';
import type { ResourceDefinition, TableColumn } from '../../apiserver/resource.ts';
import { finalizeSubresource } from './finalize.ts';
import { ageColumn, allVerbs, nativeDefinition, textColumn, type DefinitionDeps } from '../native.ts';

/** Namespaces that cannot be deleted. Source: kubernetes NamespaceLifecycle admission plugin */
const immortal = ['default', 'kube-public', 'kube-system'];

const withNameLabel = (namespace: Namespace): Namespace => ({
  ...namespace,
  metadata: {
    ...namespace.metadata,
    labels: { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name ?? '' },
  },
});

/** Namespaces, with their `finalize` and `status` subresources. The standard namespaces cannot be deleted. */
export function namespaceDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<Namespace>(deps, {
    plural: 'namespaces',
    kind: 'Namespace',
    shortNames: ['ns'],
    namespaced: false,
    verbs: allVerbs.filter((verb) => verb !== 'deletecollection'),
    schema: 'core.v1.Namespace',
    zeroValue: { spec: {}, status: {} },
    columns: [textColumn('Status', 'The status of the namespace', ({ status }) => status?.phase ?? ''), ageColumn()],
    selectableFields: { 'status.phase': ({ status }) => status?.phase ?? '' },
    // One that is made from a generateName has no name yet.
    defaults: (namespace) => ((namespace.metadata.name ?? '') === '' ? namespace : withNameLabel(namespace)),
    strategy: {
      hasGeneration: false,
      validateName: dns1123LabelErrors,
      prepareForCreate: (_context, namespace) => ({
        ...withNameLabel(namespace),
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      }),
      // Only the namespace controller may change spec.finalizers. It removes them when the contents are gone.
      prepareForUpdate: (context, namespace, old) => {
        const mayFinalize = context.user.name.endsWith(':namespace-controller');
        return { ...namespace, spec: (mayFinalize ? namespace.spec : old.spec) ?? {} };
      },
      validateDelete: (_context, { metadata }) => {
        if (immortal.includes(metadata.name)) {
          throw forbiddenRequest(
            { group: '', resource: 'namespaces' },
            metadata.name,
            'this namespace may not be deleted',
          );
        }
      },
      // Whatever the client asked for, the namespace stays in phase Terminating until its contents are gone.
      deletionGracePeriodSeconds: ({ spec }) => (spec?.finalizers?.length ? 1 : 0),
    },
    subresources: { finalize: finalizeSubresource(deps), status: { type: 'status' } },
  });
}

const none = '<none>';
const unknown = '<unknown>';
const rolePrefix = 'node-role.kubernetes.io/';

function nodeStatus({ spec, status }: Node): string {
  const ready = status?.conditions?.find((one) => one.type === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (spec?.unschedulable) words.push('SchedulingDisabled');
  return words.join(',');
}

function nodeRoles({ metadata }: Node): string {
  const roles = Object.keys(metadata.labels ?? {}).flatMap((key) =>
    key.startsWith(rolePrefix) && key !== rolePrefix ? [key.slice(rolePrefix.length)] : [],
  );
  return roles.sort().join(',') || none;
}

const address = ({ status }: Node, type: string): string =>
  status?.addresses?.find((one) => one.type === type)?.address ?? none;

const nodeColumns: readonly TableColumn<Node>[] = [
  textColumn('Status', 'The status of the node', nodeStatus),
  textColumn('Roles', 'The roles of the node', nodeRoles),
  ageColumn(),
  textColumn(
    'Version',
    'Kubelet Version reported by the node.',
    ({ status }) => status?.nodeInfo?.kubeletVersion ?? '',
  ),
  textColumn('Internal-IP', 'Its address within the cluster.', (node) => address(node, 'InternalIP'), 'wide'),
  textColumn('External-IP', 'Its address outside the cluster.', (node) => address(node, 'ExternalIP'), 'wide'),
  textColumn(
    'OS-Image',
    'OS Image reported by the node.',
    ({ status }) => status?.nodeInfo?.osImage || unknown,
    'wide',
  ),
  textColumn(
    'Kernel-Version',
    'Kernel Version reported by the node.',
    ({ status }) => {
      const { kernelVersion, architecture } = status?.nodeInfo ?? {};
      return `${kernelVersion || unknown}${architecture ? ` (${architecture})` : ''}`;
    },
    'wide',
  ),
  textColumn(
    'Container-Runtime',
    'ContainerRuntime Version reported by the node.',
    ({ status }) => status?.nodeInfo?.containerRuntimeVersion || unknown,
    'wide',
  ),
];

/** Nodes: cluster-scoped; the playground seeds them, and users may add or delete some. */
export function nodeDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<Node>(deps, {
    plural: 'nodes',
    kind: 'Node',
    shortNames: ['no'],
    namespaced: false,
    schema: 'core.v1.Node',
    zeroValue: { spec: {}, status: { daemonEndpoints: { kubeletEndpoint: {} }, nodeInfo: {} } },
    columns: nodeColumns,
    selectableFields: { 'spec.unschedulable': ({ spec }) => String(spec?.unschedulable ?? false) },
    strategy: { hasGeneration: false },
    subresources: { status: { type: 'status' } },
  });
}

/** Source: k8s.io/kubernetes/pkg/apis/coordination/validation ValidateLeaseSpec */
function leaseErrors({ spec = {} }: Lease): FieldError[] {
  const { leaseDurationSeconds: duration, leaseTransitions: transitions, strategy, preferredHolder } = spec;
  const errors: FieldError[] = [];
  if (duration !== undefined && duration <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  }
  if (transitions !== undefined && transitions < 0) {
    errors.push(invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  }
  if (preferredHolder && !strategy) {
    errors.push(forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
  }
  return errors;
}

/** Leases, validated as kube-apiserver does. Kubelets and leader election use them. */
export function leaseDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<Lease>(deps, {
    group: 'coordination.k8s.io',
    plural: 'leases',
    kind: 'Lease',
    schema: 'coordination.v1.Lease',
    zeroValue: { spec: {} },
    columns: [
      textColumn('Holder', 'The identity of the holder of a current lease.', ({ spec }) => spec?.holderIdentity ?? ''),
      ageColumn(),
    ],
    strategy: {
      hasGeneration: false,
      allowCreateOnUpdate: true,
      validateCreate: (_context, lease) => leaseErrors(lease),
      validateUpdate: (_context, lease) => leaseErrors(lease),
    },
  });
}
