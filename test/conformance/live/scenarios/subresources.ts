/** The status of objects that the controller does not change, and the scale of objects that it runs. */
import type { Answer } from '../../target.ts';
import {
  accept,
  apply,
  apps,
  ask,
  cluster,
  clusters,
  get,
  jsonPatch,
  merge,
  post,
  put,
  putEdited,
  remove,
  unseen,
  type LiveRequest,
  type LiveScenario,
} from '../scenario.ts';
import { custom, running, scalableApp, scale, scaled } from './scaled.ts';

const all = '/apis/GROUP/v1beta1/namespaces/NAMESPACE/kubedirectorclusters';
const one = clusters('one');
const status = `${one}/status`;
/** The labels of a cluster that waits for its backup: no other client writes to it. */
const waiting = {
  'kubedirector.hpe.com/restoring': '',
  'kubedirector.hpe.com/allow-delete-while-restoring': '',
};
const create = post(all, cluster('one', { metadata: { labels: waiting }, status: { state: 'sent' } }));

/** The status fields that the controller sets on a waiting cluster. */
const ofController = ['conditions', 'observedGeneration', 'restoreProgress'];

function withoutController(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('metadata' in body)) return body;
  const { managedFields = [], ...metadata } = body.metadata as { managedFields?: { manager: string }[] };
  // The client that created the status owns the status itself.
  const entries = managedFields
    .filter(({ manager }) => manager !== 'kubedirector')
    .map(
      (entry) =>
        JSON.parse(JSON.stringify(entry).replace(/"f:status":\{(?:"\.":\{\})?,?/, '"f:status":{')) as {
          manager: string;
        },
    )
    .filter((entry) => !JSON.stringify(entry).includes('"fieldsV1":{"f:status":{}}'));
  const rest = { ...body, metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields: entries } };
  if (!('status' in rest) || typeof rest.status !== 'object') return rest;
  const status = Object.entries(rest.status ?? {}).filter(([field]) => !ofController.includes(field));
  return status.length === 0 ? { ...rest, status: undefined } : { ...rest, status: Object.fromEntries(status) };
}

/** Whether our controller has set the status. It does so once. */
const isTold = ({ body }: Answer): boolean => {
  const { apiVersion, status } = body as { apiVersion: string; status?: { observedGeneration?: number } };
  return apiVersion !== 'kubedirector.hpe.com/v1beta1' || status?.observedGeneration !== undefined;
};
const ignoringController = (steps: LiveScenario['steps']): LiveScenario['steps'] =>
  Object.fromEntries(Object.entries(steps).map(([step, request]) => [step, { only: withoutController, ...request }]));

