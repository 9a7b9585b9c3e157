/** Options of writes, and updates of whole objects. */
import {
  app,
  apps,
  ask,
  get,
  jsonPatch,
  merge,
  post,
  put,
  putEdited,
  remove,
  type LiveRequest,
  type LiveScenario,
} from '../scenario.ts';

const one = apps('one');
const unknown = app('one', {
  spec: { config: { selectedRoles: ['one'], roleServices: [], configMeta: {}, nope: 1 } },
  metadata: { color: 'red' },
});
const text = (object: object): string => JSON.stringify(object);
const twice = text(app('one')).replace('"version":"1"', '"version":"1","version":"2"');
const yaml = (body: string): Partial<LiveRequest> => ({ contentType: 'application/yaml', body });
const yamlApp = (spec: string): string => `apiVersion: GROUP/v1beta1
kind: KubeDirectorApp
metadata: {name: one}
spec:
  label: {name: Conformance}
  distroID: test/conformance
  version: "1"
  configSchemaVersion: 7
  roles: [{id: one, cardinality: "1", imageRepoTag: "image:1", configPackage: null, maxLogSizeDump: 256}]
  config: {selectedRoles: [one], roleServices: [], configMeta: {}}
  services: []
${spec}`;

function validated(body: unknown, contentType = 'application/json'): Record<string, LiveRequest> {
  return Object.fromEntries(
    ['Ignore', 'Warn', 'Strict', '', 'strict', 'Maybe'].map((fieldValidation) => [
      fieldValidation === '' ? 'an empty value' : fieldValidation,
      ask('POST', apps(), { body, contentType, query: { fieldValidation, dryRun: 'All' } }),
    ]),
  );
}

const validation: readonly LiveScenario[] = [
  { name: 'fieldValidation of unknown fields', steps: validated(unknown) },
  { name: 'fieldValidation of fields given twice', steps: validated(twice) },
  {
    name: 'fieldValidation of unknown fields and fields given twice',
    steps: validated(text(unknown).replace('"version":"1"', '"version":"1","version":"2"')),
  },
  {
    name: 'fieldValidation of YAML with unknown fields',
    steps: validated(yamlApp('  nope: 1\nother: 2\n'), 'application/yaml'),
  },
  {
    name: 'fieldValidation of YAML with fields given twice',
    steps: validated(yamlApp('  version: "2"\n'), 'application/yaml'),
  },
  {
    name: 'fieldValidation of patches and replacements',
    steps: {
      create: post(apps(), app('one')),
      ...Object.fromEntries(
        ['Ignore', 'Warn', 'Strict'].flatMap((fieldValidation) => [
          [
            `put ${fieldValidation}`,
            put(
              one,
              { ...unknown, metadata: { name: 'one', resourceVersion: '<revision 1>' } },
              { fieldValidation, dryRun: 'All' },
            ),
          ],
          [
            `put of a field given twice ${fieldValidation}`,
            put(one, twice.replace('"name":"one"', '"name":"one","resourceVersion":"<revision 1>"'), {
              fieldValidation,
              dryRun: 'All',
            }),
          ],
          [
            `merge ${fieldValidation}`,
            merge(one, { spec: { config: { nope: 1 } }, color: 'red' }, { fieldValidation, dryRun: 'All' }),
          ],
          [
            `merge of a field given twice ${fieldValidation}`,
            merge(one, '{"spec":{"version":"2","version":"3"}}', { fieldValidation, dryRun: 'All' }),
          ],
          [
            `json ${fieldValidation}`,
            jsonPatch(one, [{ op: 'add', path: '/spec/config/nope', value: 1 }], { fieldValidation, dryRun: 'All' }),
          ],
          [
            `json with a field given twice ${fieldValidation}`,
            jsonPatch(one, '[{"op":"add","path":"/spec/version","value":"2","value":"3"}]', {
              fieldValidation,
              dryRun: 'All',
            }),
          ],
          [
            `json with an unknown field of its own ${fieldValidation}`,
            jsonPatch(one, '[{"op":"add","path":"/spec/version","value":"2","nope":"3"}]', {
              fieldValidation,
              dryRun: 'All',
            }),
          ],
        ]),
      ),
    },
  },
];

