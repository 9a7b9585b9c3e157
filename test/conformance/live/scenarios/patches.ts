/** Patches of all types. */
import { app, apps, ask, get, jsonPatch, merge, post, type LiveRequest, type LiveScenario } from '../scenario.ts';

const one = apps('one');
const create = post(apps(), app('one', { metadata: { labels: { a: 'b' } } }));
const json = (body: unknown): LiveRequest => jsonPatch(one, body);
const typed = (contentType: string, body: unknown = {}): LiveRequest => ask('PATCH', one, { contentType, body });

const types: LiveScenario = {
  name: 'types of patches',
  steps: {
    create,
    'of an unknown type': typed('application/unknown-patch+json'),
    'as JSON': typed('application/json'),
    'as YAML': typed('application/yaml'),
    'as CBOR to apply': typed('application/apply-patch+cbor', 'x'),
    'without a type': ask('PATCH', one, { body: {}, headers: { 'content-type': '' } }),
    'with a charset': typed('application/merge-patch+json; charset=utf-8', { metadata: { labels: { e: 'f' } } }),
    'a merge of YAML': typed('application/merge-patch+json', 'metadata: {labels: {c: d}}'),
    'strategic merge': typed('application/strategic-merge-patch+json', { metadata: { labels: { c: 'd' } } }),
  },
};

const merges: LiveScenario = {
  name: 'merge patches',
  steps: {
    create,
    'a label': merge(one, { metadata: { labels: { c: 'd' } } }),
    'the same label': merge(one, { metadata: { labels: { c: 'd' } } }),
    'an empty object': merge(one, {}),
    'without the label': merge(one, { metadata: { labels: { c: null } } }),
    'without labels': merge(one, { metadata: { labels: null } }),
    'empty annotations': merge(one, { metadata: { annotations: {} } }),
    'an annotation and none': merge(one, { metadata: { annotations: { a: null, b: 'c' } } }),
    'the spec': merge(one, { spec: { version: '2' } }, { fieldManager: 'me' }),
    'a field removed that must be there': merge(one, { spec: { version: null } }),
    'the spec removed': merge(one, { spec: null }),
    'a wrong type': merge(one, { spec: { configSchemaVersion: 'seven' } }),
    'a list replaced': merge(one, { spec: { roles: [] } }, { dryRun: 'All' }),
    'another uid': merge(one, { metadata: { uid: 'x' } }),
    'no uid': merge(one, { metadata: { uid: null } }),
    'another name': merge(one, { metadata: { name: 'two' } }),
    'no name': merge(one, { metadata: { name: null } }),
    'another namespace': merge(one, { metadata: { namespace: 'default' } }),
    'another creationTimestamp': merge(one, { metadata: { creationTimestamp: '2001-01-01T00:00:00Z' } }),
    'another generation': merge(one, { metadata: { generation: 99 } }),
    'a deletionTimestamp': merge(one, { metadata: { deletionTimestamp: '2001-01-01T00:00:00Z' } }),
    'its resourceVersion': merge(one, { metadata: { resourceVersion: '<revision 1>' } }),
    'a resourceVersion that is none': merge(one, { metadata: { resourceVersion: 'abc' } }),
    'a resourceVersion of 0': merge(one, { metadata: { resourceVersion: '0' } }, { dryRun: 'All' }),
    'a number as resourceVersion': merge(one, { metadata: { resourceVersion: 5 } }),
    'no resourceVersion': merge(one, { metadata: { resourceVersion: null } }, { dryRun: 'All' }),
    'managedFields that are none': merge(one, { metadata: { managedFields: 'x' } }),
    'null as metadata': merge(one, { metadata: null }),
    'text as metadata': merge(one, { metadata: 'x' }),
    null: merge(one, 'null'),
    'a list': merge(one, '[]'),
    'a text': merge(one, '"x"'),
    empty: merge(one, ''),
    'cut off': merge(one, '{"metadata":'),
    'something after it': merge(one, '{} x'),
    'of nothing': merge(apps('nothing'), {}),
    'dry run': merge(one, { spec: { version: '3' } }, { dryRun: 'All' }),
    'what is stored': get(one),
  },
};

const op = (name: string, path: unknown, more: object = {}): LiveRequest => json([{ op: name, path, ...more }]);