const statuses: LiveScenario = {
  name: 'status',
  othersWrite: true,
  steps: ignoringController({
    'create with a status': create,
    'the controller has told': { ...unseen(get(one)), until: isTold },
    get: get(status),
    'get of nothing': get(`${clusters('nothing')}/status`),
    merge: merge(status, { status: { state: 'creating' } }, { fieldManager: 'controller' }),
    'the same merge': merge(status, { status: { state: 'creating' } }, { fieldManager: 'controller' }),
    'merge of a spec': merge(status, { spec: { app: 'other' } }),
    'merge of a label': merge(status, { metadata: { labels: { a: 'b' } } }),
    'merge of an annotation': merge(status, { metadata: { annotations: { a: 'b' } } }),
    'merge of a finalizer': merge(status, { metadata: { finalizers: ['example.com/hold'] } }),
    'merge of an owner': merge(status, {
      metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'x' }] },
    }),
    'merge of an unknown field': merge(status, { status: { nothing: 1 } }),
    'merge of a wrong type': merge(status, { status: { state: 5 } }),
    'merge of a wrong label': merge(status, { metadata: { labels: { 'a b': '' } } }),
    json: jsonPatch(status, [{ op: 'replace', path: '/status/state', value: 'updating' }]),
    'json that fails': jsonPatch(status, [{ op: 'test', path: '/status/state', value: 'nothing' }]),
    'the cluster': get(one),
    put: putEdited(status, 'the cluster', {
      status: { state: 'configured' },
      spec: { app: 'other' },
      metadata: { labels: { c: 'd' } },
    }),
    'put without a status': putEdited(status, 'put', { status: null }, { dryRun: 'All' }),
    'put with a former resourceVersion': putEdited(status, 'create with a status', {}),
    'put under another name': putEdited(status, 'the cluster', { metadata: { name: 'two' } }),
    'put of nothing': put(`${clusters('nothing')}/status`, cluster('nothing')),
    'put of another kind': putEdited(status, 'the cluster', { kind: 'KubeDirectorApp' }),
    'dry run': merge(status, { status: { state: 'deleting' } }, { dryRun: 'All' }),
    strict: merge(status, { status: { nothing: 1 } }, { fieldValidation: 'Strict' }),
    apply: apply(status, 'applier', {
      apiVersion: 'GROUP/v1beta1',
      kind: 'KubeDirectorCluster',
      metadata: { name: 'one' },
      status: { lastNodeID: 3 },
    }),
    'apply that conflicts': apply(status, 'applier', {
      apiVersion: 'GROUP/v1beta1',
      kind: 'KubeDirectorCluster',
      metadata: { name: 'one' },
      status: { state: 'ready' },
    }),
    'apply of a spec': apply(status, 'applier', {
      apiVersion: 'GROUP/v1beta1',
      kind: 'KubeDirectorCluster',
      metadata: { name: 'one' },
      spec: { app: 'x' },
      status: { lastNodeID: 3 },
    }),
    'apply to nothing': apply(`${clusters('nothing')}/status`, 'applier', {
      apiVersion: 'GROUP/v1beta1',
      kind: 'KubeDirectorCluster',
      metadata: { name: 'nothing' },
      status: {},
    }),
    'apply without a manager': apply(status, '', {
      apiVersion: 'GROUP/v1beta1',
      kind: 'KubeDirectorCluster',
      metadata: { name: 'one' },
    }),
    'strategic merge': ask('PATCH', status, { body: {}, contentType: 'application/strategic-merge-patch+json' }),
    'status through the cluster': merge(one, { status: { state: 'ignored' }, metadata: { annotations: { x: 'y' } } }),
    POST: post(status, cluster('one')),
    DELETE: remove(status),
    watch: get(status, { watch: 'true', timeoutSeconds: '1' }),
    'a table': accept(status, 'application/json;as=Table;v=v1;g=meta.k8s.io', { includeObject: 'None' }),
    metadata: accept(status, 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'),
    'the cluster in the end': get(one),
  }),
};

/** Without the status: the number of members and their selector depend on the domain. */
const wished = (body: unknown): unknown => {
  if (typeof body !== 'object' || body === null || !('status' in body) || typeof body.status !== 'object') return body;
  return { ...body, status: {} };
};
const looked = (request: LiveRequest): LiveRequest => ({ ...request, only: wished });

