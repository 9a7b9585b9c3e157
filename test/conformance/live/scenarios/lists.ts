/** Lists with all combinations of revisions, pages and selectors. */
import { app, apps, get, merge, post, remove, type LiveRequest, type LiveScenario } from '../scenario.ts';

const three: Readonly<Record<string, LiveRequest>> = {
  'create a': post(apps(), app('a', { metadata: { labels: { n: '1', tier: 'front' } } })),
  'create b': post(apps(), app('b', { metadata: { labels: { n: '2', tier: 'back' } }, spec: { version: '2' } })),
  'create c': post(apps(), app('c')),
};
const list = (query: Readonly<Record<string, string>>): LiveRequest => get(apps(), query);

const versions: Readonly<Record<string, string | undefined>> = {
  'no version': undefined,
  'an empty version': '',
  'version 0': '0',
  'version 1': '1',
  'the present version': '<list 1>',
  'a version to come': '99999999999',
  'a wrong version': 'abc',
  'a negative version': '-1',
};
const matches = [undefined, '', 'Exact', 'NotOlderThan', 'exact'];
const limits = [undefined, '1'];

const combined: LiveScenario = {
  name: 'resourceVersion, resourceVersionMatch and limit of lists',
  steps: {
    ...three,
    all: list({}),
    ...Object.fromEntries(
      Object.entries(versions).flatMap(([version, resourceVersion]) =>
        matches.flatMap((match) =>
          limits
            // Servers keep old versions for different times, and wait three seconds for a future version.
            .filter((limit) => !(resourceVersion === '1' && (match === 'Exact' || limit !== undefined)))
            .filter((limit) => !(version === 'a version to come' && (limit !== undefined || match === 'NotOlderThan')))
            .map((limit): [string, LiveRequest] => [
              `${version}, match ${match ?? 'none'}${limit === undefined ? '' : ', limit 1'}`,
              list({
                ...(resourceVersion === undefined ? {} : { resourceVersion }),
                ...(match === undefined ? {} : { resourceVersionMatch: match }),
                ...(limit === undefined ? {} : { limit }),
              }),
            ]),
        ),
      ),
    ),
  },
};

const pages: LiveScenario = {
  name: 'pages of lists',
  steps: {
    ...three,
    first: list({ limit: '1' }),
    'a change meanwhile': merge(apps('b'), { spec: { version: '3' } }),
    'one more meanwhile': post(apps(), app('d')),
    second: list({ limit: '1', continue: '<continue 1>' }),
    'third, without a limit': list({ continue: '<continue 2>' }),
    'first again': list({ limit: '1', continue: '<continue 1>' }),
    'with another label selector': list({ limit: '1', continue: '<continue 1>', labelSelector: 'n' }),
    'with a resourceVersion': list({ continue: '<continue 1>', resourceVersion: '5' }),
    'with resourceVersion 0': list({ continue: '<continue 1>', resourceVersion: '0' }),
    'with resourceVersionMatch': list({ continue: '<continue 1>', resourceVersionMatch: 'Exact' }),
    'with a resourceVersionMatch that is none': list({ continue: '<continue 1>', resourceVersionMatch: 'Maybe' }),
    'with both': list({ continue: '<continue 1>', resourceVersion: '1', resourceVersionMatch: 'Exact' }),
    'as large as all': list({ limit: '4' }),
    'larger than all': list({ limit: '400' }),
    'limit 0': list({ limit: '0' }),
    'limit -1': list({ limit: '-1' }),
    'a wrong limit': list({ limit: 'many' }),
    'an empty limit': list({ limit: '' }),
    'limit 1.5': list({ limit: '1.5' }),
    'limit beyond 64 bits': list({ limit: '99999999999999999999' }),
    'a wrong continue': list({ continue: 'zzz' }),
    'a continue of another version': list({
      continue: Buffer.from('{"v":"meta.k8s.io/v9","rv":1,"start":"a"}').toString('base64url'),
    }),
    'a continue without a start': list({
      continue: Buffer.from('{"v":"meta.k8s.io/v1","rv":1}').toString('base64url'),
    }),
    'a continue without a revision': list({
      continue: Buffer.from('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}').toString('base64url'),
    }),
    'a continue that climbs': list({
      continue: Buffer.from('{"v":"meta.k8s.io/v1","rv":-1,"start":"../a"}').toString('base64url'),
    }),
    'with a label selector': list({ limit: '1', labelSelector: 'n' }),
    'with a field selector': list({ limit: '1', fieldSelector: 'metadata.name!=a' }),
    timeoutSeconds: list({ timeoutSeconds: '5' }),
    'a wrong timeoutSeconds': list({ timeoutSeconds: 'soon' }),
    'negative timeoutSeconds': list({ timeoutSeconds: '-5' }),
    sendInitialEvents: list({ sendInitialEvents: 'true' }),
    'sendInitialEvents of false': list({ sendInitialEvents: 'false' }),
    allowWatchBookmarks: list({ allowWatchBookmarks: 'true' }),
    'watch=false': list({ watch: 'false' }),
    'watch=0': list({ watch: '0' }),
    shardSelector: list({ shardSelector: 'x' }),
  },
};

