/** core/v1 Pods. */
import type { Pod } from '../../apis/kubernetes/types.ts';
import { admittedPod, defaultPod, qosClass } from '../pods/defaults.ts';
import { admitPod } from '../pod-security/admission.ts';
import { podLog } from '../pods/log.ts';
import { printedPodStatus } from '../pods/printed-status.ts';
import { podSpecErrors, podUpdateErrors } from '../pods/validation.ts';
import { schedulerName } from '../simulation/users.ts';
import { required } from '../../meta/field-error.ts';
import type { ResourceDefinition, Strategy, Subresource, TableColumn } from '../../apiserver/resource.ts';
import { ageColumn, nativeDefinition, textColumn, type DefinitionDeps } from '../native.ts';

const none = '<none>';

const strategyOf = ({ lookup }: Pick<DefinitionDeps, 'lookup'>): Strategy<Pod> => ({
  prepareForCreate: (_context, pod) => {
    const admitted = admittedPod(pod);
    return {
      ...admitted,
      status: { phase: 'Pending', ...(admitted.spec ? { qosClass: qosClass(admitted.spec) } : {}) },
    };
  },
  prepareForUpdate: (_context, pod) => admittedPod(pod),
  validateCreate: (_context, { metadata: { namespace = '', name = '' }, spec }) => {
    if (spec === undefined) return [required('spec.containers', '')];
    const errors = podSpecErrors(spec, 'spec');
    if (errors.length === 0) admitPod(lookup, namespace, name, spec);
    return errors;
  },
  validateUpdate: (context, pod, old) => podUpdateErrors(pod, old, context.user.name === schedulerName),
  deletionGracePeriodSeconds: (pod, asked) => {
    const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (!pod.spec?.nodeName || ended) return 0;
    const seconds = asked ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    return seconds < 0 ? 1 : seconds;
  },
});

const readinessGates = (pod: Pod): string => {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return none;
  const conditions = pod.status?.conditions ?? [];
  const met = gates.filter((gate) =>
    conditions.some((one) => one.type === gate.conditionType && one.status === 'True'),
  );
  return `${met.length}/${gates.length}`;
};

const nothingRuns = (what: string): Subresource => {
  return { type: 'refused', message: `the playground's containers are simulated: there is nothing to run ${what} in` };
};

const columns: readonly TableColumn<Pod>[] = [
  textColumn(
    'Ready',
    'The aggregate readiness state of this pod for accepting traffic.',
    (pod, now) => printedPodStatus(pod, now).ready,
  ),
  textColumn(
    'Status',
    'The aggregate status of the containers in this pod.',
    (pod, now) => printedPodStatus(pod, now).status,
  ),
  textColumn(
    'Restarts',
    'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    (pod, now) => printedPodStatus(pod, now).restarts,
  ),
  ageColumn(),
  textColumn('IP', 'IP address allocated to the pod.', ({ status }) => status?.podIPs?.[0]?.ip || none, 'wide'),
  textColumn('Node', 'The node in which this pod is scheduled.', ({ spec }) => spec?.nodeName || none, 'wide'),
  textColumn(
    'Nominated Node',
    'Set when this pod preempts other pods on the node.',
    ({ status }) => status?.nominatedNodeName || none,
    'wide',
  ),
  textColumn('Readiness Gates', 'How many of the readiness gates are met.', readinessGates, 'wide'),
];

/** Pods, with the columns of `kubectl get pods`. Writes get the defaults and validation of kube-apiserver. */
export function podDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<Pod>(deps, {
    plural: 'pods',
    kind: 'Pod',
    shortNames: ['po'],
    categories: ['all'],
    schema: 'core.v1.Pod',
    zeroValue: { spec: { containers: null }, status: {} },
    columns,
    selectableFields: {
      'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
      'spec.restartPolicy': ({ spec }) => spec?.restartPolicy ?? '',
      'spec.schedulerName': ({ spec }) => spec?.schedulerName ?? '',
      'spec.serviceAccountName': ({ spec }) => spec?.serviceAccountName ?? '',
      'spec.hostNetwork': ({ spec }) => String(spec?.hostNetwork ?? false),
      'status.phase': ({ status }) => status?.phase ?? '',
      'status.podIP': ({ status }) => status?.podIPs?.[0]?.ip ?? '',
      'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
    },
    defaults: defaultPod,
    strategy: strategyOf(deps),
    subresources: {
      status: { type: 'status' },
      exec: nothingRuns('a command'),
      attach: nothingRuns('anything'),
      portforward: nothingRuns('a server'),
      log: {
        type: 'text',
        get: (context, target, query) =>
          podLog(deps.lookup.registry<Pod>('', 'pods'), target, query, deps.now, context.signal),
      },
    },
  });
}
