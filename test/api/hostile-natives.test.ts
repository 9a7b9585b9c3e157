/**
 * Stored objects of the playground's native kinds that do not fit their schema: put there by hand, or by another version of
 * the program. They are served as they are, and can be changed, corrected and deleted.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import kubernetes from '../../openapi/kubernetes/schemas.json' with { type: 'json' };
import type { ResourceDefinition } from '../../src/apiserver/resource.ts';
import { served } from '../../src/apiserver/server.ts';
import { storeKey } from '../../src/apiserver/watchcache/index.ts';
import { apiVersionString, type KubeObject } from '../../src/meta/object.ts';
import type { Status } from '../../src/meta/status.ts';
import { playgroundDefinitions } from '../../src/playground/definitions/index.ts';
import type { OpenApiSchemas } from '../../src/schema/contract.ts';
import { Api, bodyOf } from '../support/api.ts';
import { admin, startCluster, testSchema } from '../unit/playground/cluster.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { write } from '../support/store-writes.ts';

const schemas = kubernetes.components.schemas as unknown as OpenApiSchemas;
let api: Api;
let store: MemoryStore;
const definitions = playgroundDefinitions({
  schema: testSchema,
  lookup: { registry: (group, plural) => api.server.registry(group, plural) },
  now: () => new Date(),
  random: Math.random,
});
beforeEach(() => {
  store = new MemoryStore();
});
afterEach(() => api.stop());

const identity = ({ namespaced }: ResourceDefinition, name: string) => ({
  name,
  namespace: namespaced ? 'default' : '',
});
const garbage: readonly unknown[] = [null, 7, 'text', true, [], [null], [[7]], {}, { a: { b: 7 } }];

/** Nothing but garbage in one field, or in one part of one. */
function contents({ schema: { root } }: ResourceDefinition): object[] {
  const fieldsOf = (node = root): string[] => Object.keys(node.schema.properties ?? {});
  const fields = fieldsOf().filter((field) => !['apiVersion', 'kind', 'metadata'].includes(field));
  const parts = fields.flatMap((field) => fieldsOf(root.property(field)).map((part) => [field, part] as const));
  return [
    {},
    // A third for each field, and all of it for every three fields: the kinds have hundreds.
    ...fields.flatMap((field, at) =>
      garbage.filter((_, index) => index % 3 === at % 3).map((value) => ({ [field]: value })),
    ),
    ...parts.map(([field, part], at) => ({ [field]: { [part]: at % 2 === 0 ? 7 : [null] } })),
  ];
}

async function put(definition: ResourceDefinition, name: string, content: object): Promise<void> {
  const { group, version, kind } = definition;
  const target = identity(definition, name);
  const metadata = { ...target, uid: `u-${name}`, creationTimestamp: '2026-01-02T03:04:05Z' };
  const object = { apiVersion: apiVersionString({ group, version }), kind, metadata, ...content };
  await write(store, storeKey(definition, target), 'absent', Buffer.from(JSON.stringify(object)));
}

