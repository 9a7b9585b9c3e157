/** One object through both versions of its resource: every way to read it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createReadOnlyRegistry } from '../../src/apiserver/registry/index.ts';
import { served } from '../../src/apiserver/server.ts';
import { createDerivedCache } from '../../src/apiserver/watchcache/index.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { Api, bodyOf } from '../support/api.ts';
import {
  conversions,
  gadget,
  gadgetDefinition,
  gadgetSchemas,
  gadgetV1,
  startedGadgets,
  v1,
  v1beta1,
  type Gadget,
} from '../support/gadgets.ts';
import { WatchClient } from '../unit/watchcache/watch-client.ts';
import {
  api,
  eachWithGadgets,
  get,
  partialAccept,
  post,
  tableAccept,
  watch,
  watches,
  type Shown,
} from './versions-fixture.ts';

eachWithGadgets();

const hubForm = { color: 'red', size: 3, replicas: 2, parts: [{ id: 'a', text: 'A' }], nickname: 'Al' };
const v1Form = { paint: { color: 'red' }, dimensions: { size: 3 }, count: 2, pieces: [{ name: 'a', label: 'A' }] };

describe('an object of two versions', () => {
  it('is the same object in both, whichever version it was created in', async () => {
    for (const [name, made] of [
      ['one', await post(v1beta1, gadget('one', hubForm))],
      ['two', await post(v1, gadgetV1('two', v1Form, { annotations: { 'gadgets.example/nickname': 'Al' } }))],
    ] as const) {
      const [inHub, inV1] = [await get(`${v1beta1}/${name}`), await get(`${v1}/${name}`)];
      expect([made, inHub, inV1].map(({ metadata }) => metadata['uid'])).toEqual(Array(3).fill(made.metadata['uid']));
      expect(inV1.metadata.resourceVersion).toBe(inHub.metadata.resourceVersion);
      expect(inHub).toMatchObject({ apiVersion: 'gadgets.example/v1beta1', kind: 'Gadget', spec: hubForm });
      expect(inV1).toMatchObject({ apiVersion: 'gadgets.example/v1', kind: 'Gadget', spec: v1Form });
      expect(inHub.metadata['annotations']).toBeUndefined();
      expect(inV1.metadata['annotations']).toEqual({ 'gadgets.example/nickname': 'Al' });
      expect(inV1.spec).toEqual(v1Form);
    }
  });

  it('keeps what only one version has in an annotation of the other', async () => {
    await post(v1, gadgetV1('one', { note: 'remember' }));
    const inHub = await get(`${v1beta1}/one`);
    expect(inHub.metadata['annotations']).toEqual({ 'gadgets.example/note': 'remember' });
    expect(inHub.spec).toEqual({ replicas: 1 });
    expect((await get(`${v1}/one`)).spec).toEqual({ count: 1, note: 'remember' });
  });

  it('answers HEAD with the length of its version', async () => {
    await post(v1, gadgetV1('one', v1Form));
    for (const path of [v1beta1, v1]) {
      const whole = await api.request('get', `${path}/one`).expect(200);
      const head = await api.request('head', `${path}/one`).expect(200);
      expect(head.headers['content-length']).toBe(String(Buffer.byteLength(whole.text)));
    }
  });

  it('can be read as a table row with the columns of its version, and as metadata only', async () => {
    await post(v1beta1, gadget('one', hubForm));
    const [hub, other] = [await get(`${v1beta1}/one`, tableAccept), await get(`${v1}/one`, tableAccept)];
    expect(hub.columnDefinitions.map(({ name }) => name)).toEqual(['Name', 'Color']);
    expect(hub.rows[0]?.cells).toEqual(['one', 'red']);
    expect(other.columnDefinitions.map(({ name }) => name)).toEqual(['Name', 'Paint', 'Count']);
    expect(other.rows[0]?.cells).toEqual(['one', 'red', 2]);
    const whole = await get(`${v1}?includeObject=Object`, tableAccept);
    expect(whole.rows[0]?.object).toMatchObject({ apiVersion: 'gadgets.example/v1', spec: v1Form });
    const partial = await get(`${v1}/one`, partialAccept);
    expect(partial).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
    expect(partial.metadata['annotations']).toEqual({ 'gadgets.example/nickname': 'Al' });
    expect((await get(`${v1beta1}/one`, partialAccept)).metadata['annotations']).toBeUndefined();
  });

  it('is YAML in its version', async () => {
    await post(v1beta1, gadget('one', hubForm));
    const { text } = await api.request('get', `${v1}/one`).set('accept', 'application/yaml').expect(200);
    expect(text).toContain('apiVersion: gadgets.example/v1\n');
    expect(text).toContain('  paint:\n    color: red\n');
  });
});

describe('a list', () => {
  const names = ({ items }: Shown): unknown[] => items.map(({ metadata }) => metadata['name']);

  it('has all objects in its version, page by page, and continues in the other', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await post(name < 'c' ? v1beta1 : v1, name < 'c' ? gadget(name, { size: 1 }) : gadgetV1(name, { count: 4 }));
    for (const [path, version] of [
      [v1beta1, 'v1beta1'],
      [v1, 'v1'],
    ] as const) {
      const list = await get(path);
      expect(list).toMatchObject({ kind: 'GadgetList', apiVersion: `gadgets.example/${version}` });
      expect(names(list)).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(new Set(list.items.map(({ apiVersion }) => apiVersion))).toEqual(new Set([`gadgets.example/${version}`]));
      const everywhere = await get(path.replace('/namespaces/default', ''));
      expect(everywhere.items).toEqual(list.items);
    }
    const first = await get(`${v1}?limit=2`);
    expect(first.metadata).toMatchObject({ remainingItemCount: 3 });
    expect(first.items.map(({ spec }) => spec?.['dimensions'])).toEqual([{ size: 1 }, { size: 1 }]);
    await post(v1beta1, gadget('bb'));
    const second = await get(`${v1beta1}?limit=2&continue=${first.metadata.continue}`);
    expect(names(second)).toEqual(['c', 'd']);
    expect(second.items[0]?.spec).toMatchObject({ replicas: 4 });
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const third = await get(`${v1}?limit=2&continue=${second.metadata.continue}`);
    expect(names(third)).toEqual(['e']);
    const rows = await get(v1, tableAccept);
    expect(rows.rows.map(({ cells }) => cells[2])).toEqual([1, 1, 1, 4, 4, 4]);
  });

  it('selects by the fields and labels of its version', async () => {
    await post(v1beta1, gadget('one', { color: 'red' }, { labels: { a: 'b' } }));
    await post(v1, gadgetV1('two', { paint: { color: 'blue' } }));
    expect(names(await get(`${v1beta1}?fieldSelector=spec.color=red`))).toEqual(['one']);
    expect(names(await get(`${v1}?fieldSelector=spec.paint.color=red`))).toEqual(['one']);
    expect(names(await get(`${v1}?fieldSelector=spec.paint.color!=red`))).toEqual(['two']);
    expect(names(await get(`${v1}?fieldSelector=metadata.name=two`))).toEqual(['two']);
    expect(names(await get(`${v1}?labelSelector=a=b`))).toEqual(['one']);
    for (const path of [`${v1}?fieldSelector=spec.color=red`, `${v1beta1}?fieldSelector=spec.paint.color=red`])
      await api.request('get', path).expect(400);
  });
});

describe('objects that are stored in an older version', () => {
  it('are in the lists and watches of both, and go from them, in the version of each', async () => {
    await post(v1beta1, gadget('one', { color: 'red' }));
    await post(v1beta1, gadget('two', { color: 'red' }));
    const { store } = api;
    const later = await startedGadgets({ store }, { storageVersion: 'v1' });
    const server = createServer((request, response) => void later.server.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const follow = async (path: string): Promise<WatchClient> => {
      const client = await WatchClient.http1(`${url}${path}`, { 'x-user': 'admin' });
      watches.push(client);
      return client;
    };
    const both = [await follow(`${v1}?watch=1&fieldSelector=spec.paint.color=red`), await follow(`${v1beta1}?watch=1`)];
    await later.request('delete', `${v1}/one`).expect(200);
    await later
      .request('put', `${v1beta1}/two`)
      .send(gadget('two', { color: 'blue' }))
      .expect(200);
    const events = await Promise.all(both.map((client) => client.next(4)));
    expect(events.map((all) => all.map((event) => event.split('@')[0]))).toEqual([
      ['ADDED one', 'ADDED two', 'DELETED one', 'DELETED two'],
      ['ADDED one', 'ADDED two', 'DELETED one', 'MODIFIED two'],
    ]);
    const spec = { paint: { color: 'red' }, count: 1 };
    expect(both[0]?.lines.map(({ object }) => object)).toEqual(
      Array(4).fill(expect.objectContaining({ apiVersion: 'gadgets.example/v1', spec })),
    );
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await later.stop();
  });
});

it('A computed resource has versions, too', async () => {
  const definition = gadgetDefinition();
  const cache = createDerivedCache<Gadget>({ definition, upstream: api.hub, metrics: createMetrics() });
  const resources = [served(definition, createReadOnlyRegistry(definition, cache))];
  const views = await Api.started({ resources, openApiSchemas: gadgetSchemas });
  const metadata = { name: 'one', namespace: 'default', uid: 'u', creationTimestamp: '2026-01-02T03:04:05Z' };
  cache.replace('all', [{ ...gadget('one', { color: 'red' }), metadata }], 0);
  cache.show(0);
  const shown = bodyOf(await views.request('get', v1).expect(200)) as Shown;
  expect(shown.items).toMatchObject([{ apiVersion: 'gadgets.example/v1', spec: { paint: { color: 'red' } } }]);
  expect(bodyOf(await views.request('get', `${v1beta1}/one`).expect(200))).toMatchObject({ spec: { color: 'red' } });
  await views.request('post', v1).send(gadgetV1('two')).expect(405);
  cache.stop();
  await views.stop();
});

it('converts nothing for clients that use the storage version', async () => {
  conversions.count = 0;
  await post(v1beta1, gadget('one', hubForm));
  await get(`${v1beta1}/one`);
  await get(v1beta1);
  await get(`${v1beta1}?fieldSelector=spec.color=red`);
  const client = await watch(`${v1beta1}?watch=1`);
  await api
    .request('patch', `${v1beta1}/one`)
    .set('content-type', 'application/merge-patch+json')
    .send({ spec: { size: 9 } })
    .expect(200);
  await client.next(2);
  await api.request('delete', `${v1beta1}/one`).expect(200);
  expect(conversions.count).toBe(0);
});