const labelSelectors = [
  ...[
    'n',
    '!n',
    'n=1',
    'n==1',
    'n!=1',
    'n in (1)',
    'n in (1,2)',
    'n notin (1)',
    'n in ()',
    'n in (1',
    'n in 1',
    'n,tier',
  ],
  ...[
    'n=1,tier=front',
    'n>1',
    'n<2',
    'n>a',
    'n>=1',
    ' n = 1 ',
    'n=',
    'n in (,1)',
    ',',
    'n,',
    ',n',
    '=',
    '!',
    '!!n',
    'n=1=2',
    'n==',
    '()',
  ],
  ...[
    'n=a b',
    'n=-',
    '-=1',
    'example.com/n=1',
    'a/b/c=1',
    'n=\u00e9',
    'n in (1),tier notin (x,y)',
    'in',
    'in in (in)',
    'notin=1',
    'x in (a) y',
    '"n"',
  ],
  ...['n!', 'n=1 2', `${'k'.repeat(64)}=1`, `n=${'v'.repeat(64)}`, 'n\n=1', 'n=(1)', 'n=!1', 'n exists', '!n=1'],
];
const fieldSelectors = [
  ...[
    'metadata.name=a',
    'metadata.name==a',
    'metadata.name!=a',
    'metadata.namespace=NAMESPACE',
    'metadata.namespace=other',
  ],
  ...[
    'metadata.name=a,metadata.namespace=NAMESPACE',
    'metadata.name=A',
    'metadata.name=',
    'metadata.name',
    'metadata.name in (a)',
    'metadata.uid=x',
  ],
  ...[
    'spec.version=2',
    'spec.version!=2',
    'spec.version=',
    'spec.distroID=test/conformance',
    'spec.nothing=1',
    'metadata.labels.n=1',
  ],
  ...[
    '=',
    '==',
    ',',
    'metadata.name=a,',
    'a=b=c',
    'metadata.name=a\\,b',
    'metadata.name=a\\b',
    'metadata.name=a\\',
    'Metadata.Name=a',
    ' metadata.name=a ',
    'name=a',
  ],
];
const selected = (key: string, selectors: readonly string[]): LiveScenario['steps'] => ({
  ...three,
  ...Object.fromEntries(
    selectors.map((selector) => [JSON.stringify(selector).slice(0, 60), list({ [key]: selector })]),
  ),
});

const across: LiveScenario = {
  name: 'lists of all namespaces',
  steps: {
    create: post(apps(), app('a', { metadata: { labels: { across: 'NAMESPACE' } } })),
    list: get('/apis/GROUP/v1beta1/kubedirectorapps', { labelSelector: 'across=NAMESPACE' }),
    'list with a limit': get('/apis/GROUP/v1beta1/kubedirectorapps', { labelSelector: 'across=NAMESPACE', limit: '1' }),
    'list by namespace': get('/apis/GROUP/v1beta1/kubedirectorapps', { fieldSelector: 'metadata.namespace=NAMESPACE' }),
    'get without a namespace': get('/apis/GROUP/v1beta1/kubedirectorapps/a'),
    delete: remove(apps('a')),
    'list of nothing': get('/apis/GROUP/v1beta1/kubedirectorapps', { labelSelector: 'across=NAMESPACE' }),
  },
};

export const listScenarios: readonly LiveScenario[] = [
  combined,
  pages,
  { name: 'label selectors', steps: selected('labelSelector', labelSelectors) },
  { name: 'field selectors', steps: selected('fieldSelector', fieldSelectors) },
  across,
];