function pathOf({ group, version, plural, namespaced }: ResourceDefinition, name = ''): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}${namespaced ? '/namespaces/default' : ''}/${plural}${name === '' ? '' : `/${name}`}`;
}

const start = async (): Promise<void> => {
  api = await Api.started({ store, resources: definitions.map((one) => served(one)), openApiSchemas: schemas });
};
const merge = (path: string, body: object) =>
  api.request('patch', path).set('content-type', 'application/merge-patch+json').send(JSON.stringify(body));

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const hold = { metadata: { finalizers: ['example.com/hold'] } };

interface Answer {
  readonly status: number;
  readonly body: unknown;
}
/** It is done, or refused because of what is wrong with the object. */
function expectClear({ status, body }: Answer, about: unknown): void {
  const { message = '', details } = body as Partial<Status>;
  if (status === 422) expect({ about, message, causes: details?.causes }).not.toMatchObject({ causes: [] });
  else expect({ about, status, message }).toMatchObject({ status: 200 });
}

describe('objects of native kinds that do not fit their schema', () => {
  const kinds = definitions.map((definition): [string, ResourceDefinition] => [definition.plural, definition]);

  it.each(kinds)('are served, can be written to and deleted: %s', async (_, definition) => {
    const all = contents(definition);
    for (const [index, content] of all.entries()) await put(definition, `h${index}`, content);
    await start();
    await api.request('get', pathOf(definition)).expect(200);
    await api.request('get', pathOf(definition)).set('accept', table).expect(200);
    for (const [index, content] of all.entries()) {
      const path = pathOf(definition, `h${index}`);
      const before = bodyOf(await api.request('get', path).expect(200));
      expect(before).toMatchObject(content);
      await api.request('get', path).set('accept', table).expect(200);
      const labelled = await merge(path, { metadata: { labels: { good: 'yes' } } });
      expectClear(labelled, content);
      // Nothing gets lost that a write was not about.
      const isReadable = definition.schema.readable(before as object) === before;
      if (labelled.status === 200 && !isReadable) expect(labelled.body).toMatchObject(definition.schema.prune(content));
      // An object that cannot be read must not be held for ever because of that.
      const held = await merge(path, hold);
      expectClear(held, content);
      expectClear(await api.request('put', path).send(bodyOf(await api.request('get', path)) as object), content);
      for (const [name, { type }] of Object.entries(definition.subresources)) {
        if (type === 'status') expectClear(await merge(`${path}/status`, { status: { x: 1 } }), content);
        if (type === 'object') expect((await api.request('get', `${path}/${name}`)).status).toBeLessThan(500);
        if (type === 'object')
          expect((await merge(`${path}/${name}`, { spec: { replicas: 2 } })).status).toBeLessThan(500);
      }
      await api.request('delete', `${path}?gracePeriodSeconds=0`).expect(200);
      if (held.status === 200) await merge(path, { metadata: { finalizers: null } }).expect(200);
      await api.request('get', path).expect(404);
    }
  });

  it('can be corrected', async () => {
    const sound: Readonly<Record<string, object>> = {
      configmaps: { data: { a: 'b' } },
      pods: { spec: { containers: [{ name: 'one', image: 'image' }] } },
      services: { spec: { ports: [{ port: 80 }] } },
      secrets: { type: 'Opaque', data: { a: 'Yg==' } },
      roles: { rules: [] },
    };
    const kindsOf = definitions.filter(({ plural }) => plural in sound);
    for (const definition of kindsOf) await put(definition, 'bad', { spec: 7, data: 7, rules: 7, type: 7 });
    await start();
    for (const definition of kindsOf) {
      const path = pathOf(definition, 'bad');
      const { apiVersion, kind } = bodyOf(await api.request('get', path)) as KubeObject;
      const right = { apiVersion, kind, metadata: { name: 'bad' }, ...sound[definition.plural] };
      expectClear(await api.request('put', path).send({ ...right, spec: { ports: 'x', containers: 'x' } }), right);
      const corrected = await api.request('put', path).send(right);
      expect(corrected).toMatchObject({ status: 200, body: sound[definition.plural] });
      await merge(path, { metadata: { labels: { a: 'b' } } }).expect(200);
    }
  });

  it('may not be made worse', async () => {
    const [pods] = definitions.filter(({ plural }) => plural === 'pods');
    if (pods === undefined) throw new Error('there are no pods');
    await put(pods, 'bad', { spec: { nodeName: 7, containers: [{ name: 'one', image: 'image' }] } });
    await start();
    const refused = await merge(pathOf(pods, 'bad'), { spec: { activeDeadlineSeconds: 'x' } }).expect(422);
    const { details } = bodyOf(refused) as Status;
    expect(details?.causes?.map(({ field }) => field)).toEqual(['spec.activeDeadlineSeconds']);
    await merge(pathOf(pods, 'bad'), { spec: { containers: [{ name: 'two', image: 'image' }] } }).expect(422);
    await merge(pathOf(pods, 'bad'), { spec: { containers: [{ name: 'one', image: 'other' }] } }).expect(200);
  });

  it('do not keep the simulators from their work', async () => {
    for (const definition of definitions) {
      for (const [index, content] of contents(definition).entries()) await put(definition, `h${index}`, content);
    }
    await start();
    const cluster = await startCluster({ store });
    try {
      const labels = { app: 'web' };
      await cluster.native.statefulSets.create(admin, 'default', {
        ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web', namespace: 'default' } },
        spec: {
          ...{ replicas: 1, serviceName: 'web', selector: { matchLabels: labels } },
          template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'nginx:1' }] } },
        },
      });
      const phase = (): string | undefined => cluster.native.pods.cache.get('default', 'web-0')?.object.status?.phase;
      await vi.waitFor(() => expect(phase()).toBe('Running'), 20_000);
    } finally {
      cluster.stop();
    }
  });
});
