/** Applies of one manager and of several: creates, changes, conflicts, released fields, and applies without changes. */
import { app, apply, apps, get, merge, part, putEdited, remove, role, type ApplyScenario } from './scenario.ts';

const yaml = `# What people write.
apiVersion: GROUP/v1beta1
kind: KubeDirectorApp
metadata:
  name: made
  labels: {team: data}
spec:
  label: {name: Conformance}
  distroID: test/conformance
  version: "2"
  configSchemaVersion: 7
  roles:
  - {id: one, cardinality: "1", imageRepoTag: "image:1", configPackage: null, maxLogSizeDump: 256}
  config: {selectedRoles: [one], roleServices: [], configMeta: {}}
  services: []
`;

const creating: ApplyScenario = {
  name: 'an apply creates, changes, and writes nothing where nothing changes',
  steps: [
    { step: 'create', ...apply(apps('made'), 'alice', app('made')) },
    { step: 'the same again', ...apply(apps('made'), 'alice', app('made')) },
    { step: 'what is stored', ...get(apps('made')) },
    { step: 'change in YAML', ...apply(apps('made'), 'alice', yaml) },
    { step: 'the same YAML again', ...apply(apps('made'), 'alice', yaml) },
    { step: 'another manager wants the same', ...apply(apps('made'), 'bob', part('made', { spec: { version: '2' } })) },
    { step: 'and again', ...apply(apps('made'), 'bob', part('made', { spec: { version: '2' } })) },
    { step: 'update that changes nothing', ...merge(apps('made'), { spec: { version: '2' } }) },
    { step: 'replace that changes nothing', ...putEdited(apps('made'), 'and again', {}) },
    {
      step: 'dry run',
      ...apply(apps('made'), 'bob', part('made', { spec: { version: '3' } }), { dryRun: 'All', force: 'true' }),
    },
    { step: 'dry run of a creation', ...apply(apps('other'), 'bob', app('other'), { dryRun: 'All' }) },
    { step: 'which created nothing', ...get(apps('other')) },
  ],
};

const conflicts: ApplyScenario = {
  name: 'conflicts name every field and its owner',
  steps: [
    { step: 'create', ...apply(apps('shared'), 'alice', app('shared', { metadata: { labels: { a: '1', b: '1' } } })) },
    { step: 'one conflict', ...apply(apps('shared'), 'bob', part('shared', { spec: { version: '2' } })) },
    {
      step: 'several conflicts with one',
      ...apply(
        apps('shared'),
        'bob',
        part('shared', {
          metadata: { labels: { a: '2' } },
          spec: { version: '2', label: { name: 'Other' }, roles: [role('one', { imageRepoTag: 'image:2' })] },
        }),
      ),
    },
    { step: 'an update takes a field', ...merge(apps('shared'), { spec: { distroID: 'test/other' } }) },
    {
      step: 'conflicts with two',
      ...apply(apps('shared'), 'bob', part('shared', { spec: { version: '2', distroID: 'test/third' } })),
    },
    {
      step: 'a conflict with an update alone',
      ...apply(apps('shared'), 'bob', part('shared', { spec: { distroID: 'test/third' } })),
    },
    {
      step: 'force',
      ...apply(apps('shared'), 'bob', part('shared', { spec: { version: '2', distroID: 'test/third' } }), {
        force: 'true',
      }),
    },
    {
      step: 'the former owner insists',
      ...apply(apps('shared'), 'alice', app('shared', { metadata: { labels: { a: '1', b: '1' } } })),
    },
    {
      step: 'force=false is no force',
      ...apply(apps('shared'), 'alice', part('shared', { spec: { version: '1' } }), { force: 'false' }),
    },
    { step: 'what is stored', ...get(apps('shared')) },
  ],
};

const givingUp: ApplyScenario = {
  name: 'fields that nobody wants any more go, others stay',
  steps: [
    {
      step: 'create',
      ...apply(
        apps('given-up'),
        'alice',
        app('given-up', {
          metadata: { labels: { mine: 'x', ours: 'x' }, annotations: { note: 'x' } },
          spec: { roles: [role('one'), role('two')], capabilities: ['SYS_PTRACE'], systemdRequired: true },
        }),
      ),
    },
    {
      step: 'bob shares a label and a role',
      ...apply(
        apps('given-up'),
        'bob',
        part('given-up', { metadata: { labels: { ours: 'x' } }, spec: { roles: [{ id: 'two', cardinality: '1' }] } }),
      ),
    },
    { step: 'alice gives up all but the needful', ...apply(apps('given-up'), 'alice', app('given-up')) },
    {
      step: 'bob gives up everything',
      ...apply(apps('given-up'), 'bob', part('given-up')),
    },
    { step: 'an update adds a label', ...merge(apps('given-up'), { metadata: { labels: { late: 'x' } } }) },
    {
      step: 'an applier gives up what an update owns too',
      ...apply(apps('given-up'), 'carol', part('given-up', { metadata: { labels: { late: 'x' } } })),
    },
    { step: 'and it stays', ...apply(apps('given-up'), 'carol', part('given-up')) },
    { step: 'an update takes it away', ...merge(apps('given-up'), { metadata: { labels: null } }) },
  ],
};

const dying: ApplyScenario = {
  name: 'finalizers, owners and deletion',
  steps: [
    {
      step: 'create with a finalizer',
      ...apply(apps('dying'), 'alice', app('dying', { metadata: { finalizers: ['example.com/alice'] } })),
    },
    {
      step: 'another manager adds one',
      ...apply(apps('dying'), 'bob', part('dying', { metadata: { finalizers: ['example.com/bob'] } })),
    },
    {
      step: 'owners',
      ...apply(
        apps('dying'),
        'bob',
        part('dying', {
          metadata: {
            finalizers: ['example.com/bob'],
            ownerReferences: [
              { apiVersion: 'v1', kind: 'ConfigMap', name: 'none', uid: '11111111-2222-3333-4444-555555555555' },
            ],
          },
        }),
      ),
    },
    {
      step: 'the same owner twice',
      ...apply(
        apps('dying'),
        'carol',
        part('dying', {
          metadata: {
            ownerReferences: [
              { apiVersion: 'v1', kind: 'ConfigMap', name: 'none', uid: '11111111-2222-3333-4444-555555555555' },
              { apiVersion: 'v1', kind: 'ConfigMap', name: 'none', uid: '11111111-2222-3333-4444-555555555555' },
            ],
          },
        }),
      ),
    },
    { step: 'delete', ...remove(apps('dying')) },
    { step: 'bob lets go', ...apply(apps('dying'), 'bob', part('dying')) },
    {
      step: 'nobody may add one now',
      ...apply(apps('dying'), 'carol', part('dying', { metadata: { finalizers: ['example.com/carol'] } })),
    },
    { step: 'alice lets go', ...apply(apps('dying'), 'alice', app('dying')) },
    { step: 'gone', ...get(apps('dying')) },
  ],
};

export const ownershipScenarios: readonly ApplyScenario[] = [creating, conflicts, givingUp, dying];
