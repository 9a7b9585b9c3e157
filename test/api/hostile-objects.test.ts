/**
 * Stored objects that do not fit the schema of their kind: from another version of the program, or put there by hand. They
 * are served as they are, can be deleted, and do not affect other objects.
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupSchemas, kindSchema } from '../../src/apis/kubedirector/schemas.ts';
import { isJsonObject } from '../../src/meta/json.ts';
import type { KubeObject, ObjectMeta } from '../../src/meta/object.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { GroupApi, inDefault, root } from './group-api.ts';
import { write } from '../support/store-writes.ts';

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
  kubedirectorbackups: 'KubeDirectorBackup',
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

interface Content extends KubeObject {
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

const schemas = groupSchemas();
const keyOf = (plural: string, name: string): string => `/kubedirector.hpe.com/${plural}/default/${name}`;

async function put(plural: keyof typeof kinds, name: string, content: object, metadata: object = {}): Promise<void> {
  const identity = { name, namespace: 'default', uid: `u-${name}`, creationTimestamp: '2026-01-02T03:04:05Z' };
  const object = {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: kinds[plural],
    metadata: { ...identity, generation: 1, ...metadata },
    ...content,
  };
  await write(store, keyOf(plural, name), 'absent', Buffer.from(JSON.stringify(object)));
}

async function fill(filled: readonly (keyof typeof kinds)[]): Promise<void> {
  for (const plural of filled) {
    for (const [index, content] of contents.entries()) await put(plural, `h${index}`, content);
    for (const [index, metadata] of strangeMetadata.entries()) await put(plural, `m${index}`, {}, metadata);
  }
}

const plurals = Object.keys(kinds) as (keyof typeof kinds)[];

describe('objects that do not fit their schema', () => {
  const names = [...contents.map((_, index) => `h${index}`), ...strangeMetadata.map((_, index) => `m${index}`)];

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

  it.each(plurals)(
    'can be read, labelled, annotated, held by finalizers and deleted, and stay as they are meanwhile: %s',
    async (plural) => {
      await fill([plural]);
      api = await GroupApi.started({ store });
      for (const name of names) {
        const path = `${inDefault}/${plural}/${name}`;
        const stored = (await api.get(path).expect(200)).body as Content;
        await api.table(path).expect(200);
        await api.patch(path, { metadata: { labels: { good: 'yes' } } }).expect(200);
        await api.patch(path, { metadata: { annotations: { good: 'yes' } } }).expect(200);
        await api.patch(path, { metadata: { finalizers: ['example.com/hold'] } }).expect(200);
        const written = (await api.get(path).expect(200)).body as Content;
        await api.put(path, written).expect(200);
        const known = kindSchema(kinds[plural], schemas).prune(stored);
        expect({ name, spec: written.spec, status: written.status, generation: written.metadata.generation }).toEqual({
          ...{ name, spec: known.spec, status: known.status, generation: 1 },
        });
        await api.delete(path).expect(200);
        await api.patch(path, { metadata: { finalizers: null } }).expect(200);
        await api.get(path).expect(404);
      }
    },
    120_000,
  );

  it('can be corrected', async () => {
    await fill(['kubedirectorclusters']);
    api = await GroupApi.started({ store });
    await api.yaml(`${inDefault}/kubedirectorapps`, app).expect(201);
    for (const name of names) {
      const path = `${inDefault}/kubedirectorclusters/${name}`;
      const { metadata, spec } = (await api.get(path).expect(200)).body as Content;
      // A cluster of another app is not changed.
      if (isJsonObject(spec) && spec.app === 'text') continue;
      await api
        .put(path, { ...sound, metadata: { name, resourceVersion: metadata.resourceVersion } })
        .expect(({ status, body }) => expect({ name, status, body: body as unknown }).toMatchObject({ status: 200 }));
    }
  }, 60_000);

  it('keep the fields that are hidden from the user who writes them', async () => {
    const members = [7, { pod: 'p-0', authToken: 'hidden', state: 7 }, { pod: 'p-1', authToken: ['hidden'] }];
    const roles = [{ id: 'broker', members }, 'x'];
    await put('kubedirectorclusters', 'half', { spec: { app: 'streams', roles: 7 }, status: { state: 7, roles } });
    api = await GroupApi.started({ store });
    const path = `${inDefault}/kubedirectorclusters/half`;
    const seen = (await api.get(path).expect(200)).body as Content;
    expect(JSON.stringify(seen)).not.toContain('hidden');
    expect(seen).toMatchObject({ spec: { roles: 7 }, status: { state: 7 } });
    await api.patch(path, { metadata: { labels: { good: 'yes' } } }).expect(200);
    await api
      .patch(`${path}/status`, { status: { state: 'configured' } })
      .expect(({ status, body }) => expect([status, (body as { message?: string }).message]).toEqual([200, undefined]));
    const current = (await api.get(path).expect(200)).body as Content;
    const annotated = { ...current, metadata: { ...current.metadata, annotations: { good: 'yes' } } };
    await api
      .put(path, annotated)
      .expect(({ status, body }) => expect([status, (body as { message?: string }).message]).toEqual([200, undefined]));
    const stored = await store.read(keyOf('kubedirectorclusters', 'half'));
    expect(JSON.parse(String(stored?.value))).toMatchObject({
      spec: { app: 'streams', roles: 7 },
      status: { state: 'configured', roles },
    });
  });

  it('can be scaled if the fields that scaling needs can be read', async () => {
    const [console, keeper, broker] = sound.spec.roles;
    const odd = { ...broker, env: 'x', podLabels: [7] };
    const annotations = { 'kubedirector.hpe.com/scale-role': 'broker' };
    const spec = { app: 'streams', roles: [console, keeper, odd, 7] };
    await put('kubedirectorclusters', 'half', { spec, status: 'x' }, { annotations });
    api = await GroupApi.started({ store });
    await api.yaml(`${inDefault}/kubedirectorapps`, app).expect(201);
    const path = `${inDefault}/kubedirectorclusters/half`;
    await api.patch(`${path}/scale`, { spec: { replicas: 5 } }).expect(200);
    const scaled: unknown = (await api.get(path).expect(200)).body;
    expect(scaled).toMatchObject({ spec: { roles: [console, keeper, { ...odd, members: 5 }, 7] }, status: 'x' });
  });
});
