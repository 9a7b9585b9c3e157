/**
 * Requests for any resource. Each scenario runs on kube-apiserver, with a CRD of the same schema, and on our server.
 * The answers must be the same, except for the differences that are listed with a reason.
 */
import type { Ask } from './target.ts';

export interface Step extends Ask {
  readonly step: string;
  /** A path below /apis/GROUP/VERSION/namespaces/NS, or an absolute path that begins with /apis/. */
  readonly path: string;
  /** Why our answer may be different here. Then only the status code is compared. */
  readonly differs?: string;
  /** The status code of our answer, if it differs, too. */
  readonly ours?: number | 'any';
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

export const group = 'kubedirector.hpe.com';
const apiVersion = `${group}/v1beta1`;
const apps = '/kubedirectorapps';

export function app(name: string, extra: { metadata?: object; spec?: object } = {}): object {
  return {
    apiVersion,
    kind: 'KubeDirectorApp',
    metadata: { name, ...extra.metadata },
    spec: {
      label: { name: 'Conformance' },
      distroID: 'test/conformance',
      version: '1',
      configSchemaVersion: 7,
      roles: [{ id: 'one', cardinality: '1', imageRepoTag: 'image:1', configPackage: null, maxLogSizeDump: 256 }],
      config: { selectedRoles: ['one'], roleServices: [], configMeta: {} },
      services: [],
      ...extra.spec,
    },
  };
}

const json = (patch: unknown): Partial<Ask> => ({
  method: 'PATCH',
  headers: { 'content-type': 'application/json-patch+json' },
  body: patch,
});
const merge = (patch: unknown): Partial<Ask> => ({
  method: 'PATCH',
  headers: { 'content-type': 'application/merge-patch+json' },
  body: patch,
});
const post = (body: unknown): Partial<Ask> => ({ method: 'POST', body });
const put = (body: unknown): Partial<Ask> => ({ method: 'PUT', body });
const one = (name: string): string => `${apps}/${name}`;
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';
const partialList = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

export const scenarios: readonly Scenario[] = [
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
  {
    name: 'patches',
    steps: [
      { step: 'create', path: apps, ...post(app('p')) },
      { step: 'merge', path: one('p'), ...merge({ metadata: { labels: { a: 'b' } } }) },
      { step: 'merge that changes nothing', path: one('p'), ...merge({ metadata: { labels: { a: 'b' } } }) },
      { step: 'merge a null', path: one('p'), ...merge({ metadata: { labels: { a: null } } }) },
      { step: 'merge the spec', path: one('p'), ...merge({ spec: { version: '2' } }) },
      { step: 'merge another uid', path: one('p'), ...merge({ metadata: { uid: 'x' } }) },
      { step: 'merge another name', path: one('p'), ...merge({ metadata: { name: 'q' } }) },
      { step: 'merge an old resourceVersion', path: one('p'), ...merge({ metadata: { resourceVersion: '1' } }) },
      { step: 'malformed merge', path: one('p'), ...merge('{'), differs: 'wording of the decoder' },
      { step: 'merge that is an array', path: one('p'), ...merge('[]'), differs: 'wording of the decoder' },
      {
        step: 'unknown field strict',
        path: `${one('p')}?fieldValidation=Strict`,
        ...merge({ spec: { config: { nope: 1 } } }),
        differs: 'the whole object is in the text',
      },
      { step: 'json', path: one('p'), ...json([{ op: 'add', path: '/metadata/annotations', value: { x: 'y' } }]) },
      {
        step: 'json test fails',
        path: one('p'),
        ...json([{ op: 'test', path: '/spec/version', value: '9' }]),
        differs: 'wording of the patch library',
      },
      {
        step: 'json path missing',
        path: one('p'),
        ...json([{ op: 'remove', path: '/spec/nope' }]),
        differs: 'wording of the patch library',
      },
      {
        step: 'json unknown op',
        path: one('p'),
        ...json([{ op: 'frob', path: '/spec/version' }]),
        differs: 'wording of the patch library',
      },
      { step: 'json not an array', path: one('p'), ...json({ op: 'add' }), differs: 'wording of the decoder' },
      {
        step: 'unknown type',
        path: one('p'),
        ...merge({}),
        headers: { 'content-type': 'application/x' },
        differs: 'strategic merge patch is taken here',
      },
      { step: 'of what is not', path: one('nope'), ...merge({}) },
      { step: 'dry run', path: `${one('p')}?dryRun=All`, ...merge({ spec: { version: '3' } }) },
      { step: 'after the dry run', path: one('p') },
      { step: 'clean up', path: one('p'), method: 'DELETE' },
    ],
  },
  {
    name: 'deletion and finalizers',
    steps: [
      { step: 'create', path: apps, ...post(app('f', { metadata: { finalizers: ['example.com/hold'] } })) },
      {
        step: 'wrong uid',
        path: one('f'),
        method: 'DELETE',
        body: { preconditions: { uid: 'x' } },
        differs: 'the name of the resource in the text',
      },
      {
        step: 'wrong resourceVersion',
        path: one('f'),
        method: 'DELETE',
        body: { preconditions: { resourceVersion: '1' } },
        differs: 'the revision itself is in the text',
      },
      {
        step: 'orphanDependents and propagationPolicy',
        path: one('f'),
        method: 'DELETE',
        body: { orphanDependents: true, propagationPolicy: 'Orphan' },
      },
      { step: 'absurd propagationPolicy', path: one('f'), method: 'DELETE', body: { propagationPolicy: 'Sideways' } },
      { step: 'dry run', path: `${one('f')}?dryRun=All`, method: 'DELETE' },
      { step: 'delete', path: one('f'), method: 'DELETE' },
      { step: 'delete again', path: one('f'), method: 'DELETE' },
      {
        step: 'a new finalizer while terminating',
        path: one('f'),
        ...merge({ metadata: { finalizers: ['example.com/hold', 'example.com/more'] } }),
      },
      { step: 'a label while terminating', path: one('f'), ...merge({ metadata: { labels: { a: 'b' } } }) },
      { step: 'the last finalizer', path: one('f'), ...merge({ metadata: { finalizers: null } }) },
      { step: 'gone', path: one('f') },
      { step: 'create for foreground', path: apps, ...post(app('g')) },
      {
        step: 'foreground',
        path: one('g'),
        method: 'DELETE',
        body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Foreground' },
      },
      {
        step: 'out of the foreground',
        path: one('g'),
        ...merge({ metadata: { finalizers: null } }),
        differs: 'who is faster, the garbage collector or this',
        ours: 'any',
      },
      { step: 'deletecollection', path: `${apps}?labelSelector=none%3Dsuch`, method: 'DELETE' },
    ],
  },
  {
    name: 'lists',
    steps: [
      { step: 'create 1', path: apps, ...post(app('l1', { metadata: { labels: { n: '1' } } })) },
      { step: 'create 2', path: apps, ...post(app('l2', { metadata: { labels: { n: '2' } } })) },
      { step: 'create 3', path: apps, ...post(app('l3')) },
      { step: 'limit', path: `${apps}?limit=2` },
      { step: 'absurd limit', path: `${apps}?limit=many`, differs: 'wording of the parser' },
      { step: 'negative limit', path: `${apps}?limit=-1` },
      { step: 'absurd continue', path: `${apps}?continue=zzz`, differs: 'wording of the decoder' },
      { step: 'labels', path: `${apps}?labelSelector=n` },
      { step: 'labels in', path: `${apps}?labelSelector=n+in+(2,3)` },
      { step: 'absurd labels', path: `${apps}?labelSelector=a%3D%3D%3Db` },
      { step: 'absurd labels 2', path: `${apps}?labelSelector=a+in+b` },
      { step: 'name field', path: `${apps}?fieldSelector=metadata.name%3Dl2` },
      { step: 'unknown field', path: `${apps}?fieldSelector=spec.nope%3Dx` },
      { step: 'absurd field', path: `${apps}?fieldSelector=%3D%3D` },
      { step: 'absurd resourceVersion', path: `${apps}?resourceVersion=abc` },
      { step: 'resourceVersion 0', path: `${apps}?resourceVersion=0&limit=1` },
      { step: 'resourceVersionMatch alone', path: `${apps}?resourceVersionMatch=Exact` },
      { step: 'Exact 0', path: `${apps}?resourceVersion=0&resourceVersionMatch=Exact` },
      { step: 'absurd match', path: `${apps}?resourceVersion=1&resourceVersionMatch=Maybe` },
      { step: 'sendInitialEvents on a list', path: `${apps}?sendInitialEvents=true` },
      { step: 'too new', path: `${apps}?resourceVersion=99999999999`, differs: 'the revision itself is in the text' },
      { step: 'table', path: `${apps}?limit=1`, headers: { accept: table }, differs: 'columns of our own' },
      { step: 'partial', path: apps, headers: { accept: partialList } },
      { step: 'partial object', path: one('l1'), headers: { accept: partial } },
      {
        step: 'a list form for an object',
        path: one('l1'),
        headers: { accept: partialList.split(',')[0]! },
        differs: 'there 500, a fault of its own',
        ours: 406,
      },
      {
        step: 'an object form for a list',
        path: apps,
        headers: { accept: partial.split(',')[0]! },
        differs: 'wording: the name of a Go type',
      },
      { step: 'deletecollection', path: apps, method: 'DELETE' },
      { step: 'empty', path: apps },
    ],
  },
  {
    name: 'watches',
    steps: [
      { step: 'create', path: apps, ...post(app('w')) },
      { step: 'from nothing', path: `${apps}?watch=true&timeoutSeconds=1` },
      { step: 'absurd watch', path: `${apps}?watch=abc&timeoutSeconds=1` },
      {
        step: 'absurd resourceVersion',
        path: `${apps}?watch=true&resourceVersion=abc&timeoutSeconds=1`,
        differs: 'there 500, a fault of its own',
        ours: 400,
      },
      {
        step: 'too old',
        path: `${apps}?watch=true&resourceVersion=1&timeoutSeconds=1`,
        differs: 'how far the history goes back',
      },
      {
        step: 'initial events',
        path: `${apps}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1`,
      },
      { step: 'initial events without match', path: `${apps}?watch=true&sendInitialEvents=true&timeoutSeconds=1` },
      {
        step: 'match without initial events',
        path: `${apps}?watch=true&resourceVersionMatch=NotOlderThan&resourceVersion=1&timeoutSeconds=1`,
      },
      { step: 'one name', path: `${one('w')}?watch=true&timeoutSeconds=1` },
      { step: 'partial', path: `${apps}?watch=true&timeoutSeconds=1`, headers: { accept: partial } },
      { step: 'absurd timeout', path: `${apps}?watch=true&timeoutSeconds=x` },
      { step: 'clean up', path: one('w'), method: 'DELETE' },
    ],
  },
  {
    name: 'paths and methods',
    steps: [
      { step: 'unknown resource', path: '/nothings', differs: 'plain text there, a Status here' },
      {
        step: 'unknown version',
        path: `/apis/${group}/v9/kubedirectorapps`,
        differs: 'plain text there, a Status here',
      },
      { step: 'unknown subresource', path: `${one('a')}/nope`, differs: 'as for built-in types' },
      { step: 'post on a name', path: one('a'), ...post(app('a')) },
      { step: 'put on a collection', path: apps, ...put(app('a')) },
      { step: 'head', path: apps, method: 'HEAD' },
      { step: 'status of what has none', path: `${one('a')}/status`, differs: 'as for built-in types' },
      { step: 'clean up', path: one('a'), method: 'DELETE' },
    ],
  },
];