const options: LiveScenario = {
  name: 'options of writes',
  steps: {
    'dryRun=All': post(apps(), app('one'), { dryRun: 'All' }),
    'and it is not there': get(one),
    'dryRun=all': post(apps(), app('one'), { dryRun: 'all' }),
    'dryRun of nothing': post(apps(), app('dry'), { dryRun: '' }),
    'dryRun twice': ask('POST', `${apps()}?dryRun=All&dryRun=All`, {
      body: app('one'),
      contentType: 'application/json',
    }),
    'dryRun twice, once wrong': ask('POST', `${apps()}?dryRun=All&dryRun=No`, {
      body: app('one'),
      contentType: 'application/json',
    }),
    fieldManager: post(apps(), app('one'), { fieldManager: 'me' }),
    'fieldManager of 128 letters': merge(
      one,
      { spec: { version: '2' } },
      { fieldManager: 'm'.repeat(128), dryRun: 'All' },
    ),
    'fieldManager of 129 letters': put(one, app('one'), { fieldManager: 'm'.repeat(129) }),
    'fieldManager that cannot be printed': put(one, app('one'), { fieldManager: 'a\u0000' }),
    'fieldManager of 129 letters at a deletion': remove(one, undefined, {
      fieldManager: 'm'.repeat(129),
      dryRun: 'All',
    }),
    'no user agent': ask('POST', apps(), { body: app('two'), contentType: 'application/json', userAgent: '' }),
    'a long user agent': ask('POST', apps(), {
      body: app('three'),
      contentType: 'application/json',
      userAgent: `${'u'.repeat(200)}/1.0 (linux)`,
    }),
    'an odd user agent': ask('POST', apps(), {
      body: app('four'),
      contentType: 'application/json',
      userAgent: 'a b/c (d)',
    }),
    'an unknown option': post(apps(), app('five'), { color: 'red' }),
    pretty: get(one, { pretty: 'true' }),
    'pretty of 1': get(one, { pretty: '1' }),
    'pretty of false': get(one, { pretty: 'false' }),
    'pretty of nothing': get(one, { pretty: '' }),
    'pretty of an absurd value': get(one, { pretty: 'maybe' }),
    'pretty of an error': get(apps('nothing'), { pretty: 'true' }),
    'pretty of a list': get(apps(), { pretty: 'true' }),
    'pretty for curl': ask('GET', one, { userAgent: 'curl/8.0' }),
    'pretty for a browser': ask('GET', one, { userAgent: 'Mozilla/5.0' }),
    'not pretty for curl': ask('GET', one, { userAgent: 'curl/8.0', query: { pretty: 'false' } }),
    export: get(one, { export: 'true' }),
    exact: get(one, { exact: 'true' }),
    'get with a resourceVersion': get(one, { resourceVersion: '<revision 1>' }),
    'get with resourceVersion 0': get(one, { resourceVersion: '0' }),
    'get with a resourceVersion that is none': get(one, { resourceVersion: 'abc' }),
    'get with a resourceVersion to come': get(one, { resourceVersion: '99999999999' }),
    'get of nothing with a resourceVersion to come': get(apps('nothing'), { resourceVersion: '99999999999' }),
    'get with resourceVersionMatch': get(one, { resourceVersion: '<revision 1>', resourceVersionMatch: 'Exact' }),
  },
};

const replacements: LiveScenario = {
  name: 'replacements',
  steps: {
    create: post(apps(), app('one', { metadata: { labels: { a: 'b' }, annotations: { a: 'b' } } })),
    'the same': putEdited(one, 'create', {}),
    'another version': putEdited(one, 'create', { spec: { version: '2' } }, { fieldManager: 'me' }),
    'the former resourceVersion': putEdited(one, 'create', { spec: { version: '3' } }),
    'no resourceVersion': putEdited(one, 'another version', { metadata: { resourceVersion: null } }),
    'an empty resourceVersion': putEdited(one, 'another version', { metadata: { resourceVersion: '' } }),
    'a resourceVersion of 0': putEdited(one, 'another version', { metadata: { resourceVersion: '0' } }),
    'a resourceVersion that is none': putEdited(one, 'another version', { metadata: { resourceVersion: 'abc' } }),
    'a resourceVersion to come': putEdited(one, 'another version', { metadata: { resourceVersion: '99999999999' } }),
    'a negative resourceVersion': putEdited(one, 'another version', { metadata: { resourceVersion: '-1' } }),
    now: get(one),
    'no labels': putEdited(one, 'now', { metadata: { labels: null } }, { dryRun: 'All' }),
    'another uid': putEdited(one, 'now', { metadata: { uid: '11111111-2222-3333-4444-555555555555' } }),
    'no uid': putEdited(one, 'now', { metadata: { uid: null } }, { dryRun: 'All' }),
    'another name': putEdited(one, 'now', { metadata: { name: 'two' } }),
    'no name': putEdited(one, 'now', { metadata: { name: null } }),
    'another namespace': putEdited(one, 'now', { metadata: { namespace: 'default' } }),
    'no namespace': putEdited(one, 'now', { metadata: { namespace: null } }, { dryRun: 'All' }),
    'another creationTimestamp': putEdited(
      one,
      'now',
      { metadata: { creationTimestamp: '2001-01-01T00:00:00Z' } },
      { dryRun: 'All' },
    ),
    'no creationTimestamp': putEdited(one, 'now', { metadata: { creationTimestamp: null } }, { dryRun: 'All' }),
    'another generation': putEdited(one, 'now', { metadata: { generation: 99 } }, { dryRun: 'All' }),
    'a deletionTimestamp': putEdited(one, 'now', { metadata: { deletionTimestamp: '2001-01-01T00:00:00Z' } }),
    'a grace period': putEdited(one, 'now', { metadata: { deletionGracePeriodSeconds: 5 } }),
    'a generateName': putEdited(one, 'now', { metadata: { generateName: 'a-' } }, { dryRun: 'All' }),
    'no managedFields': putEdited(one, 'now', { metadata: { managedFields: null } }, { dryRun: 'All' }),
    'empty managedFields': putEdited(one, 'now', { metadata: { managedFields: [] } }, { dryRun: 'All' }),
    'empty labels': putEdited(one, 'now', { metadata: { labels: { a: null } } }, { dryRun: 'All' }),
    'a wrong label': putEdited(one, 'now', { metadata: { labels: { 'a b': 'c' } } }),
    'a wrong type': putEdited(one, 'now', { spec: { configSchemaVersion: 'seven' } }),
    'no spec': putEdited(one, 'now', { spec: null }),
    'a status where there is none': putEdited(one, 'now', { status: { state: 'x' } }, { dryRun: 'All' }),
    'what is not there': put(apps('nothing'), app('nothing')),
    'what is not there, with a resourceVersion': put(
      apps('nothing'),
      app('nothing', { metadata: { resourceVersion: '1' } }),
    ),
    'what is not there, with a uid': put(apps('nothing'), app('nothing', { metadata: { uid: 'x' } })),
    'an empty body': ask('PUT', one, { body: '', contentType: 'application/json' }),
    null: ask('PUT', one, { body: 'null', contentType: 'application/json' }),
    'an empty object': ask('PUT', one, { body: '{}', contentType: 'application/json' }),
  },
};

