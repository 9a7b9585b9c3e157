/** Deletions of one object and of collections. */
import {
  app,
  apply,
  apps,
  ask,
  get,
  jsonPatch,
  merge,
  post,
  putEdited,
  remove,
  unseen,
  type LiveRequest,
  type LiveScenario,
} from '../scenario.ts';

const one = apps('one');
const held = { metadata: { finalizers: ['example.com/hold'] } };
const options = (body: object, query: Readonly<Record<string, string>> = {}): LiveRequest =>
  remove(one, { apiVersion: 'v1', kind: 'DeleteOptions', ...body }, { dryRun: 'All', ...query });
const tried = (body: object): LiveRequest => options({ dryRun: ['All'], ...body });

const bodies: LiveScenario = {
  name: 'options of deletions',
  steps: {
    create: post(apps(), app('one')),
    'of nothing': remove(apps('nothing')),
    'a uid that is not its own': tried({ preconditions: { uid: 'x' } }),
    'its uid': tried({ preconditions: { uid: '<uid 1>' } }),
    'a resourceVersion that is not its own': tried({ preconditions: { resourceVersion: '1' } }),
    'its resourceVersion': tried({ preconditions: { resourceVersion: '<revision 1>' } }),
    'its uid and a wrong resourceVersion': tried({ preconditions: { uid: '<uid 1>', resourceVersion: '1' } }),
    'empty preconditions': tried({ preconditions: {} }),
    'an empty uid': tried({ preconditions: { uid: '' } }),
    'text as preconditions': tried({ preconditions: 'x' }),
    'gracePeriodSeconds 0': tried({ gracePeriodSeconds: 0 }),
    'gracePeriodSeconds 30': tried({ gracePeriodSeconds: 30 }),
    'negative gracePeriodSeconds': tried({ gracePeriodSeconds: -1 }),
    'text as gracePeriodSeconds': tried({ gracePeriodSeconds: 'soon' }),
    Background: tried({ propagationPolicy: 'Background' }),
    Foreground: tried({ propagationPolicy: 'Foreground' }),
    Orphan: tried({ propagationPolicy: 'Orphan' }),
    'an empty policy': tried({ propagationPolicy: '' }),
    'an absurd policy': tried({ propagationPolicy: 'Sideways' }),
    orphanDependents: tried({ orphanDependents: true }),
    'orphanDependents of false': tried({ orphanDependents: false }),
    'orphanDependents and a policy': tried({ orphanDependents: true, propagationPolicy: 'Orphan' }),
    'an absurd dryRun': options({ dryRun: ['Some'] }),
    'dryRun twice': options({ dryRun: ['All', 'All'] }),
    ignoreStoreReadErrorWithClusterBreakingPotential: tried({ ignoreStoreReadErrorWithClusterBreakingPotential: true }),
    'an unknown field': tried({ color: 'red' }),
    'another kind': remove(one, { kind: 'Pod', apiVersion: 'v1', dryRun: ['All'] }),
    'of our group': remove(one, { kind: 'DeleteOptions', apiVersion: 'GROUP/v1beta1', dryRun: ['All'] }),
    'of another version': remove(one, { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', dryRun: ['All'] }),
    'no kind': remove(one, { dryRun: ['All'] }),
    'cut off': ask('DELETE', one, { body: '{', contentType: 'application/json' }),
    'a list': ask('DELETE', one, { body: '[]', contentType: 'application/json', query: { dryRun: 'All' } }),
    'as text': ask('DELETE', one, { body: '{"dryRun":["All"]}', contentType: 'text/plain' }),
    'as YAML': ask('DELETE', one, { body: 'dryRun: [All]\n', contentType: 'application/yaml' }),
    'dryRun in the query': remove(one, undefined, { dryRun: 'All' }),
    'an absurd dryRun in the query': remove(one, undefined, { dryRun: 'Some' }),
    'propagationPolicy in the query': remove(one, undefined, { dryRun: 'All', propagationPolicy: 'Orphan' }),
    'an absurd propagationPolicy in the query': remove(one, undefined, { propagationPolicy: 'Sideways' }),
    'orphanDependents in the query': remove(one, undefined, { dryRun: 'All', orphanDependents: 'true' }),
    'an absurd orphanDependents in the query': remove(one, undefined, { dryRun: 'All', orphanDependents: 'maybe' }),
    'gracePeriodSeconds in the query': remove(one, undefined, { dryRun: 'All', gracePeriodSeconds: '5' }),
    'an absurd gracePeriodSeconds in the query': remove(one, undefined, { gracePeriodSeconds: 'soon' }),
    'preconditions in the query': remove(one, undefined, { dryRun: 'All', uid: 'x' }),
    'it is still there': get(one),
    delete: remove(one),
    again: remove(one),
  },
};

const finalizers: LiveScenario = {
  name: 'deletions with finalizers',
  steps: {
    create: post(apps(), app('one', held)),
    'dry run': remove(one, undefined, { dryRun: 'All' }),
    delete: remove(one),
    again: remove(one),
    'again with a wrong uid': remove(one, { preconditions: { uid: 'x' } }),
    get: get(one),
    'create it again': post(apps(), app('one')),
    'apply it again': apply(one, 'me', app('one')),
    'another finalizer': merge(one, { metadata: { finalizers: ['example.com/hold', 'example.com/other'] } }),
    'one finalizer for another': merge(one, { metadata: { finalizers: ['example.com/other'] } }),
    'a label': merge(one, { metadata: { labels: { a: 'b' } } }),
    'the spec': merge(one, { spec: { version: '2' } }),
    'an owner': merge(one, {
      metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'x' }] },
    }),
    'no deletionTimestamp': merge(one, { metadata: { deletionTimestamp: null } }),
    'another deletionTimestamp': merge(one, { metadata: { deletionTimestamp: '2001-01-01T00:00:00Z' } }),
    'another grace period': merge(one, { metadata: { deletionGracePeriodSeconds: 9 } }),
    now: get(one),
    'put with no deletionTimestamp': putEdited(one, 'now', {
      metadata: { deletionTimestamp: null, labels: { c: 'd' } },
    }),
    'remove the finalizer in a dry run': merge(one, { metadata: { finalizers: null } }, { dryRun: 'All' }),
    'remove the finalizer': jsonPatch(one, [{ op: 'remove', path: '/metadata/finalizers/0' }]),
    'it is gone': get(one),
  },
};

