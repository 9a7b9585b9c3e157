/** Valid and invalid names, namespaces and other metadata of new objects. */
import { app, apps, ask, get, merge, post, put, unseen, type LiveRequest, type LiveScenario } from '../scenario.ts';

const create = (metadata: Readonly<Record<string, unknown>>): LiveRequest =>
  post(apps(), { ...app(''), metadata: { name: 'a', ...metadata } }, { dryRun: 'All' });
const long = (length: number): string => 'n'.repeat(length);

const names: LiveScenario = {
  name: 'names',
  steps: {
    'one letter': create({ name: 'a' }),
    'of digits': create({ name: '123' }),
    'with dots': create({ name: 'a.b.c' }),
    'of 253 letters': create({ name: long(253) }),
    'of 254 letters': create({ name: long(254) }),
    'a dot at its end': create({ name: 'a.' }),
    'a dash at its start': create({ name: '-a' }),
    'two dots': create({ name: 'a..b' }),
    'an underscore': create({ name: 'a_b' }),
    'a blank': create({ name: 'a b' }),
    'a slash': create({ name: 'a/b' }),
    'a percent sign': create({ name: 'a%b' }),
    'other letters': create({ name: 'größe' }),
    'a dot alone': create({ name: '.' }),
    'two dots alone': create({ name: '..' }),
    'a number': create({ name: 5 }),
    null: create({ name: null }),
    'an object': create({ name: {} }),
    'no metadata': post(apps(), { ...app('a'), metadata: undefined }),
    'null as metadata': post(apps(), { ...app('a'), metadata: null }),
    'text as metadata': post(apps(), { ...app('a'), metadata: 'a' }),
    'a list as metadata': post(apps(), { ...app('a'), metadata: [] }),
  },
};

const generated: LiveScenario = {
  name: 'generated names',
  steps: {
    'a name': unseen(post(apps(), app('', { metadata: { name: undefined, generateName: 'made-' } }))),
    made: post(apps(), app('', { metadata: { name: undefined, generateName: 'made-' } })),
    'made in a dry run': post(apps(), app('', { metadata: { name: undefined, generateName: 'made-' } }), {
      dryRun: 'All',
    }),
    'beside a name': post(apps(), app('both', { metadata: { generateName: 'made-' } })),
    'empty, without a name': post(apps(), app('', { metadata: { name: undefined, generateName: '' } })),
    'not valid': post(apps(), app('', { metadata: { name: undefined, generateName: 'Made_' } }), { dryRun: 'All' }),
    'not valid beside a name': post(apps(), app('other', { metadata: { generateName: 'Made_' } }), { dryRun: 'All' }),
    long: post(apps(), app('', { metadata: { name: undefined, generateName: long(70) } }), {
      dryRun: 'All',
      fieldManager: 'm',
    }),
    'changed by a merge patch': merge(apps('both'), { metadata: { generateName: 'other-' } }),
    'removed by a merge patch': merge(apps('both'), { metadata: { generateName: null } }),
    'a number': post(apps(), app('a', { metadata: { generateName: 7 } })),
  },
};

const namespaces: LiveScenario = {
  name: 'namespaces of objects',
  steps: {
    'its own': create({ namespace: 'NAMESPACE' }),
    another: create({ namespace: 'default' }),
    empty: create({ namespace: '' }),
    null: create({ namespace: null }),
    'not valid': create({ namespace: 'No_Such' }),
    'no namespace in the path': post('/apis/GROUP/v1beta1/kubedirectorapps', app('a')),
    'no namespace in the path, but in the body': post(
      '/apis/GROUP/v1beta1/kubedirectorapps',
      app('a', { metadata: { namespace: 'NAMESPACE' } }),
    ),
    'an invalid namespace in the path': post('/apis/GROUP/v1beta1/namespaces/No_Such/kubedirectorapps', app('a')),
    'list in an invalid namespace': get('/apis/GROUP/v1beta1/namespaces/No_Such/kubedirectorapps'),
    'list in a namespace that is not there': get('/apis/GROUP/v1beta1/namespaces/not-there/kubedirectorapps'),
    'get in a namespace that is not there': get('/apis/GROUP/v1beta1/namespaces/not-there/kubedirectorapps/a'),
    'create in a namespace that is not there': post(
      '/apis/GROUP/v1beta1/namespaces/not-there/kubedirectorapps',
      app('a'),
    ),
    'dry run in a namespace that is not there': post(
      '/apis/GROUP/v1beta1/namespaces/not-there/kubedirectorapps',
      app('a'),
      { dryRun: 'All' },
    ),
    'create what is not valid in a namespace that is not there': post(
      '/apis/GROUP/v1beta1/namespaces/not-there/kubedirectorapps',
      app('A'),
    ),
    'delete in a namespace that is not there': ask(
      'DELETE',
      '/apis/GROUP/v1beta1/namespaces/not-there/kubedirectorapps/a',
    ),
    'deletecollection in a namespace that is not there': ask(
      'DELETE',
      '/apis/GROUP/v1beta1/namespaces/not-there/kubedirectorapps',
    ),
    'put in a namespace that is not there': put(
      '/apis/GROUP/v1beta1/namespaces/not-there/kubedirectorapps/a',
      app('a'),
    ),
    'patch in a namespace that is not there': merge('/apis/GROUP/v1beta1/namespaces/not-there/kubedirectorapps/a', {}),
    'an empty namespace in the path': get('/apis/GROUP/v1beta1/namespaces//kubedirectorapps', {
      labelSelector: 'none=such',
    }),
  },
};