const jsons: LiveScenario = {
  name: 'JSON patches',
  steps: {
    create,
    add: op('add', '/metadata/annotations', { value: { x: 'y' } }),
    'add with an escaped slash': op('add', '/metadata/annotations/example.com~1a', { value: 'y' }),
    'add at the end of a list': op('add', '/spec/services/-', { value: { id: 'one' } }),
    'add beyond a list': op('add', '/spec/services/7', { value: { id: 'two' } }),
    'add before a list': op('add', '/spec/services/-1', { value: { id: 'two' } }),
    'add to what is not there': op('add', '/spec/nothing/here', { value: 1 }),
    'add without a value': op('add', '/metadata/annotations/y'),
    'add of null': op('add', '/metadata/annotations/z', { value: null }),
    replace: op('replace', '/spec/version', { value: '2' }),
    'replace what is not there': op('replace', '/spec/nothing', { value: '2' }),
    'replace all': jsonPatch(one, [{ op: 'replace', path: '', value: app('one') }], { dryRun: 'All' }),
    remove: op('remove', '/metadata/annotations/x'),
    'remove what is not there': op('remove', '/metadata/annotations/x'),
    'remove from a list': op('remove', '/spec/services/0'),
    'remove beyond a list': op('remove', '/spec/services/7'),
    'remove all': op('remove', ''),
    move: json([{ op: 'move', from: '/metadata/labels/a', path: '/metadata/labels/b' }]),
    'move what is not there': json([{ op: 'move', from: '/metadata/labels/nothing', path: '/metadata/labels/b' }]),
    'move into itself': json([{ op: 'move', from: '/metadata', path: '/metadata/labels' }]),
    copy: json([{ op: 'copy', from: '/metadata/labels/b', path: '/metadata/labels/c' }]),
    'copy what is not there': jsonPatch(
      one,
      [{ op: 'copy', from: '/metadata/labels/nothing', path: '/metadata/labels/c' }],
      { dryRun: 'All' },
    ),
    'copy without from': op('copy', '/metadata/labels/c'),
    test: op('test', '/spec/version', { value: '2' }),
    'test that fails': op('test', '/spec/version', { value: '9' }),
    'test of an object that fails': op('test', '/metadata/labels', { value: {} }),
    'test of what is not there': op('test', '/spec/nothing', { value: '9' }),
    'test for null of what is not there': op('test', '/spec/nothing', { value: null }),
    'test and replace': json([
      { op: 'test', path: '/spec/version', value: '2' },
      { op: 'replace', path: '/spec/version', value: '3' },
    ]),
    'replace and a test that fails': json([
      { op: 'replace', path: '/spec/version', value: '4' },
      { op: 'test', path: '/spec/version', value: '3' },
    ]),
    'test of the resourceVersion': json([
      { op: 'test', path: '/metadata/resourceVersion', value: '<revision 1>' },
      { op: 'replace', path: '/spec/version', value: '5' },
    ]),
    'an unknown operation': op('frob', '/spec/version'),
    'no operation': json([{ path: '/spec/version' }]),
    'no path': json([{ op: 'remove' }]),
    'a path without a slash': op('remove', 'spec'),
    'a path that is a number': op('remove', 7),
    'null as an operation': json([null]),
    nothing: json([]),
    'an object': json({ op: 'remove', path: '/spec' }),
    'a text': json('"x"'),
    null: json('null'),
    empty: json(''),
    'cut off': json('[{'),
    'another name': op('replace', '/metadata/name', { value: 'two' }),
    'no name': op('remove', '/metadata/name'),
    'no metadata': op('remove', '/metadata'),
    'another kind': op('replace', '/kind', { value: 'Pod' }),
    'another version': op('replace', '/apiVersion', { value: 'v1' }),
    'a wrong type': op('replace', '/spec/configSchemaVersion', { value: 'seven' }),
    'no spec': op('remove', '/spec'),
    '10,000 operations': json(
      Array.from({ length: 10_000 }, () => ({ op: 'test', path: '/kind', value: 'KubeDirectorApp' })),
    ),
    '10,001 operations': json(
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'KubeDirectorApp' })),
    ),
    'of nothing': jsonPatch(apps('nothing'), []),
    'what is stored': get(one),
  },
};

export const patchScenarios: readonly LiveScenario[] = [types, merges, jsons];
