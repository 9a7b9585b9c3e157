/** Terminating namespaces, quotas, sizes and users. */
import type { Answer } from '../../target.ts';
import {
  app,
  apply,
  apps,
  ask,
  get,
  merge,
  post,
  remove,
  setup,
  unseen,
  until,
  watch,
  type LiveRequest,
  type LiveScenario,
} from '../scenario.ts';

const ending = 'NAMESPACE-ending';
const there = `/apis/GROUP/v1beta1/namespaces/${ending}/kubedirectorapps`;

const lifecycle: LiveScenario = {
  name: 'a namespace that ends',
  steps: {
    'a namespace': setup(
      post('/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: ending, finalizers: ['example.com/hold'] },
      }),
    ),
    'create at once': until(201, post(there, app('one', { metadata: { finalizers: ['example.com/hold'] } }))),
    'create another': post(there, app('two')),
    'end it': setup(remove(`/api/v1/namespaces/${ending}`)),
    'what had no finalizer goes': { ...until(404, get(`${there}/two`)), unseen: true },
    'create in it': { ...post(there, app('three')), until: ({ status }) => status === 403 },
    'dry run in it': post(there, app('three'), { dryRun: 'All' }),
    'apply in it': apply(`${there}/three`, 'me', app('three')),
    'what is not valid in it': post(there, app('Three')),
    'change in it': merge(`${there}/one`, { metadata: { labels: { a: 'b' } } }),
    release: unseen(merge(`${there}/one`, { metadata: { finalizers: null } })),
    'release the namespace': setup(merge(`/api/v1/namespaces/${ending}`, { metadata: { finalizers: null } })),
    'the namespace is gone': { ...setup(get(`/api/v1/namespaces/${ending}`)), until: ({ status }) => status === 404 },
    'create in what is gone': { ...post(there, app('four')), until: ({ status }) => status === 404 },
  },
};

const quotas = '/api/v1/namespaces/NAMESPACE/resourcequotas';
const hard = { 'count/kubedirectorapps.GROUP': '2' };
const limit = post(quotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'apps' }, spec: { hard } });
const isCounted = ({ body }: Answer): boolean => {
  const { status } = body as { status?: { used?: object } };
  return Object.keys(status?.used ?? {}).length > 0;
};

const quota: LiveScenario = {
  name: 'a quota of objects',
  steps: {
    'a quota': setup(limit),
    // kube-controller-manager finds new kinds twice a minute, but updates a known quota only after minutes.
    'objects are counted': {
      ...setup(get(`${quotas}/apps`)),
      until: isCounted,
      beforeAgain: [remove(`${quotas}/apps`), limit],
    },
    'create a': until(201, post(apps(), app('a'))),
    'create b': until(201, post(apps(), app('b'))),
    'one too many in a dry run': until(403, post(apps(), app('c'), { dryRun: 'All' })),
    'one too many': post(apps(), app('c')),
    'one too many by apply': apply(apps('c'), 'me', app('c')),
    'what is not valid': post(apps(), app('C')),
    'a change': merge(apps('a'), { spec: { version: '2' } }),
    'no quota any more': setup(remove(`${quotas}/apps`)),
    'it is gone': {
      ...setup(get(`${quotas}/apps`)),
      until: ({ status }) => status === 404,
    },
  },
};

const padded = (bytes: number): object => app('large', { spec: { padding: 'x'.repeat(bytes) } });
const kind = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'kind' in body && body.kind !== 'Status' ? body.kind : body;
const brief = (request: LiveRequest): LiveRequest => ({ ...request, only: kind });
const one = apps('large');

