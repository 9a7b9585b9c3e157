/** Values that Kubernetes refuses, and stored objects that break the rules. Neither may block anybody. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeKey } from '../../src/apiserver/watchcache/index.ts';
import type { Status } from '../../src/meta/status.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { GroupApi, inDefault } from './group-api.ts';
import { write } from '../support/store-writes.ts';

let api: GroupApi;
let store: MemoryStore;
beforeEach(async () => {
  store = new MemoryStore();
  api = await GroupApi.started({ store });
  const app = readFileSync(new URL('../testdata/apps/streams.yaml', import.meta.url), 'utf8');
  await api.yaml(`${inDefault}/kubedirectorapps`, app).expect(201);
});
afterEach(() => api.stop());

const clusters = `${inDefault}/kubedirectorclusters`;
const live = `${clusters}/live`;
const resources = { limits: { memory: '4Gi', cpu: '2' }, requests: { memory: '4Gi', cpu: '2' } };
const roles = ['console', 'keeper', 'broker', 'client'].map((id) => ({ id, resources }));
const withRole = (more: object): object => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name: 'live' },
  spec: { app: 'streams', roles: [...roles.slice(0, 3), { ...roles[3], ...more }] },
});
const causes = ({ body }: { body: unknown }): string[] =>
  ((body as Status).details?.causes ?? []).map(({ field, message }) => `${field ?? ''}: ${message ?? ''}`);

type Terms = 'matchExpressions' | 'matchFields';
const required = (terms: Terms, operator: string): object => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ [terms]: [{ key: 'disk', operator }] }] },
  },
});
const preferred = (terms: Terms, operator: string): object => ({
  nodeAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 1, preference: { [terms]: [{ key: 'disk', operator }] } },
    ],
  },
});
const requiredPath = 'nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]';
const preferredPath = 'nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference';

describe('an affinity with an operator that does not exist', () => {
  const operators = '"DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"';

  it.each([
    ['Equals', required('matchExpressions', 'Equals'), `${requiredPath}.matchExpressions[0]`],
    ['in', required('matchExpressions', 'in'), `${requiredPath}.matchExpressions[0]`],
    ['exists', required('matchFields', 'exists'), `${requiredPath}.matchFields[0]`],
    ['', preferred('matchExpressions', ''), `${preferredPath}.matchExpressions[0]`],
    ['Equals', preferred('matchFields', 'Equals'), `${preferredPath}.matchFields[0]`],
  ])('is refused with the operators that there are: %j', async (operator, affinity, path) => {
    const said = `spec.roles[3].affinity.${path}.operator: Unsupported value: ${JSON.stringify(operator)}: supported values: ${operators}`;
    expect(causes(await api.post(clusters, withRole({ affinity })).expect(422))).toContain(said);
    await api.post(clusters, withRole({})).expect(201);
    const patch = [{ op: 'add', path: '/spec/roles/3/affinity', value: affinity }];
    expect(causes(await api.patch(live, patch, 'json-patch').expect(422))).toContain(said);
    await api.patch(live, { metadata: { labels: { still: 'written' } } }).expect(200);
  });
});

describe('a spec of the wrong type', () => {
  it.each([null, 0, 'x', [], {}, { app: null, roles: null }, { app: '', roles: [] }])(
    'is refused by every write: %j',
    async (spec) => {
      await api.post(clusters, withRole({})).expect(201);
      const sent = { ...withRole({}), spec };
      for (const path of [clusters, `${clusters}?dryRun=All`]) await api.post(path, sent).expect(422);
      await api.put(live, sent).expect(422);
      await api.patch(live, { spec }).expect(({ status }) => expect([200, 422]).toContain(status));
      await api.patch(live, [{ op: 'replace', path: '/spec', value: spec }], 'json-patch').expect(422);
    },
  );
});

describe('a stored cluster that breaks rules', () => {
  const affinity = required('matchExpressions', 'Equals');

  /** As an earlier version of the program may have stored it. */
  async function stored(change: (cluster: Record<string, Record<string, unknown>>) => void): Promise<void> {
    const created: unknown = (await api.post(clusters, withRole({})).expect(201)).body;
    const cluster = created as Record<string, Record<string, unknown>>;
    const metadata = cluster['metadata'] ?? {};
    metadata['finalizers'] = ['example.com/hold'];
    const revision = Number(metadata['resourceVersion']);
    delete metadata['resourceVersion'];
    // The controller has seen it.
    cluster['status'] = { observedGeneration: 1, state: 'configured', roles: [] };
    change(cluster);
    const { definition } = api.server.registry('kubedirector.hpe.com', 'kubedirectorclusters');
    const key = storeKey(definition, { namespace: 'default', name: 'live' });
    await write(store, key, revision, Buffer.from(JSON.stringify(cluster)));
  }
  const breakRole = (role: object) => (cluster: Record<string, Record<string, unknown>>) => {
    cluster['spec'] = { ...cluster['spec'], roles: [...roles.slice(0, 3), { ...roles[3], members: 0, ...role }] };
  };

  it.each([
    ['an operator that there is not', { affinity }],
    ['no operator', { affinity: required('matchExpressions', 'In'), podLabels: { 'bad key!': 'x' } }],
    ['no resources', { resources: undefined }],
    ['a text for a number', { members: 'three' }],
    ['a number for a list', { env: 7 }],
    ['too few resources for the app', { resources: { limits: { memory: '1', cpu: '1' } } }],
  ])('can be labelled, scaled, reported on, released and deleted: %s', async (_, role) => {
    await stored(breakRole(role));
    await api.patch(live, { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } } }).expect(200);
    await api.patch(`${live}/status`, { status: { state: 'updating' } }).expect(200);
    const scaled = await api
      .patch(live, [{ op: 'replace', path: '/spec/roles/2/members', value: 4 }], 'json-patch')
      .expect(200);
    const { spec } = scaled.body as { spec: { roles: Record<string, unknown>[] } };
    expect(spec.roles[3]).toMatchObject(JSON.parse(JSON.stringify(role)) as object);
    await api.delete(live).expect(200);
    await api.patch(live, { metadata: { finalizers: null } }).expect(200);
    await api.get(live).expect(404);
  });

  it('can be changed and deleted without the name of an app', async () => {
    await stored((cluster) => {
      cluster['spec'] = { roles };
    });
    await api.patch(live, { metadata: { labels: { a: 'b' } } }).expect(200);
    const patched = await api.patch(live, { spec: { serviceType: 'NodePort' } });
    expect([200, 422]).toContain(patched.status);
    await api.patch(live, { spec: { app: 'streams' } }).expect(200);
    await api.delete(live).expect(200);
  });

  it('can be corrected, but not made worse', async () => {
    await stored(breakRole({ affinity }));
    const path = `/spec/roles/3/affinity/${requiredPath.replaceAll('.', '/').replace('[0]', '/0')}/matchExpressions/0/operator`;
    await api.patch(live, [{ op: 'replace', path, value: 'equals' }], 'json-patch').expect(422);
    await api.patch(live, [{ op: 'replace', path, value: 'Exists' }], 'json-patch').expect(200);
  });
});

