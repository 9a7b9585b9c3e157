/** Writes other than applies, and managedFields that clients write themselves. */
import {
  app,
  apply,
  apps,
  get,
  jsonPatch,
  merge,
  part,
  post,
  put,
  putEdited,
  role,
  type ApplyScenario,
} from './scenario.ts';

const updates: ApplyScenario = {
  name: 'every write has a manager',
  steps: [
    {
      step: 'create, named by the User-Agent',
      ...post(apps(), app('updated')),
      userAgent: 'kubectl/v1.37 (linux/amd64)',
    },
    {
      step: 'create, named',
      ...post(apps(), app('updated-2', { metadata: { labels: { a: '1' } } }), { fieldManager: 'alice' }),
    },
    { step: 'without a User-Agent', ...merge(apps('updated'), { metadata: { labels: { a: '1' } } }), userAgent: '' },
    {
      step: 'a User-Agent with a slash alone',
      ...merge(apps('updated'), { metadata: { labels: { b: '1' } } }),
      userAgent: '/1.0',
    },
    {
      step: 'a long User-Agent',
      ...merge(apps('updated'), { metadata: { labels: { c: '1' } } }),
      userAgent: `${'u'.repeat(200)}/1`,
    },
    {
      step: 'a User-Agent without a slash',
      ...merge(apps('updated'), { metadata: { labels: { d: '1' } } }),
      userAgent: 'curl\t7 (x)',
    },
    {
      step: 'a merge patch takes a field',
      ...merge(apps('updated'), { spec: { version: '2' } }, { fieldManager: 'bob' }),
    },
    {
      step: 'a JSON patch',
      ...jsonPatch(apps('updated'), [{ op: 'add', path: '/spec/roles/-', value: role('two') }], {
        fieldManager: 'carol',
      }),
    },
    {
      step: 'a JSON patch removes',
      ...jsonPatch(apps('updated'), [{ op: 'remove', path: '/spec/roles/1' }], { fieldManager: 'dave' }),
    },
    {
      step: 'a replacement',
      ...putEdited(
        apps('updated'),
        'a JSON patch removes',
        { spec: { version: '3', systemdRequired: true } },
        { fieldManager: 'alice' },
      ),
    },
    {
      step: 'a replacement without managedFields',
      ...put(apps('updated'), app('updated', { metadata: { resourceVersion: '<revision 10>' } }), {
        fieldManager: 'alice',
      }),
    },
    {
      step: 'one name, two operations',
      ...apply(apps('updated'), 'alice', part('updated', { metadata: { labels: { z: '1' } } })),
    },
    { step: 'what is stored', ...get(apps('updated')) },
  ],
};

const writers = Array.from({ length: 13 }, (_, at) => `writer-${String(at + 1).padStart(2, '0')}`);

const many: ApplyScenario = {
  name: 'the oldest of many managers are put together',
  steps: [
    { step: 'create', ...post(apps(), app('many'), { fieldManager: 'writer-00' }) },
    ...writers.map((writer) => ({
      step: writer,
      ...merge(apps('many'), { metadata: { labels: { [writer]: 'x' } } }, { fieldManager: writer }),
    })),
    {
      step: 'an applier does not count',
      ...apply(apps('many'), 'alice', part('many', { metadata: { labels: { a: 'x' } } })),
    },
    {
      step: 'conflict with the ancient',
      ...apply(apps('many'), 'alice', part('many', { metadata: { labels: { 'writer-01': 'y' } } })),
    },
  ],
};

const entry = (extra: object): object => ({
  manager: 'liar',
  operation: 'Update',
  apiVersion: 'GROUP/v1beta1',
  time: '2020-01-01T02:00:00+02:00',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': { 'f:version': {} } },
  ...extra,
});

const lie = (name: string, ...entries: object[]): ApplyScenario['steps'][number] => ({
  step: name,
  ...merge(apps('lies'), { metadata: { managedFields: entries } }, { fieldManager: 'bob' }),
});