const sizes: LiveScenario = {
  name: 'sizes',
  steps: {
    '1 MiB': brief(post(apps(), padded(1 << 20))),
    '1.4 MB by PUT': brief(
      ask('PUT', one, {
        body: { ...padded(1_400_000), metadata: { name: 'large', resourceVersion: '<revision 1>' } },
        contentType: 'application/json',
      }),
    ),
    '1.7 MB': brief(post(apps(), { ...padded(1_700_000), metadata: { name: 'larger' } })),
    '2.9 MB': brief(post(apps(), { ...padded(2_900_000), metadata: { name: 'larger' } })),
    '3 MiB': post(apps(), padded(3 << 20)),
    '4 MiB by PUT': ask('PUT', one, { body: padded(4 << 20), contentType: 'application/json' }),
    '4 MiB of a patch': merge(one, { spec: { padding: 'x'.repeat(4 << 20) } }),
    '4 MiB to apply': apply(one, 'me', padded(4 << 20)),
    '4 MiB of options': remove(one, { dryRun: ['All'], padding: 'x'.repeat(4 << 20) }),
    'a patch that makes it too large': brief(merge(one, { spec: { other: 'x'.repeat(1_500_000) } })),
    'a label selector of 2 kB': get(apps(), {
      labelSelector: Array.from({ length: 200 }, (_, at) => `key-${at}`).join(','),
    }),
    'a label selector of 50 kB': get(apps(), {
      labelSelector: Array.from({ length: 6000 }, (_, at) => `key-${at}`).join(','),
    }),
    'a set of 2,000 values': get(apps(), {
      labelSelector: `a in (${Array.from({ length: 2000 }, (_, at) => `v${at}`).join(',')})`,
    }),
    'a field selector of 20 kB': get(apps(), { fieldSelector: `metadata.name=${'n'.repeat(20_000)}` }),
    'a path of 10 kB': get(apps('n'.repeat(10_000))),
    'a header of 20 kB': get(apps(), {}, { headers: { 'x-large': 'x'.repeat(20_000) }, only: kind }),
    'a watch with a label selector of 20 kB': watch(apps(), {
      labelSelector: Array.from({ length: 2400 }, (_, at) => `key-${at}`).join(','),
    }),
  },
};

const as = (user: string, request: LiveRequest, more: Readonly<Record<string, string>> = {}): LiveRequest => ({
  ...request,
  headers: { ...request.headers, 'impersonate-user': user, ...more },
});
const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/NAMESPACE';
const rights = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'reader' },
  rules: [{ apiGroups: ['GROUP'], resources: ['kubedirectorapps'], verbs: ['get', 'list', 'create'] }],
};
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'reader' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'reader' }],
};

const users: LiveScenario = {
  name: 'users',
  throughKubernetes: true,
  steps: {
    create: post(apps(), app('one')),
    rights: setup(post(`${rbac}/roles`, rights)),
    'a binding': setup(post(`${rbac}/rolebindings`, binding)),
    'nobody gets one': as('nobody', get(apps('one'))),
    'nobody lists': as('nobody', get(apps())),
    'nobody lists all': as('nobody', get('/apis/GROUP/v1beta1/kubedirectorapps')),
    'nobody watches': as('nobody', watch(apps())),
    'nobody watches one': as('nobody', watch(apps(), { fieldSelector: 'metadata.name=one' })),
    'nobody creates': as('nobody', post(apps(), app('two'))),
    'nobody deletes': as('nobody', remove(apps('one'))),
    'nobody deletes all': as('nobody', remove(apps())),
    'nobody patches a status': as('nobody', merge(`${apps('one')}/status`, {})),
    'nobody gets what is not there': as('nobody', get(apps('nothing'))),
    'nobody gets as a table': as('nobody', {
      ...get(apps('one')),
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    }),
    'nobody discovers': as('nobody', { ...get('/apis/GROUP/v1beta1'), only: kind }),
    'nobody asks for an unknown resource': as('nobody', get('/apis/GROUP/v1beta1/namespaces/NAMESPACE/nothings')),
    'a reader gets one': { ...as('reader', get(apps('one'))), until: ({ status }) => status === 200 },
    'a reader lists': as('reader', get(apps())),
    'a reader watches': as('reader', watch(apps())),
    'a reader creates': as('reader', post(apps(), app('three'))),
    'a reader applies what is there': as('reader', apply(apps('three'), 'me', app('three'))),
    'a reader applies what is not there': as('reader', apply(apps('four'), 'me', app('four'))),
    'a reader puts': as('reader', ask('PUT', apps('one'), { body: app('one'), contentType: 'application/json' })),
    'a reader deletes': as('reader', remove(apps('one'))),
    'a group': as('nobody', get(apps('one')), { 'impersonate-group': 'system:masters' }),
    'an extra': as('nobody', get(apps('one')), { 'impersonate-extra-scopes': 'view' }),
    'a uid': as('nobody', get(apps('one')), { 'impersonate-uid': 'u' }),
    'a group without a user': get(apps('one'), {}, { headers: { 'impersonate-group': 'system:masters' } }),
    'a service account': as('system:serviceaccount:default:default', get(apps('one'))),
    anonymous: as('system:anonymous', get(apps('one'))),
    'remote headers of a client': get(
      apps('one'),
      {},
      { headers: { 'x-remote-user': 'nobody', 'x-remote-group': 'none' } },
    ),
    'a wrong token': get(apps('one'), {}, { headers: { authorization: 'Bearer wrong' } }),
    'no rights': setup(remove(`${rbac}/rolebindings/reader`)),
    'nor a role': setup(remove(`${rbac}/roles/reader`)),
  },
};

export const surroundingScenarios: readonly LiveScenario[] = [lifecycle, quota, sizes, users];
