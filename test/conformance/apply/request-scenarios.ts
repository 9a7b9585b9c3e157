/** Requests that are not valid, or whose body names another object than the path. */
import { app, apply, apps, clusters, get, merge, part, post, put, type ApplyScenario } from './scenario.ts';

const one = apps('asked');

const options: ApplyScenario = {
  name: 'options of an apply',
  steps: [
    { step: 'no manager', ...apply(one, '', app('asked')) },
    { step: 'an empty manager', ...apply(one, '', app('asked'), { fieldManager: '' }) },
    { step: 'too long a manager', ...apply(one, 'm'.repeat(129), app('asked')) },
    { step: 'the longest manager', ...apply(one, 'm'.repeat(128), app('asked')) },
    { step: 'a manager that cannot be printed', ...apply(one, 'a\u0007b\u00a0c', app('asked')) },
    {
      step: 'a manager of any letters',
      ...apply(one, 'Łukasz "the" <admin>', part('asked', { metadata: { labels: { a: '1' } } })),
    },
    { step: 'and a conflict with it', ...apply(one, 'bob', part('asked', { metadata: { labels: { a: '2' } } })) },
    { step: 'force that is no boolean', ...apply(one, 'bob', app('asked'), { force: 'maybe' }) },
    { step: 'force of one', ...apply(one, 'bob', part('asked', { metadata: { labels: { a: '2' } } }), { force: '1' }) },
    { step: 'force in a merge patch', ...merge(one, {}, { force: 'true' }) },
    {
      step: 'force and no manager in a merge patch',
      ...merge(one, {}, { force: 'true', fieldManager: 'm'.repeat(129) }),
    },
    { step: 'wrong dryRun', ...apply(one, 'bob', app('asked'), { dryRun: 'Some' }) },
    { step: 'wrong fieldValidation', ...apply(one, '', app('asked'), { fieldValidation: 'Maybe' }) },
    { step: 'too long a manager of a creation', ...post(apps(), app('second'), { fieldManager: 'm'.repeat(129) }) },
    {
      step: 'a manager that cannot be printed, of a replacement',
      ...put(one, app('asked'), { fieldManager: 'a\u0007' }),
    },
  ],
};

const identity: ApplyScenario = {
  name: 'bodies that are about something else',
  steps: [
    { step: 'create', ...apply(one, 'alice', app('asked')) },
    { step: 'another name', ...apply(one, 'alice', app('other')) },
    { step: 'another name at creation', ...apply(apps('new'), 'alice', app('other')) },
    { step: 'no name', ...apply(one, 'alice', { ...app('asked'), metadata: {} }) },
    { step: 'no name at creation', ...apply(apps('nameless'), 'alice', { ...app('asked'), metadata: {} }) },
    { step: 'generateName', ...apply(one, 'alice', { ...app('asked'), metadata: { generateName: 'asked-' } }) },
    { step: 'another namespace', ...apply(one, 'alice', app('asked', { metadata: { namespace: 'default' } })) },
    { step: 'its own namespace', ...apply(one, 'alice', app('asked', { metadata: { namespace: 'NAMESPACE' } })) },
    { step: 'another kind', ...apply(one, 'alice', { ...app('asked'), kind: 'KubeDirectorCluster' }) },
    { step: 'another version', ...apply(one, 'alice', { ...app('asked'), apiVersion: 'GROUP/v1' }) },
    { step: 'another group', ...apply(one, 'alice', { ...app('asked'), apiVersion: 'v1' }) },
    { step: 'a version that is none', ...apply(one, 'alice', { ...app('asked'), apiVersion: 'a/b/c' }) },
    { step: 'no kind and no version', ...apply(one, 'alice', { metadata: { name: 'asked' } }) },
    {
      step: 'another uid',
      ...apply(one, 'alice', app('asked', { metadata: { uid: '11111111-2222-3333-4444-555555555555' } })),
    },
    {
      step: 'a uid at creation',
      ...apply(apps('new'), 'alice', app('new', { metadata: { uid: '11111111-2222-3333-4444-555555555555' } })),
    },
    { step: 'its own uid', ...apply(one, 'alice', app('asked', { metadata: { uid: '<uid 1>' } })) },
    { step: 'change', ...apply(one, 'alice', app('asked', { metadata: { labels: { a: '1' } } })) },
    {
      step: 'an older resourceVersion',
      ...apply(one, 'alice', app('asked', { metadata: { resourceVersion: '<revision 1>' } })),
    },
    {
      step: 'the present resourceVersion',
      ...apply(one, 'alice', app('asked', { metadata: { resourceVersion: '<revision 4>', labels: { a: '2' } } })),
    },
    {
      step: 'a resourceVersion that is none',
      ...apply(one, 'alice', app('asked', { metadata: { resourceVersion: 'yesterday' } })),
    },
    {
      step: 'a resourceVersion at creation',
      ...apply(apps('new'), 'alice', app('new', { metadata: { resourceVersion: '1' } })),
    },
    { step: 'managedFields', ...apply(one, 'alice', app('asked', { metadata: { managedFields: [] } })) },
    { step: 'null managedFields', ...apply(one, 'alice', app('asked', { metadata: { managedFields: null } })) },
    {
      step: 'what the server writes',
      ...apply(
        one,
        'alice',
        app('asked', { metadata: { generation: 99, creationTimestamp: '2020-01-01T00:00:00Z', selfLink: '/x' } }),
      ),
    },
    { step: 'what is stored', ...get(one) },
  ],
};

const bodies: ApplyScenario = {
  name: 'bodies that are no configuration',
  steps: [
    { step: 'create', ...apply(one, 'alice', app('asked')) },
    { step: 'nothing', ...apply(one, 'alice', '') },
    { step: 'null', ...apply(one, 'alice', 'null') },
    { step: 'an empty object', ...apply(one, 'alice', '{}') },
    { step: 'a list', ...apply(one, 'alice', '[]') },
    { step: 'a text', ...apply(one, 'alice', 'hello') },
    { step: 'YAML with an error', ...apply(one, 'alice', 'a: [1') },
    { step: 'two documents', ...apply(one, 'alice', 'a: 1\n---\nb: 2\n') },
    {
      step: 'a key twice',
      ...apply(one, 'alice', `${JSON.stringify(part('asked')).slice(0, -1)},"spec":{"version":"1","version":"1"}}`),
    },
    {
      step: 'a key twice, strictly',
      ...apply(
        one,
        'alice',
        'apiVersion: GROUP/v1beta1\nkind: KubeDirectorApp\nmetadata:\n  name: asked\n  name: asked\n',
        {
          fieldValidation: 'Strict',
        },
      ),
    },
    { step: 'to a collection', ...apply(apps(), 'alice', app('asked')) },
    { step: 'to a subresource that is none', ...apply(`${one}/scale`, 'alice', app('asked')) },
    { step: 'to the status of what has none', ...apply(`${one}/status`, 'alice', app('asked')) },
    {
      step: 'to the status of nothing',
      ...apply(`${clusters('missing')}/status`, 'alice', {
        apiVersion: 'GROUP/v1beta1',
        kind: 'KubeDirectorCluster',
        metadata: { name: 'missing' },
        status: {},
      }),
    },
    { step: 'as another type', ...apply(one, 'alice', app('asked')), contentType: 'application/apply-patch+json' },
    {
      step: 'with a charset',
      ...apply(one, 'alice', app('asked')),
      contentType: 'application/apply-patch+yaml; charset=utf-8',
    },
  ],
};

export const requestScenarios: readonly ApplyScenario[] = [options, identity, bodies];
