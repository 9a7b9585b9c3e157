/** Options and events of watches. */
import { app, apps, get, merge, post, remove, watch, type LiveRequest, type LiveScenario } from '../scenario.ts';

const one = apps('one');
const create = post(apps(), app('one', { metadata: { labels: { a: 'b' } } }));
const meanwhile = (path: string, query: Readonly<Record<string, string>>): LiveRequest =>
  watch(path, { timeoutSeconds: '6', ...query }, { meanwhile: true });
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
const refused = (query: Readonly<Record<string, string>>): LiveRequest => watch(apps(), query);

const told: LiveScenario = {
  name: 'what watches tell',
  steps: {
    'list of nothing': get(apps()),
    'all, as it happens': meanwhile(apps(), { resourceVersion: '<list 1>' }),
    'those with a label, as it happens': meanwhile(apps(), { resourceVersion: '<list 1>', labelSelector: 'a=b' }),
    'one name, as it happens': meanwhile(apps(), { resourceVersion: '<list 1>', fieldSelector: 'metadata.name=one' }),
    'those of a version, as it happens': meanwhile(apps(), {
      resourceVersion: '<list 1>',
      fieldSelector: 'spec.version=1',
    }),
    create,
    'create another': post(apps(), app('two', { metadata: { finalizers: ['example.com/hold'] } })),
    change: merge(one, { spec: { version: '2' } }),
    'no change': merge(one, { spec: { version: '2' } }),
    'another label': merge(one, { metadata: { labels: { a: 'c' } } }),
    'the label again': merge(one, { metadata: { labels: { a: 'b' } } }),
    delete: remove(one),
    'delete the other': remove(apps('two')),
    'release the other': merge(apps('two'), { metadata: { finalizers: null } }),
    'all, later': watch(apps(), { resourceVersion: '<list 1>' }),
    'after the creation': watch(apps(), { resourceVersion: '<revision 1>' }),
    'those with a label, later': watch(apps(), { resourceVersion: '<list 1>', labelSelector: 'a=b' }),
    'as a table, later': watch(apps(), { resourceVersion: '<list 1>' }, { headers: { accept: table } }),
    'as metadata, later': watch(apps(), { resourceVersion: '<list 1>' }, { headers: { accept: partial } }),
  },
};

const options: LiveScenario = {
  name: 'options of watches',
  steps: {
    create,
    list: get(apps()),
    'from nothing': watch(apps()),
    'from 0': watch(apps(), { resourceVersion: '0' }),
    'from an empty version': watch(apps(), { resourceVersion: '' }),
    'watch=1': get(apps(), { watch: '1', timeoutSeconds: '1' }),
    'watch of an absurd value': get(apps(), { watch: 'maybe', timeoutSeconds: '1' }),
    'watch of nothing': get(apps(), { watch: '', timeoutSeconds: '1' }),
    'from a wrong version': refused({ resourceVersion: 'abc' }),
    'from a negative version': refused({ resourceVersion: '-1' }),
    'from a version to come': refused({ resourceVersion: '99999999999' }),
    'a label selector that is none': refused({ labelSelector: 'a=b=c' }),
    'a field selector that is none': refused({ fieldSelector: 'spec.nothing=x' }),
    'a field selector without an operator': refused({ fieldSelector: 'metadata.name' }),
    'with a limit': watch(apps(), { limit: '1' }),
    'with a continue': refused({ continue: 'abc' }),
    'a wrong timeoutSeconds': refused({ timeoutSeconds: 'soon' }),
    'sendInitialEvents without a match': refused({ sendInitialEvents: 'true' }),
    'sendInitialEvents without bookmarks': refused({ sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }),
    'sendInitialEvents, exactly': refused({
      sendInitialEvents: 'true',
      resourceVersionMatch: 'Exact',
      resourceVersion: '1',
    }),
    'sendInitialEvents of false': refused({ sendInitialEvents: 'false', resourceVersionMatch: 'NotOlderThan' }),
    'sendInitialEvents with a continue': refused({
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      continue: 'x',
    }),
    'a match alone': refused({ resourceVersionMatch: 'NotOlderThan' }),
    'a match with a version': refused({ resourceVersionMatch: 'Exact', resourceVersion: '1' }),
    pretty: watch(apps(), { pretty: 'true' }),
    'one by its path': watch(one),
    'nothing by its path': watch(apps('nothing')),
    'one by its path, with its name': watch(one, { fieldSelector: 'metadata.name=one' }),
    'one by its path, with another name': watch(one, { fieldSelector: 'metadata.name=two' }),
    'of all namespaces': watch('/apis/GROUP/v1beta1/kubedirectorapps', {
      fieldSelector: 'metadata.namespace=NAMESPACE',
    }),
    'by the old path': get('/apis/GROUP/v1beta1/watch/namespaces/NAMESPACE/kubedirectorapps', { timeoutSeconds: '1' }),
    'one by the old path': get('/apis/GROUP/v1beta1/watch/namespaces/NAMESPACE/kubedirectorapps/one', {
      timeoutSeconds: '1',
    }),
    'as a table': watch(apps(), {}, { headers: { accept: table } }),
    'as a table without objects': watch(apps(), { includeObject: 'None' }, { headers: { accept: table } }),
    'as a table with whole objects': watch(apps(), { includeObject: 'Object' }, { headers: { accept: table } }),
    'as metadata': watch(apps(), {}, { headers: { accept: partial } }),
    'as YAML': watch(apps(), {}, { headers: { accept: 'application/yaml' } }),
    'as protobuf': watch(apps(), {}, { headers: { accept: 'application/vnd.kubernetes.protobuf' } }),
    'as protobuf or JSON': watch(
      apps(),
      {},
      { headers: { accept: 'application/vnd.kubernetes.protobuf,application/json' } },
    ),
    'as a stream': watch(apps(), {}, { headers: { accept: 'application/json;stream=watch' } }),
    'as text': watch(apps(), {}, { headers: { accept: 'text/plain' } }),
    'with gzip': watch(apps(), {}, { headers: { 'accept-encoding': 'gzip' } }),
    'with POST': post(`${apps()}?watch=true`, app('posted')),
  },
};

export const watchScenarios: readonly LiveScenario[] = [told, options];
