/** How lists and maps are merged, and which of them are not valid. */
import {
  app,
  apply,
  apps,
  cluster,
  clusters,
  get,
  jsonPatch,
  merge,
  part,
  role,
  type ApplyScenario,
} from './scenario.ts';

const rolesOf = (...roles: unknown[]): object => part('listed', { spec: { roles } });

const maps: ApplyScenario = {
  name: 'lists with keys merge item by item',
  steps: [
    {
      step: 'create',
      ...apply(apps('listed'), 'alice', app('listed', { spec: { roles: [role('one'), role('two')] } })),
    },
    { step: 'another manager adds an item', ...apply(apps('listed'), 'bob', rolesOf(role('three'))) },
    {
      step: 'and a field to the first',
      ...apply(apps('listed'), 'bob', rolesOf(role('three'), { id: 'one', minStorage: { size: '1Gi' } })),
    },
    {
      step: "order is the first owner's",
      ...apply(apps('listed'), 'alice', app('listed', { spec: { roles: [role('two'), role('one')] } })),
    },
    {
      step: 'bob takes his item away',
      ...apply(apps('listed'), 'bob', rolesOf({ id: 'one', minStorage: { size: '1Gi' } })),
    },
    { step: 'the same key twice', ...apply(apps('listed'), 'bob', rolesOf(role('one'), role('one'))) },
    { step: 'no key', ...apply(apps('listed'), 'bob', rolesOf({ cardinality: '1' })) },
    { step: 'null as a key', ...apply(apps('listed'), 'bob', rolesOf({ id: null, cardinality: '1' })) },
    { step: 'null as an item', ...apply(apps('listed'), 'bob', rolesOf(null)) },
    { step: 'a text as an item', ...apply(apps('listed'), 'bob', rolesOf('one')) },
    {
      step: 'a text as the list',
      ...apply(apps('listed'), 'bob', part('listed', { spec: { roles: 'one' } })),
    },
    { step: 'a map as the list', ...apply(apps('listed'), 'bob', part('listed', { spec: { roles: { id: 'one' } } })) },
    { step: 'an empty list', ...apply(apps('listed'), 'bob', rolesOf()) },
    { step: 'null as the list', ...apply(apps('listed'), 'bob', part('listed', { spec: { roles: null } })) },
    { step: 'what is stored', ...get(apps('listed')) },
  ],
};

const connections = (lists: object): object => ({
  apiVersion: 'GROUP/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name: 'sets' },
  spec: { connections: lists },
});

const sets: ApplyScenario = {
  name: 'sets merge, atomic lists are one value',
  steps: [
    {
      step: 'create',
      ...apply(clusters('sets'), 'alice', cluster('sets', { spec: { connections: { clusters: ['a', 'b'] } } })),
    },
    { step: 'another manager adds one', ...apply(clusters('sets'), 'bob', connections({ clusters: ['c', 'a'] })) },
    {
      step: 'alice takes one away',
      ...apply(clusters('sets'), 'alice', cluster('sets', { spec: { connections: { clusters: ['b'] } } })),
    },
    { step: 'twice the same', ...apply(clusters('sets'), 'bob', connections({ clusters: ['c', 'c'] })) },
    { step: 'null in a set', ...apply(clusters('sets'), 'bob', connections({ clusters: [null] })) },
    { step: 'a number in a set of texts', ...apply(clusters('sets'), 'bob', connections({ clusters: [1] })) },
    {
      step: 'an update removes one',
      ...jsonPatch(clusters('sets'), [{ op: 'remove', path: '/spec/connections/clusters/0' }]),
    },
    {
      step: 'an atomic list',
      ...apply(apps('atomic'), 'alice', app('atomic', { spec: { capabilities: ['A', 'B'] } })),
    },
    {
      step: 'conflicts as a whole',
      ...apply(apps('atomic'), 'bob', part('atomic', { spec: { capabilities: ['A', 'B', 'C'] } })),
    },
    {
      step: 'equal values are shared',
      ...apply(apps('atomic'), 'bob', part('atomic', { spec: { capabilities: ['A', 'B'] } })),
    },
  ],
};

const shapes: ApplyScenario = {
  name: 'nulls, unknown fields and wrong types',
  steps: [
    { step: 'create', ...apply(apps('shapes'), 'alice', app('shapes', { metadata: { labels: { a: '1' } } })) },
    { step: 'null labels', ...apply(apps('shapes'), 'bob', part('shapes', { metadata: { labels: null } })) },
    { step: 'null as a label', ...apply(apps('shapes'), 'bob', part('shapes', { metadata: { labels: { b: null } } })) },
    { step: 'null spec', ...apply(apps('shapes'), 'bob', part('shapes', { spec: null as never })) },
    {
      step: 'null metadata',
      ...apply(apps('shapes'), 'bob', { apiVersion: 'GROUP/v1beta1', kind: 'KubeDirectorApp', metadata: null }),
    },
    {
      step: 'a number as a label',
      ...apply(apps('shapes'), 'bob', part('shapes', { metadata: { labels: { b: 7 } } })),
    },
    { step: 'labels as a list', ...apply(apps('shapes'), 'bob', part('shapes', { metadata: { labels: ['b'] } })) },
    {
      step: 'a text as a number',
      ...apply(apps('shapes'), 'bob', part('shapes', { spec: { configSchemaVersion: 'seven' } }), { force: 'true' }),
    },
    {
      step: 'a map as a text',
      ...apply(apps('shapes'), 'bob', part('shapes', { spec: { version: { major: 1 } } }), { force: 'true' }),
    },
    {
      step: 'an unknown field that is kept',
      ...apply(apps('shapes'), 'bob', part('shapes', { spec: { extra: { deep: [1, { a: null }] } } })),
    },
    {
      step: 'an unknown field that is not',
      ...apply(clusters('shapes'), 'bob', cluster('shapes', { spec: { unknown: 1 } })),
    },
    {
      step: 'strictly',
      ...apply(clusters('shapes'), 'bob', cluster('shapes', { spec: { unknown: 1 } }), { fieldValidation: 'Strict' }),
    },
    {
      step: 'or not at all',
      ...apply(clusters('shapes'), 'bob', cluster('shapes', { spec: { unknown: 1 } }), { fieldValidation: 'Ignore' }),
    },
    { step: 'unknown in metadata', ...apply(apps('shapes'), 'bob', part('shapes', { metadata: { unknown: 1 } })) },
    { step: 'unknown at the top', ...apply(apps('shapes'), 'bob', { ...part('shapes'), unknown: 1 }) },
    {
      step: 'a result that is not valid',
      ...apply(apps('shapes'), 'bob', part('shapes', { spec: { version: '' } }), { force: 'true' }),
    },
    { step: 'a map of free keys', ...merge(apps('shapes'), { metadata: { annotations: { 'a.b/c': '1', d: '2' } } }) },
    { step: 'what is stored', ...get(apps('shapes')) },
  ],
};

export const listScenarios: readonly ApplyScenario[] = [maps, sets, shapes];
