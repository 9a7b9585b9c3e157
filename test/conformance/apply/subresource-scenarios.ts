/** Ownership of fields that are written with the subresources status and scale. */
import {
  apply,
  cluster,
  clusters,
  get,
  merge,
  post,
  put,
  putEdited,
  statefulSets,
  type ApplyScenario,
} from './scenario.ts';

const group = '/apis/GROUP/v1beta1/namespaces/NAMESPACE/kubedirectorclusters';
const one = clusters('seen');
const status = `${one}/status`;
const statusOf = (content: object, extra: object = {}): object => ({
  apiVersion: 'GROUP/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name: 'seen' },
  ...extra,
  status: content,
});
const ready = {
  type: 'Ready',
  status: 'False',
  reason: 'Starting',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};

const statuses: ApplyScenario = {
  name: 'the status has owners of its own',
  steps: [
    {
      step: 'create with a status that is dropped',
      ...apply(one, 'alice', cluster('seen', { status: { state: 'configured' } })),
    },
    {
      step: 'the controller applies',
      ...apply(status, 'controller', statusOf({ state: 'creating', conditions: [ready] })),
    },
    { step: 'the same again', ...apply(status, 'controller', statusOf({ state: 'creating', conditions: [ready] })) },
    {
      step: 'another applies a condition',
      ...apply(status, 'watcher', statusOf({ conditions: [{ ...ready, type: 'Degraded' }] })),
    },
    { step: 'conflict', ...apply(status, 'watcher', statusOf({ state: 'configured' })) },
    {
      step: 'the name of the other subresource',
      ...apply(one, 'controller', cluster('seen', { spec: { app: 'other' } })),
    },
    {
      step: 'a spec through the status',
      ...apply(
        status,
        'watcher',
        statusOf({ conditions: [{ ...ready, type: 'Degraded' }] }, { spec: { app: 'stolen' } }),
      ),
    },
    {
      step: 'a label through the status',
      ...apply(
        status,
        'watcher',
        statusOf({ conditions: [{ ...ready, type: 'Degraded' }] }, { metadata: { name: 'seen', labels: { a: '1' } } }),
      ),
    },
    {
      step: 'a status through the main resource',
      ...apply(one, 'alice', cluster('seen', { status: { state: 'configured', lastNodeID: 7 } })),
    },
    { step: 'a merge patch', ...merge(status, { status: { state: 'updating' } }, { fieldManager: 'controller' }) },
    {
      step: 'a replacement',
      ...putEdited(
        status,
        'a merge patch',
        { status: { lastNodeID: 3 }, spec: { app: 'stolen' } },
        { fieldManager: 'controller' },
      ),
    },
    {
      step: 'a replacement of the whole leaves it',
      ...putEdited(one, 'a replacement', { status: null, metadata: { labels: { b: '1' } } }, { fieldManager: 'alice' }),
    },
    {
      step: 'owners cannot be changed here',
      ...merge(status, { metadata: { managedFields: [] }, status: { lastNodeID: 4 } }, { fieldManager: 'controller' }),
    },
    {
      step: 'the controller gives up its condition',
      ...apply(status, 'controller', statusOf({ state: 'updating' }), { force: 'true' }),
    },
    { step: 'a duplicate condition', ...apply(status, 'watcher', statusOf({ conditions: [ready, ready] })) },
    { step: 'no manager', ...apply(status, '', statusOf({})) },
    { step: 'what is stored', ...get(one) },
    {
      step: 'created with a status by an update',
      ...post(group, cluster('created', { status: { state: 'configured' } }), { fieldManager: 'alice' }),
    },
    {
      step: 'and its first status',
      ...merge(`${clusters('created')}/status`, { status: { state: 'creating' } }, { fieldManager: 'controller' }),
    },
  ],
};

const set = statefulSets('scaled');
const scale = `${set}/scale`;
const statefulSet = (spec: object = { replicas: 3 }): object => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'scaled' },
  spec: {
    serviceName: 'scaled',
    selector: { matchLabels: { app: 'scaled' } },
    template: { metadata: { labels: { app: 'scaled' } }, spec: { containers: [{ name: 'c', image: 'image:1' }] } },
    ...spec,
  },
});
const scaleOf = (replicas: number, metadata: object = {}): object => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'scaled', ...metadata },
  spec: { replicas },
});