const labels = (value: unknown): LiveRequest => create({ labels: value });
const annotations = (value: unknown): LiveRequest => create({ annotations: value });

const maps: LiveScenario = {
  name: 'labels and annotations',
  steps: {
    labels: labels({ a: 'b', 'example.com/a': 'b', empty: '' }),
    'no labels': labels({}),
    'null as labels': labels(null),
    'a list as labels': labels([]),
    'text as labels': labels('a=b'),
    'null as a label': labels({ a: null }),
    'a number as a label': labels({ a: 1 }),
    'a boolean as a label': labels({ a: true }),
    'an empty key': labels({ '': 'a' }),
    'a key with a blank': labels({ 'a b': '' }),
    'a key of 64 letters': labels({ [long(64)]: '' }),
    'a key with two slashes': labels({ 'a/b/c': '' }),
    'a key with an empty prefix': labels({ '/a': '' }),
    'a key with an empty name': labels({ 'example.com/': '' }),
    'a prefix of upper case': labels({ 'Example.com/a': '' }),
    'a prefix of 254 letters': labels({ [`${long(254)}/a`]: '' }),
    'a value of 64 letters': labels({ a: long(64) }),
    'a value with a blank': labels({ a: 'a b' }),
    'a value with a dash at its end': labels({ a: 'a-' }),
    annotations: annotations({ a: 'a b\nc', 'example.com/a': '{}' }),
    'no annotations': annotations({}),
    'null as annotations': annotations(null),
    'null as an annotation': annotations({ a: null }),
    'a number as an annotation': annotations({ a: 1 }),
    'an annotation of upper case': annotations({ 'Example.com/A': 'x' }),
    'a wrong annotation': annotations({ 'a b': 'x' }),
    'annotations of 256 KiB': annotations({ a: long(256 * 1024 - 1) }),
    'annotations of more than 256 KiB': annotations({ a: long(256 * 1024) }),
  },
};

const finalizers = (value: unknown): LiveRequest => create({ finalizers: value });
const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: '11111111-2222-3333-4444-555555555555' };
const owners = (value: unknown): LiveRequest => create({ ownerReferences: value });

const references: LiveScenario = {
  name: 'finalizers and owners',
  steps: {
    finalizers: finalizers(['example.com/a', 'example.com/b']),
    'a finalizer twice': finalizers(['example.com/a', 'example.com/a']),
    'no finalizers': finalizers([]),
    'null as finalizers': finalizers(null),
    'text as finalizers': finalizers('example.com/a'),
    'null as a finalizer': finalizers([null]),
    'a number as a finalizer': finalizers([1]),
    'an empty finalizer': finalizers(['']),
    'a finalizer without a domain': finalizers(['hold']),
    'a wrong finalizer': finalizers(['a b']),
    'orphan and foreground': finalizers(['orphan', 'foregroundDeletion']),
    'an unknown finalizer of Kubernetes': finalizers(['kubernetes.io/unknown']),
    kubernetes: finalizers(['kubernetes']),
    'an owner': owners([owner]),
    'no owners': owners([]),
    'null as owners': owners(null),
    'null as an owner': owners([null]),
    'an owner twice': owners([owner, owner]),
    'an owner without a uid': owners([{ ...owner, uid: undefined }]),
    'an owner with an empty uid': owners([{ ...owner, uid: '' }]),
    'an owner without a name': owners([{ ...owner, name: undefined }]),
    'an owner without a kind': owners([{ ...owner, kind: '' }]),
    'an owner without a version': owners([{ ...owner, apiVersion: '' }]),
    'an owner of a wrong version': owners([{ ...owner, apiVersion: 'a/b/c' }]),
    'an owner that may not be one': owners([{ ...owner, kind: 'Event' }]),
    'a controller': owners([{ ...owner, controller: true, blockOwnerDeletion: true }]),
    'two controllers': owners([
      { ...owner, controller: true },
      { ...owner, uid: '2', controller: true },
    ]),
    'an owner with a field that is none': owners([{ ...owner, color: 'red' }]),
    'a controller that is no boolean': owners([{ ...owner, controller: 'yes' }]),
  },
};