const scales: LiveScenario = {
  name: 'scale',
  othersWrite: true,
  steps: {
    'an app': unseen(post(apps(), scalableApp)),
    create: { ...unseen(post(all, running(0))), ofCustomResource: custom },
    get: looked(get(scale)),
    'get of nothing': get(`${clusters('nothing')}/scale`),
    put: looked(put(scale, scaled(2))),
    'put of the same': looked(put(scale, scaled(2))),
    'put without a name': looked(put(scale, scaled(2, { metadata: {} }))),
    'put under another name': put(scale, scaled(2, { metadata: { name: 'two' } })),
    'put in another namespace': put(scale, scaled(2, { metadata: { name: 'one', namespace: 'default' } })),
    'put of another kind': put(scale, scaled(2, { kind: 'KubeDirectorCluster' })),
    'put of another version': put(scale, scaled(2, { apiVersion: 'autoscaling/v2' })),
    'put with no kind': looked(put(scale, { metadata: { name: 'one' }, spec: { replicas: 2 } })),
    'put with an old resourceVersion': put(scale, scaled(2, { metadata: { name: 'one', resourceVersion: '1' } })),
    'put with a wrong resourceVersion': put(scale, scaled(2, { metadata: { name: 'one', resourceVersion: 'abc' } })),
    'put with a wrong uid': put(scale, scaled(2, { metadata: { name: 'one', uid: 'x' } })),
    'put of a negative number': put(scale, scaled(-1)),
    'put of a text': put(scale, scaled('two')),
    'put of half a member': put(scale, scaled(1.5)),
    'put beyond 32 bits': put(scale, scaled(2_147_483_648)),
    'put of null': looked(put(scale, scaled(null), { dryRun: 'All' })),
    'put without replicas': looked(put(scale, scaled(undefined), { dryRun: 'All' })),
    'put without a spec': looked(
      put(scale, { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'one' } }, { dryRun: 'All' }),
    ),
    'put with a status': looked(put(scale, scaled(2, { status: { replicas: 7 } }), { dryRun: 'All' })),
    'put with a label': looked(
      put(scale, scaled(2, { metadata: { name: 'one', labels: { a: 'b' } } }), { dryRun: 'All' }),
    ),
    'put with an unknown field': looked(put(scale, scaled(2, { color: 'red' }), { dryRun: 'All' })),
    'put with an unknown field, strictly': put(scale, scaled(2, { color: 'red' }), {
      dryRun: 'All',
      fieldValidation: 'Strict',
    }),
    merge: looked(merge(scale, { spec: { replicas: 1 } })),
    'merge of the same': looked(merge(scale, { spec: { replicas: 1 } })),
    'merge of a negative number': merge(scale, { spec: { replicas: -1 } }),
    'merge of a text': merge(scale, { spec: { replicas: 'two' } }),
    'merge of another name': merge(scale, { metadata: { name: 'two' } }),
    'merge with an old resourceVersion': merge(scale, { metadata: { resourceVersion: '1' }, spec: { replicas: 1 } }),
    'merge of a label': looked(merge(scale, { metadata: { labels: { a: 'b' } } })),
    'dry run': looked(merge(scale, { spec: { replicas: 3 } }, { dryRun: 'All' })),
    'after it': looked(get(scale)),
    json: looked(jsonPatch(scale, [{ op: 'replace', path: '/spec/replicas', value: 2 }])),
    'json that fails': jsonPatch(scale, [{ op: 'test', path: '/spec/replicas', value: 9 }]),
    'strategic merge': ask('PATCH', scale, {
      body: { spec: { replicas: 2 } },
      contentType: 'application/strategic-merge-patch+json',
    }),
    'apply without a manager': apply(scale, '', scaled(2)),
    'apply of a negative number': apply(scale, 'hpa', scaled(-1), { force: 'true' }),
    apply: looked(apply(scale, 'hpa', scaled(0), { force: 'true' })),
    'apply of another kind': apply(scale, 'hpa', scaled(0, { kind: 'Other' }), { force: 'true' }),
    'apply under another name': apply(scale, 'hpa', scaled(0, { metadata: { name: 'two' } }), { force: 'true' }),
    'put of nothing': put(`${clusters('nothing')}/scale`, scaled(1)),
    'merge of nothing': merge(`${clusters('nothing')}/scale`, { spec: { replicas: 1 } }),
    POST: post(scale, scaled(1)),
    DELETE: remove(scale),
    watch: looked(get(scale, { watch: 'true', timeoutSeconds: '1' })),
    'a table': {
      ...accept(scale, 'application/json;as=Table;v=v1;g=meta.k8s.io'),
      only: (body) => (body as { columnDefinitions?: unknown }).columnDefinitions ?? body,
    },
    metadata: accept(scale, 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'),
    YAML: { ...accept(scale, 'application/yaml'), only: () => '' },
    empty: ask('PUT', scale, { body: '', contentType: 'application/json' }),
  },
};

export const subresourceScenarios: readonly LiveScenario[] = [statuses, scales];