const policies: LiveScenario = {
  name: 'propagation policies',
  steps: {
    create: post(apps(), app('one', held)),
    Orphan: remove(one, { propagationPolicy: 'Orphan' }),
    'Foreground then': unseen(remove(one, { propagationPolicy: 'Foreground' })),
    'without finalizers': unseen(merge(one, { metadata: { finalizers: null } })),
    'create another': post(apps(), app('two', held)),
    orphanDependents: remove(apps('two'), { orphanDependents: true }),
    'create with orphan': post(apps(), app('three', { metadata: { finalizers: ['orphan', 'example.com/hold'] } })),
    'Background of what has orphan': remove(apps('three'), { propagationPolicy: 'Background' }),
    'create with foregroundDeletion': post(
      apps(),
      app('four', { metadata: { finalizers: ['foregroundDeletion', 'example.com/hold'] } }),
    ),
    'no policy for what has foregroundDeletion': remove(apps('four')),
  },
};

const many = apps();
const labelled = (name: string, value: string, more: object = {}): LiveRequest =>
  post(apps(), app(name, { metadata: { labels: { set: value }, ...more } }));

const collections: LiveScenario = {
  name: 'deletions of collections',
  steps: {
    'create a': labelled('a', 'x'),
    'create b': labelled('b', 'x'),
    'create c': labelled('c', 'y'),
    'create d': labelled('d', 'z', { finalizers: ['example.com/hold'] }),
    'dry run': remove(many, undefined, { dryRun: 'All' }),
    'dry run in the body': remove(many, { dryRun: ['All'] }),
    'all are there': get(many),
    'of no label': remove(many, undefined, { labelSelector: 'set=none' }),
    'of a wrong label selector': remove(many, undefined, { labelSelector: 'a=b=c' }),
    'of a wrong field selector': remove(many, undefined, { fieldSelector: 'spec.nothing=x' }),
    'by name': remove(many, undefined, { fieldSelector: 'metadata.name=c' }),
    'of a label': remove(many, undefined, { labelSelector: 'set=x' }),
    'what is left': get(many),
    'a wrong limit': remove(many, undefined, { limit: 'many' }),
    'a wrong resourceVersion': remove(many, undefined, { resourceVersion: 'abc' }),
    'a resourceVersion to come': remove(many, undefined, { resourceVersion: '99999999999' }),
    'resourceVersionMatch alone': remove(many, undefined, { resourceVersionMatch: 'Exact' }),
    'a wrong continue': remove(many, undefined, { continue: 'x' }),
    'a wrong policy': remove(many, { propagationPolicy: 'Sideways' }),
    'a wrong uid': remove(many, { preconditions: { uid: 'x' } }),
    all: remove(many),
    'what has a finalizer': get(many),
    'across namespaces': remove('/apis/GROUP/v1beta1/kubedirectorapps', undefined, { labelSelector: 'set=none' }),
    'as a table': ask('DELETE', many, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
      query: { labelSelector: 'set=none' },
    }),
  },
};

export const deletionScenarios: readonly LiveScenario[] = [bodies, finalizers, policies, collections];
