/** How objects are made, and what they may be. */
import { apiVersion, app, apps, one, post, put, type Scenario } from './scenario.ts';

export const objectScenarios: readonly Scenario[] = [
  {
    name: 'create, read, replace, delete',
    steps: [
      { step: 'create', path: apps, ...post(app('a')) },
      { step: 'create again', path: apps, ...post(app('a')) },
      { step: 'get', path: one('a') },
      { step: 'get what is not', path: one('nope') },
      { step: 'list', path: apps },
      {
        step: 'put without resourceVersion',
        path: one('a'),
        ...put(app('a')),
        differs: 'unconditional update is allowed, as for built-in types',
        ours: 200,
      },
      {
        step: 'put with a wrong resourceVersion',
        path: one('a'),
        ...put(app('a', { metadata: { resourceVersion: '1' } })),
      },
      { step: 'put under another name', path: one('a'), ...put(app('b')) },
      { step: 'put what is not', path: one('nope'), ...put(app('nope', { metadata: { resourceVersion: '1' } })) },
      { step: 'delete', path: one('a'), method: 'DELETE' },
      { step: 'delete again', path: one('a'), method: 'DELETE' },
    ],
  },
  {
    name: 'names and metadata',
    steps: [
      { step: 'no name', path: apps, ...post(app('', {})) },
      { step: 'upper case', path: apps, ...post(app('Upper')) },
      { step: 'a path', path: apps, ...post(app('../x')) },
      { step: 'other namespace', path: apps, ...post(app('x', { metadata: { namespace: 'other' } })) },
      {
        step: 'other kind',
        path: apps,
        ...post({ ...app('x'), kind: 'Pod' }),
        differs: 'as for built-in types',
        ours: 400,
      },
      { step: 'other apiVersion', path: apps, ...post({ ...app('x'), apiVersion: 'v1' }) },
      {
        step: 'no kind',
        path: apps,
        ...post({ ...app('no-kind'), kind: undefined }),
        differs: 'as for built-in types, whose kind the path tells',
        ours: 201,
      },
      { step: 'clean up what needs no kind', path: one('no-kind'), method: 'DELETE', differs: 'as above', ours: 200 },
      { step: 'bad label', path: apps, ...post(app('x', { metadata: { labels: { 'a b': 'c' } } })) },
      { step: 'bad label value', path: apps, ...post(app('x', { metadata: { labels: { a: '-' } } })) },
      {
        step: 'label of a wrong type',
        path: apps,
        ...post(app('x', { metadata: { labels: { a: 1 } } })),
      },
      { step: 'bad annotation', path: apps, ...post(app('x', { metadata: { annotations: { '/': 'c' } } })) },
      { step: 'bad finalizer', path: apps, ...post(app('x', { metadata: { finalizers: ['a b'] } })) },
      {
        step: 'two controllers',
        path: apps,
        ...post(
          app('x', {
            metadata: {
              ownerReferences: ['1', '2'].map((uid) => ({
                apiVersion: 'v1',
                kind: 'Pod',
                name: 'p',
                uid,
                controller: true,
              })),
            },
          }),
        ),
        differs: 'the order of keys in the text',
      },
      {
        step: 'an owner without a name',
        path: apps,
        ...post(app('x', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: '', uid: '' }] } })),
      },
      {
        step: 'resourceVersion on create',
        path: apps,
        ...post(app('x', { metadata: { resourceVersion: '12' } })),
        differs: 'there 500, a fault of its own',
        ours: 400,
      },
      { step: 'missing namespace', path: `/apis/${apiVersion}/namespaces/not-there${apps}`, ...post(app('x')) },
      {
        step: 'system metadata is not taken from the client',
        path: apps,
        ...post(
          app('x', {
            metadata: { uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', generation: 9, selfLink: '/x' },
          }),
        ),
      },
      { step: 'clean up', path: one('x'), method: 'DELETE' },
    ],
  },
  {
    name: 'bodies',
    steps: [
      { step: 'malformed', path: apps, ...post('{"a":'), differs: 'wording of the decoder' },
      { step: 'empty', path: apps, ...post(''), differs: 'wording of the decoder' },
      { step: 'an array', path: apps, ...post('[]'), differs: 'wording of the decoder' },
      { step: 'a string', path: apps, ...post('"x"'), differs: 'wording of the decoder' },
      {
        step: 'unknown content type',
        path: apps,
        ...post('x'),
        headers: { 'content-type': 'text/plain' },
        differs: 'no protobuf here',
      },
      { step: 'unacceptable', path: apps, headers: { accept: 'text/html' }, differs: 'no protobuf here' },
      {
        step: 'unknown field, strict',
        path: `${apps}?fieldValidation=Strict`,
        ...post(app('x', { spec: { config: { selectedRoles: ['one'], roleServices: [], nope: 1 } } })),
      },
      {
        step: 'unknown field, warn',
        path: `${apps}?fieldValidation=Warn`,
        ...post(app('x', { spec: { config: { selectedRoles: ['one'], roleServices: [], nope: 1 } } })),
      },
      { step: 'absurd fieldValidation', path: `${apps}?fieldValidation=Maybe`, ...post(app('y')) },
      { step: 'absurd dryRun', path: `${apps}?dryRun=Some`, ...post(app('y')) },
      {
        step: 'wrong type',
        path: apps,
        ...post(app('y', { spec: { configSchemaVersion: 'seven' } })),
        differs: 'the domain adds to the schema’s errors',
      },
      {
        step: 'duplicate key, strict',
        path: `${apps}?fieldValidation=Strict`,
        ...post(JSON.stringify(app('y')).replace('"version":"1"', '"version":"1","version":"1"')),
      },
      {
        step: 'yaml',
        path: apps,
        ...post(
          `apiVersion: ${apiVersion}\nkind: KubeDirectorApp\nmetadata: {name: from-yaml}\nspec: ${JSON.stringify((app('y') as { spec: object }).spec)}\n`,
        ),
        headers: { 'content-type': 'application/yaml' },
      },
      { step: 'clean up x', path: one('x'), method: 'DELETE' },
      { step: 'clean up y', path: one('from-yaml'), method: 'DELETE' },
    ],
  },
];