const lies: ApplyScenario = {
  name: 'managedFields that clients write',
  steps: [
    {
      step: 'create with some',
      ...post(apps(), app('lies', { metadata: { managedFields: [entry({})] } }), { fieldManager: 'alice' }),
    },
    lie('of their own', entry({})),
    lie(
      'about foreign fields',
      entry({ fieldsV1: { 'f:nothing': { 'f:here': {} }, 'f:spec': { '.': {}, 'f:version': {} } } }),
    ),
    lie(
      'about metadata',
      entry({ fieldsV1: { 'f:metadata': { 'f:uid': {}, 'f:name': {}, 'f:labels': { '.': {} } } } }),
    ),
    lie('with an operation that is none', entry({ operation: 'Steal' })),
    lie('without an operation', entry({ operation: '' })),
    lie('without a version', entry({ apiVersion: '' })),
    lie('of an unknown version', entry({ apiVersion: 'GROUP/v7' })),
    lie('of another group', entry({ apiVersion: 'apps/v1' })),
    lie('without a fieldsType', entry({ fieldsType: '' })),
    lie('of another fieldsType', entry({ fieldsType: 'FieldsV2' })),
    lie('without fields', entry({ fieldsV1: null })),
    lie('with fields that are a text', entry({ fieldsV1: 'f:spec' })),
    lie('with fields that are a list', entry({ fieldsV1: ['f:spec'] })),
    lie('with a key that is none', entry({ fieldsV1: { spec: {} } })),
    lie('with a key of an unknown letter', entry({ fieldsV1: { 'x:spec': {}, 'f:spec': { 'f:version': {} } } })),
    lie('with a broken list key', entry({ fieldsV1: { 'f:spec': { 'f:roles': { 'k:{"id"': {} } } } })),
    lie('with a text below a field', entry({ fieldsV1: { 'f:spec': 'all' } })),
    lie('with a time that is none', entry({ time: 'yesterday' })),
    lie('with a number as manager', entry({ manager: 7 })),
    lie('without a manager', entry({ manager: '' })),
    lie('of too long a manager', entry({ manager: 'm'.repeat(129) })),
    lie('of a manager that cannot be printed', entry({ manager: 'a\u0007' })),
    lie('of too long a subresource', entry({ subresource: 's'.repeat(257) })),
    lie('of two that are one', entry({}), entry({ fieldsV1: { 'f:spec': { 'f:distroID': {} } } })),
    { step: 'that are no list', ...merge(apps('lies'), { metadata: { managedFields: {} } }, { fieldManager: 'bob' }) },
    { step: 'that are null', ...merge(apps('lies'), { metadata: { managedFields: null } }, { fieldManager: 'bob' }) },
    {
      step: 'with a null in them',
      ...merge(apps('lies'), { metadata: { managedFields: [null] } }, { fieldManager: 'bob' }),
    },
    { step: 'what is stored', ...get(apps('lies')) },
  ],
};

const forgetting: ApplyScenario = {
  name: 'managedFields can be switched off and come back',
  steps: [
    { step: 'create', ...apply(apps('forgotten'), 'alice', app('forgotten')) },
    { step: 'an empty list', ...merge(apps('forgotten'), { metadata: { managedFields: [] } }) },
    { step: 'an empty entry', ...merge(apps('forgotten'), { metadata: { managedFields: [{}] } }) },
    {
      step: 'an update is not tracked',
      ...merge(apps('forgotten'), { spec: { version: '2' } }, { fieldManager: 'bob' }),
    },
    { step: 'the first apply meets what was there', ...apply(apps('forgotten'), 'alice', app('forgotten')) },
    { step: 'with force', ...apply(apps('forgotten'), 'alice', app('forgotten'), { force: 'true' }) },
    {
      step: 'an empty entry again',
      ...putEdited(apps('forgotten'), 'with force', { metadata: { managedFields: [{}] } }),
    },
    {
      step: 'a conflict-free apply',
      ...apply(apps('forgotten'), 'alice', part('forgotten', { metadata: { labels: { a: '1' } } })),
    },
    {
      step: 'an empty entry at creation',
      ...post(apps(), app('tracked', { metadata: { managedFields: [{}] } }), { fieldManager: 'alice' }),
    },
    {
      step: 'an empty entry and a change',
      ...merge(apps('tracked'), { metadata: { managedFields: [{}] }, spec: { version: '2' } }),
    },
    {
      step: 'undone by a replacement with the old ones',
      ...putEdited(apps('tracked'), 'an empty entry at creation', { metadata: { resourceVersion: '<revision 8>' } }),
    },
  ],
};

export const managedFieldsScenarios: readonly ApplyScenario[] = [updates, many, lies, forgetting];
