/**
 * Stored objects that are not of their kind's shape: from another version of the program, or put there by hand. They are
 * served as they are, can be deleted, and harm nobody else.
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/meta/object.ts';
import { MemoryStore } from '../unit/watchcache/memory-store.ts';
import { GroupApi, inDefault, root } from './group-api.ts';

let api: GroupApi;
let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});
afterEach(() => api.stop());

const app = readFileSync(new URL('../testdata/apps/streams.yaml', import.meta.url), 'utf8');
const resources = { limits: { memory: '4Gi', cpu: '2' }, requests: { memory: '4Gi', cpu: '2' } };
const sound = {
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name: 'sound' },
  spec: { app: 'streams', roles: ['console', 'keeper', 'broker', 'client'].map((id) => ({ id, resources })) },
};

const kinds = {
  kubedirectorclusters: 'KubeDirectorCluster',
  kubedirectorapps: 'KubeDirectorApp',
  kubedirectorconfigs: 'KubeDirectorConfig',
  kubedirectorstatusbackups: 'KubeDirectorStatusBackup',
} as const;

const garbage: readonly unknown[] = [null, 7, 'text', true, [], [null], [[7]], {}, { roles: 'x' }];
const contents: readonly object[] = [
  {},
  ...garbage.flatMap((value) => [{ spec: value }, { spec: { app: 'streams', roles: [] }, status: value }]),
  ...garbage.map((value) => ({ spec: { app: 'streams', roles: value } })),
  ...garbage.map((value) => ({ spec: { app: value, roles: [{ id: value }, value, { id: 'a', members: value }] } })),
  ...garbage.map((value) => ({
    spec: { app: 'streams', roles: [{ id: 'broker', resources: value, env: value, affinity: value }] },
    status: {
      state: value,
      conditions: [value],
      roles: [{ id: 'broker', members: value }, value],
      specGeneration: value,
    },
  })),
  ...garbage.map((value) => ({
    spec: { app: 'streams', roles: [{ id: 'broker' }] },
    status: { roles: [{ id: 'broker', members: [value, { pod: value, state: value, stateDetail: value }] }] },
  })),
];
const strangeMetadata: readonly object[] = [
  { labels: 7 },
  { labels: { a: 1 } },
  { annotations: 'x' },
  { finalizers: 'x' },
  { finalizers: [7] },
  { ownerReferences: {} },
];

const keyOf = (plural: string, name: string): string => `/kubedirector.hpe.com/${plural}/default/${name}`;

async function put(plural: keyof typeof kinds, name: string, content: object, metadata: object = {}): Promise<void> {
  const identity = { name, namespace: 'default', uid: `u-${name}`, creationTimestamp: '2026-01-02T03:04:05Z' };
  const object = {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: kinds[plural],
    metadata: { ...identity, generation: 1, ...metadata },
    ...content,
  };
  await store.write(keyOf(plural, name), 'absent', Buffer.from(JSON.stringify(object)));
}

async function fill(filled: readonly (keyof typeof kinds)[]): Promise<void> {
  for (const plural of filled) {
    for (const [index, content] of contents.entries()) await put(plural, `h${index}`, content);
    for (const [index, metadata] of strangeMetadata.entries()) await put(plural, `m${index}`, {}, metadata);
  }
}

const plurals = Object.keys(kinds) as (keyof typeof kinds)[];

describe('objects that are not of their shape', () => {
  /** A part of them for each kind: every request of all of them would take minutes. */
  const names = (offset: number): string[] => [
    ...contents.map((_, index) => `h${index}`).filter((_, index) => index % 5 === offset),
    ...strangeMetadata.map((_, index) => `m${index}`),
  ];

  it.each([
    ['were there at the start', true],
    ['come while others watch', false],
  ])('do no harm where they %s', async (_, before) => {
    if (before) await fill(plurals);
    api = await GroupApi.started({ store });
    await api.yaml(`${inDefault}/kubedirectorapps`, app).expect(201);
    await api.post(`${inDefault}/kubedirectorclusters`, sound).expect(201);
    if (!before) await fill(plurals);
    for (const plural of [...Object.keys(kinds), 'kubedirectorroles', 'kubedirectorendpoints']) {
      for (const path of [`${inDefault}/${plural}`, `${root}/${plural}`]) {
        await api.get(path).expect(200);
        await api.table(path).expect(200);
      }
    }
    const watched = `${inDefault}/kubedirectorclusters?watch=true&timeoutSeconds=1&resourceVersion=0`;
    const lines = await api
      .table(watched)
      .buffer(true)
      .parse((response, done) => {
        response.on('data', () => undefined).on('end', () => done(null, ''));
      });
    expect(lines.status).toBe(200);
    const selectors = ['spec.app=streams', 'spec.appCatalog=local', 'status.state=configured'];
    for (const selector of selectors) {
      await api.get(`${inDefault}/kubedirectorclusters?fieldSelector=${selector}`).expect(200);
    }
    const roles: unknown = (await api.get(`${inDefault}/kubedirectorroles/sound.broker`).expect(200)).body;
    expect(roles).toMatchObject({ spec: { cluster: 'sound', role: 'broker' } });
    await api
      .patch(`${inDefault}/kubedirectorclusters/sound/scale`, { spec: { replicas: 4 } })
      .expect(({ status }) => expect(status).toBeLessThan(500));
  });

  it.each(Object.keys(kinds) as (keyof typeof kinds)[])(
    'can be read and deleted, and crash nothing when they are written: %s',
    async (plural) => {
      await fill([plural]);
      api = await GroupApi.started({ store });
      for (const name of names(plurals.indexOf(plural))) {
        const path = `${inDefault}/${plural}/${name}`;
        const stored = (await api.get(path).expect(200)).body as KubeObject;
        await api.table(path).expect(200);
        await api
          .patch(path, { metadata: { labels: { good: 'yes' } } })
          .expect(({ status }) => expect(status).toBeLessThan(500));
        await api.delete(path).expect(200);
        if ('finalizers' in stored.metadata) await api.patch(path, { metadata: { finalizers: null } });
        await api.get(path).expect(404);
      }
    },
    120_000,
  );
});