describe('a stored backup that breaks rules', () => {
  const backups = `${inDefault}/kubedirectorbackups`;
  const spec = { cluster: 'live', schedule: '0 2 * * *' };

  it('can be suspended, but not made worse', async () => {
    const sent = {
      apiVersion: 'kubedirector.hpe.com/v1beta1',
      kind: 'KubeDirectorBackup',
      metadata: { name: 'n' },
      spec,
    };
    const made = (await api.post(backups, sent).expect(201)).body as Record<string, Record<string, unknown>>;
    const { resourceVersion, ...metadata } = made['metadata'] ?? {};
    const old = { ...made, metadata, spec: { ...spec, schedule: '@every 5m', timeZone: 'Mars/Olympus' } };
    const { definition } = api.server.registry('kubedirector.hpe.com', 'kubedirectorbackups');
    const key = storeKey(definition, { namespace: 'default', name: 'n' });
    await write(store, key, Number(resourceVersion), Buffer.from(JSON.stringify(old)));
    await api.patch(`${backups}/n`, { spec: { suspend: true } }).expect(200);
    await api.patch(`${backups}/n`, { spec: { schedule: '@every 6m' } }).expect(422);
    await api.patch(`${backups}/n`, { spec: { schedule: '@daily' } }).expect(200);
  });
});