const system: LiveScenario = {
  name: 'metadata that servers set',
  steps: {
    'a uid': create({ uid: 'mine' }),
    'a uid that is a number': create({ uid: 1 }),
    'a creationTimestamp': create({ creationTimestamp: '2001-01-01T00:00:00Z' }),
    'a creationTimestamp of null': create({ creationTimestamp: null }),
    'a creationTimestamp that is none': create({ creationTimestamp: 'yesterday' }),
    'a deletionTimestamp': create({ deletionTimestamp: '2001-01-01T00:00:00Z', deletionGracePeriodSeconds: 3 }),
    'a deletionTimestamp that is none': create({ deletionTimestamp: 'soon' }),
    'a generation': create({ generation: 7 }),
    'a generation that is a text': create({ generation: 'seven' }),
    'a selfLink': create({ selfLink: '/a' }),
    'a resourceVersion': create({ resourceVersion: '12' }),
    'a resourceVersion of 0': create({ resourceVersion: '0' }),
    'an empty resourceVersion': create({ resourceVersion: '' }),
    'a resourceVersion that is a number': create({ resourceVersion: 12 }),
    'a field that is none': create({ clusterName: 'a', color: 'red' }),
    managedFields: create({
      managedFields: [
        {
          manager: 'me',
          operation: 'Update',
          apiVersion: 'GROUP/v1beta1',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': {} },
        },
      ],
    }),
    'managedFields with an empty entry': create({ managedFields: [{}] }),
    'managedFields with an empty entry, and what servers set': create({
      ...{ uid: 'mine', generation: 9, creationTimestamp: '2001-01-01T00:00:00Z' },
      ...{ deletionTimestamp: '2001-01-01T00:00:00Z', managedFields: [{}], selfLink: '/x' },
    }),
    'managedFields without a type': create({
      managedFields: [{ manager: 'me', operation: 'Update', apiVersion: 'GROUP/v1beta1' }],
    }),
    'managedFields of another operation': create({
      managedFields: [
        { manager: 'me', operation: 'Guess', apiVersion: 'GROUP/v1beta1', fieldsType: 'FieldsV1', fieldsV1: {} },
      ],
    }),
    'managedFields of another type': create({
      managedFields: [
        { manager: 'me', operation: 'Update', apiVersion: 'GROUP/v1beta1', fieldsType: 'FieldsV2', fieldsV1: {} },
      ],
    }),
  },
};

const types: LiveScenario = {
  name: 'kinds and versions of bodies',
  steps: {
    'another kind': post(apps(), { ...app('a'), kind: 'KubeDirectorCluster' }),
    'a kind that is none': post(apps(), { ...app('a'), kind: 'Nothing' }),
    'another version': post(apps(), { ...app('a'), apiVersion: 'GROUP/v1' }),
    'another group': post(apps(), { ...app('a'), apiVersion: 'apps/v1' }),
    'no group': post(apps(), { ...app('a'), apiVersion: 'v1beta1' }),
    'a version that is none': post(apps(), { ...app('a'), apiVersion: 'a/b/c' }),
    'a number as the version': post(apps(), { ...app('a'), apiVersion: 1 }),
    'a number as the kind': post(apps(), { ...app('a'), kind: 1 }),
    'no version': post(apps(), { ...app('a'), apiVersion: undefined }),
    'no kind': post(apps(), { ...app('a'), kind: undefined }),
    neither: post(apps(), { ...app('b'), kind: undefined, apiVersion: undefined }),
    'a list': post(apps(), { apiVersion: 'GROUP/v1beta1', kind: 'KubeDirectorAppList', items: [app('a')] }),
    'put of another kind': put(apps('a'), { ...app('a'), kind: 'KubeDirectorCluster' }),
    'merge of another kind': merge(apps('a'), { kind: 'KubeDirectorCluster' }),
    'merge of another version': merge(apps('a'), { apiVersion: 'GROUP/v1' }),
  },
};

export const nameScenarios: readonly LiveScenario[] = [names, generated, namespaces, maps, references, system, types];