const scales: ApplyScenario = {
  name: 'a scale is a field of what it scales',
  steps: [
    { step: 'create', ...apply(set, 'alice', statefulSet()) },
    { step: 'its scale', ...get(scale) },
    {
      step: 'a replacement takes the replicas',
      ...putEdited(scale, 'its scale', { spec: { replicas: 5 } }, { fieldManager: 'hpa' }),
    },
    { step: 'who owns what', ...get(set) },
    { step: 'no change', ...merge(scale, { spec: { replicas: 5 } }, { fieldManager: 'hpa' }) },
    { step: 'who owns what after no change', ...get(set) },
    { step: 'no change by another', ...merge(scale, { spec: { replicas: 5 } }, { fieldManager: 'kubectl-scale' }) },
    { step: 'who owns what after no change by another', ...get(set) },
    { step: 'the applier meets a conflict', ...apply(set, 'alice', statefulSet()) },
    { step: 'and takes it back', ...apply(set, 'alice', statefulSet(), { force: 'true' }) },
    { step: 'an apply to the scale conflicts', ...apply(scale, 'hpa', scaleOf(4)) },
    { step: 'with force', ...apply(scale, 'hpa', scaleOf(4), { force: 'true' }) },
    { step: 'who owns what after an apply to the scale', ...get(set) },
    { step: 'the same apply again', ...apply(scale, 'hpa', scaleOf(4)) },
    { step: 'the applier gives replicas up', ...apply(set, 'alice', statefulSet({})) },
    { step: 'the applier shares replicas', ...apply(set, 'alice', statefulSet({ replicas: 4 })) },
    {
      step: 'a merge patch to the scale takes it from both',
      ...merge(scale, { spec: { replicas: 6 } }, { fieldManager: 'kubectl-scale' }),
    },
    { step: 'who owns what in the end', ...get(set) },
    { step: 'another kind', ...apply(scale, 'hpa', statefulSet()) },
    { step: 'another name', ...apply(scale, 'hpa', { ...scaleOf(4), metadata: { name: 'other' } }, { force: 'true' }) },
    { step: 'no manager', ...apply(scale, '', scaleOf(4)) },
    { step: 'an older resourceVersion', ...put(scale, scaleOf(4, { resourceVersion: '<revision 1>' })) },
    { step: 'negative replicas', ...apply(scale, 'hpa', scaleOf(-1), { force: 'true' }) },
    { step: 'a scale of nothing', ...apply(`${statefulSets('missing')}/scale`, 'hpa', scaleOf(1)) },
  ],
};

const all = '/apis/apps/v1/namespaces/NAMESPACE/statefulsets';

const updated: ApplyScenario = {
  name: 'a scale of what was created without apply',
  steps: [
    { step: 'create', ...post(all, statefulSet(), { fieldManager: 'alice' }) },
    { step: 'a change by another', ...merge(scale, { spec: { replicas: 5 } }, { fieldManager: 'bob' }) },
    { step: 'who owns what', ...get(set) },
    { step: 'a change by the creator', ...merge(scale, { spec: { replicas: 4 } }, { fieldManager: 'alice' }) },
    { step: 'who owns what then', ...get(set) },
    {
      step: 'a change through the main resource',
      ...merge(set, { spec: { replicas: 3 } }, { fieldManager: 'alice' }),
    },
    {
      step: 'an empty list of managedFields',
      ...merge(set, { metadata: { managedFields: [] } }),
      differs:
        'an empty list changes nothing here, as with custom resources; kube-apiserver forgets the owners of its own kinds',
    },
    { step: 'an empty entry', ...merge(set, { metadata: { managedFields: [{}] } }), differs: 'as the step before' },
  ],
};

const split = 'kube-apiserver splits the entry of a manager who stays the owner, and loses one half of it later';

const unchanged: ApplyScenario = {
  name: 'a scale that its creator does not change',
  steps: [
    { step: 'create', ...post(all, statefulSet(), { fieldManager: 'alice' }) },
    { step: 'no change', ...merge(scale, { spec: { replicas: 3 } }, { fieldManager: 'alice' }), differs: split },
    { step: 'who owns what', ...get(set), differs: split },
    { step: 'a change', ...merge(scale, { spec: { replicas: 4 } }, { fieldManager: 'alice' }), differs: split },
    { step: 'who owns what then', ...get(set), differs: split },
  ],
};

export const subresourceScenarios: readonly ApplyScenario[] = [statuses, scales, updated, unchanged];