const bodies: LiveScenario = {
  name: 'bodies of creations',
  steps: Object.fromEntries([
    ...Object.entries({
      empty: '',
      null: 'null',
      'an empty object': '{}',
      'a list': '[]',
      'a text': '"x"',
      'a number': '7',
      'cut off': '{"apiVersion":"GROUP/v1beta1","kind":',
      'a comma too many': `${text(app('a')).slice(0, -1)},}`,
      'something after it': `${text(app('a'))} x`,
      'two objects': `${text(app('a'))}\n${text(app('a'))}`,
      'YAML as JSON': yamlApp(''),
      'a control character': text(app('a')).replace('Conformance', 'a\u0001b'),
      'half a surrogate': text(app('a')).replace('Conformance', '\\ud800'),
      'deeply nested': `{"apiVersion":"GROUP/v1beta1","kind":"KubeDirectorApp","metadata":{"name":"a"},"spec":${'{"a":'.repeat(11_000)}1${'}'.repeat(11_000)}}`,
    }).map(([step, body]): [string, LiveRequest] => [
      step,
      ask('POST', apps(), { body, contentType: 'application/json' }),
    ]),
    ['no body at all', ask('POST', apps(), {})],
    ['no content type', ask('POST', apps(), { body: app('untyped'), headers: { 'content-type': '' } })],
    [
      'a content type with a charset',
      ask('POST', apps(), { body: app('charset'), contentType: 'application/json; charset=utf-8' }),
    ],
    ['text/plain', ask('POST', apps(), { body: app('a'), contentType: 'text/plain' })],
    ['a content type that is none', ask('POST', apps(), { body: app('a'), contentType: 'json' })],
    ['protobuf', ask('POST', apps(), { body: 'k8s\u0000x', contentType: 'application/vnd.kubernetes.protobuf' })],
    ['a form', ask('POST', apps(), { body: 'a=b', contentType: 'application/x-www-form-urlencoded' })],
    ['application/yaml', ask('POST', apps(), yaml(yamlApp('')))],
    ['YAML of JSON', ask('POST', apps(), yaml(text(app('json-in-yaml'))))],
    ['YAML with an error', ask('POST', apps(), yaml('a: [b'))],
    ['YAML of two documents', ask('POST', apps(), yaml(`${yamlApp('')}---\na: b\n`))],
    [
      'YAML with an anchor',
      ask(
        'POST',
        apps(),
        yaml(yamlApp('').replace('{name: one}', '{name: anchor, labels: &l {a: b}, annotations: *l}')),
      ),
    ],
    ['YAML with a number as text', ask('POST', apps(), yaml(yamlApp('').replace('version: "1"', 'version: 1')))],
    ['empty YAML', ask('POST', apps(), yaml(''))],
  ]),
};

export const writeScenarios: readonly LiveScenario[] = [...validation, options, replacements, bodies];
