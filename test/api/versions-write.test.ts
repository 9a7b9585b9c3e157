/** Writes through both versions of a resource: what is stored, who owns what, and what is wrong with it. */
import { afterEach, describe, expect, it } from 'vitest';
import { createInProcessClient } from '../../src/apiserver/client/index.ts';
import { admin, bodyOf, type Api, type ApiOptions } from '../support/api.ts';
import {
  gadget,
  gadgetV1,
  onlyV1,
  startedGadgets,
  v1,
  v1beta1,
  type Gadget,
  type GadgetOptions,
} from '../support/gadgets.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { write } from '../support/store-writes.ts';

interface Answer {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly items: readonly Answer[];
  readonly message: string;
  readonly details: { readonly causes: readonly { readonly field: string; readonly message: string }[] };
}
interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly fieldsV1: unknown;
  readonly subresource?: string;
}

let api: Api;
afterEach(() => api.stop());
const start = async (options?: ApiOptions, gadgets?: GadgetOptions): Promise<void> => {
  api = await startedGadgets(options, gadgets);
};

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
const types = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};
async function send(
  method: Method,
  path: string,
  body: object | undefined,
  code = 200,
  type?: string,
): Promise<Answer> {
  const request = api.request(method, path);
  if (type !== undefined) void request.set('content-type', type);
  const answer = await (body === undefined ? request : request.send(JSON.stringify(body)));
  expect([path, answer.status, answer.status === code ? '' : answer.text]).toEqual([path, code, '']);
  return bodyOf(answer) as Answer;
}
const json = 'application/json';
const get = (path: string): Promise<Answer> => send('get', path, undefined);
const post = (path: string, body: object, code = 201): Promise<Answer> => send('post', path, body, code, json);
const put = (path: string, body: object, code = 200): Promise<Answer> => send('put', path, body, code, json);
const merge = (path: string, body: object, code = 200): Promise<Answer> => send('patch', path, body, code, types.merge);
const apply = (path: string, manager: string, body: object, code = 200): Promise<Answer> =>
  send('patch', `${path}?fieldManager=${manager}`, body, code, types.apply);
const stored = async (store: MemoryStore, name = 'one'): Promise<Answer & { apiVersion: string }> => {
  const entry = await store.read(`/gadgets.example/gadgets/default/${name}`);
  return JSON.parse(entry?.value.toString() ?? '') as Answer & { apiVersion: string };
};

describe('a write', () => {
  it('is stored in the storage version, whatever version was written', async () => {
    await start();
    await post(v1, gadgetV1('one', { paint: { color: 'red' }, note: 'n' }));
    await post(v1beta1, gadget('two', { color: 'red' }));
    for (const name of ['one', 'two'])
      expect(await stored(api.store, name)).toMatchObject({
        apiVersion: 'gadgets.example/v1beta1',
        spec: { color: 'red', replicas: 1 },
      });
    expect((await stored(api.store)).metadata.annotations).toEqual({ 'gadgets.example/note': 'n' });
  });

  it('may have another storage version than the hub', async () => {
    await start({}, { storageVersion: 'v1' });
    await post(v1beta1, gadget('one', { color: 'red', nickname: 'Al' }));
    await merge(`${v1}/one`, { spec: { note: 'n' } });
    await put(`${v1beta1}/one/status`, { ...gadget('one'), status: { state: 'up' } });
    const bytes = await stored(api.store);
    expect(bytes).toMatchObject({ apiVersion: 'gadgets.example/v1', spec: { paint: { color: 'red' }, note: 'n' } });
    expect(bytes).toMatchObject({ status: { phase: 'up' } });
    expect((await get(`${v1beta1}/one`)).spec).toEqual({ color: 'red', replicas: 1, nickname: 'Al' });
    await post(v1beta1, gadget('bad', { color: 'green' }), 422);
  });

  it('changes one object, with one generation and one status', async () => {
    await start();
    const made = await post(v1, gadgetV1('one', { paint: { color: 'red' } }));
    const put1 = await put(`${v1beta1}/one`, gadget('one', { color: 'blue' }));
    expect(put1.metadata).toMatchObject({ uid: made.metadata.uid, generation: 2 });
    await put(`${v1}/one/status`, { ...gadgetV1('one'), status: { phase: 'up' } });
    const both = [await get(`${v1beta1}/one`), await get(`${v1}/one`)];
    expect(both.map(({ status }) => status)).toEqual([{ state: 'up' }, { phase: 'up' }]);
    expect(both.map(({ metadata }) => metadata.generation)).toEqual([2, 2]);
    const old = { resourceVersion: made.metadata.resourceVersion };
    await put(`${v1}/one`, gadgetV1('one', {}, old), 409);
    await put(`${v1}/one`, gadgetV1('one', {}, { uid: 'another' }), 409);
    const unchanged = await put(`${v1}/one`, gadgetV1('one', { paint: { color: 'blue' }, count: 1 }));
    expect(unchanged.metadata.resourceVersion).toBe(both[0]?.metadata.resourceVersion);
  });

  it('patches the object in the version of its path', async () => {
    await start();
    await post(v1beta1, gadget('one', { color: 'red', parts: [{ id: 'a' }] }));
    const merged = await merge(`${v1}/one`, { spec: { paint: { color: 'blue' } } });
    expect(merged.spec).toEqual({ paint: { color: 'blue' }, count: 1, pieces: [{ name: 'a' }] });
    const operations = [
      { op: 'test', path: '/spec/pieces/0/name', value: 'a' },
      { op: 'add', path: '/spec/pieces/-', value: { name: 'b', label: 'B' } },
      { op: 'copy', from: '/spec/paint/color', path: '/spec/note' },
    ];
    await send('patch', `${v1}/one`, operations, 200, types.json);
    const { spec, metadata } = await get(`${v1beta1}/one`);
    expect(spec).toEqual({ color: 'blue', replicas: 1, parts: [{ id: 'a' }, { id: 'b', text: 'B' }] });
    expect(metadata.annotations).toEqual({ 'gadgets.example/note': 'blue' });
    const strict = await send('patch', `${v1}/one?fieldValidation=Strict`, { spec: { color: 'x' } }, 422, types.merge);
    expect(strict.message).toContain('unknown field "spec.color"');
  });

  it('is refused if its body has another version than its path', async () => {
    await start();
    const why =
      'the API version in the data (gadgets.example/v1beta1) does not match the expected API version (gadgets.example/v1)';
    expect((await post(v1, gadget('one'), 400)).message).toBe(why);
    await post(v1, gadgetV1('one'));
    expect((await put(`${v1}/one`, gadget('one'), 400)).message).toBe(why);
    await merge(`${v1}/one`, { apiVersion: 'gadgets.example/v1beta1' }, 422);
    expect((await apply(`${v1}/one`, 'm', gadget('one'), 400)).message).toBe(
      'invalid object type: gadgets.example/v1beta1, Kind=Gadget',
    );
  });

  it('is pruned, defaulted and validated by the schema of its version', async () => {
    await start();
    const { spec } = await post(v1, { ...gadgetV1('one'), spec: { color: 'red', paint: { color: 'blue' } } });
    expect(spec).toEqual({ paint: { color: 'blue' }, count: 1 });
    const long = { paint: { color: 'a color with a long name' }, count: 'many' };
    const refused = await post(v1, { ...gadgetV1('two'), spec: long }, 422);
    expect(refused.details.causes.map(({ field }) => field)).toEqual(['spec.paint.color', 'spec.count']);
    await post(v1beta1, gadget('two', { color: 'a color with a long name' }));
    // A write is not refused for a fault that was there before in this version and that it does not change.
    await merge(`${v1}/two`, { spec: { count: 3 } });
    await merge(`${v1}/two`, { spec: { paint: { color: 'another color with a long name' } } }, 422);
  });

  it('is judged by the one strategy, which names the fields of the hub', async () => {
    await start();
    const refused = await post(v1, gadgetV1('one', { paint: { color: 'green' } }), 422);
    expect(refused.details.causes.map(({ field }) => field)).toEqual(['spec.color']);
    const answer = await api
      .request('post', v1)
      .send(gadgetV1('two', { paint: { color: 'grey' } }))
      .expect(201);
    expect(answer.headers['warning']).toContain('going out of fashion');
  });

  it('is refused if the hub cannot express it', async () => {
    await start();
    const { message } = await post(v1, gadgetV1('one', { paint: { color: onlyV1 } }), 400);
    expect(message).toBe(
      'Gadget in version "v1" cannot be handled as a Gadget: spec.paint.color v1-green has no name in v1beta1',
    );
    await get(v1beta1).then(({ items }) => expect(items).toEqual([]));
  });

  it('is dry run, deleted, and deleted together in either version', async () => {
    await start();
    const dry = await post(`${v1}?dryRun=All`, gadgetV1('one', { count: 3 }));
    expect(dry).toMatchObject({ apiVersion: 'gadgets.example/v1', spec: { count: 3 } });
    await send('get', `${v1}/one`, undefined, 404);
    await post(v1beta1, gadget('held', { color: 'red' }, { finalizers: ['gadgets.example/held'] }));
    const held = await send('delete', `${v1}/held`, undefined);
    expect(held).toMatchObject({ apiVersion: 'gadgets.example/v1', spec: { paint: { color: 'red' } } });
    const freed = await merge(`${v1}/held`, { metadata: { finalizers: null } });
    expect(freed).toMatchObject({ apiVersion: 'gadgets.example/v1' });
    await send('get', `${v1beta1}/held`, undefined, 404);
    for (const name of ['a', 'b']) await post(v1beta1, gadget(name, { color: name }));
    const all = await send('delete', `${v1}?fieldSelector=spec.paint.color=a`, undefined);
    expect(all.items).toMatchObject([{ apiVersion: 'gadgets.example/v1', spec: { paint: { color: 'a' } } }]);
    expect((await get(v1beta1)).items).toHaveLength(1);
  });
});

describe('objects that are stored in an older version', () => {
  it('read right, and are rewritten in the new one by an update without change', async () => {
    const store = new MemoryStore();
    await start({ store });
    await post(v1beta1, gadget('one', { color: 'red', nickname: 'Al' }));
    await post(v1, gadgetV1('two', { paint: { color: 'blue' } }));
    const before = await get(`${v1}/one`);
    await api.stop();

    await start({ store }, { storageVersion: 'v1' });
    for (const path of [v1, v1beta1]) expect((await get(path)).items).toHaveLength(2);
    const one = await get(`${v1}/one`);
    expect(one).toEqual(before);
    expect((await get(`${v1beta1}/one`)).spec).toEqual({ color: 'red', replicas: 1, nickname: 'Al' });
    expect((await get(`${v1}?fieldSelector=spec.paint.color=red`)).items).toEqual([one]);
    expect((await stored(store)).apiVersion).toBe('gadgets.example/v1beta1');

    const rewritten = await put(`${v1}/one`, one);
    expect(Number(rewritten.metadata.resourceVersion)).toBeGreaterThan(Number(one.metadata.resourceVersion));
    expect({ ...rewritten, metadata: { ...rewritten.metadata, resourceVersion: '' } }).toEqual({
      ...one,
      metadata: { ...one.metadata, resourceVersion: '' },
    });
    expect(await stored(store)).toMatchObject({ apiVersion: 'gadgets.example/v1', spec: { paint: { color: 'red' } } });
    const again = await merge(`${v1beta1}/one`, {});
    expect(again.metadata.resourceVersion).toBe(rewritten.metadata.resourceVersion);
    await merge(`${v1beta1}/two`, {});
    expect((await stored(store, 'two')).apiVersion).toBe('gadgets.example/v1');
    await api.stop();

    // And back.
    await start({ store });
    expect((await get(`${v1}/one`)).spec).toEqual(one.spec);
    await merge(`${v1}/one`, {});
    expect(await stored(store)).toMatchObject({ apiVersion: 'gadgets.example/v1beta1', spec: { nickname: 'Al' } });
  });

  it('are not confused with those that cannot be converted, which only their readers notice', async () => {
    const store = new MemoryStore();
    await start({ store });
    await post(v1beta1, gadget('bad', { color: 'beta-green' }));
    await post(v1beta1, gadget('good', { color: 'red' }));
    await api.stop();
    await start({ store }, { storageVersion: 'v1' });
    await send('get', v1, undefined, 500);
    await send('get', `${v1}/bad`, undefined, 500);
    expect((await get(`${v1}/good`)).spec).toMatchObject({ paint: { color: 'red' } });
    await post(v1, gadgetV1('more'));
    await send('get', `${v1}?limit=1`, undefined, 500);
    // Also once the values of the field are indexed.
    for (let time = 0; time < 3; time += 1) {
      await send('get', `${v1}?fieldSelector=spec.paint.color=red`, undefined, 500);
    }
  });

  it('may be shorter than the apiVersion of the others, if somebody wrote them into the store', async () => {
    const store = new MemoryStore();
    store.put('/gadgets.example/gadgets/default/one', { metadata: { name: 'one' } });
    await start({ store });
    expect((await get(v1)).items).toMatchObject([{ apiVersion: 'gadgets.example/v1', metadata: { name: 'one' } }]);
  });
});

describe('managedFields', () => {
  const entries = async (): Promise<[string, string, unknown][]> =>
    ((await get(`${v1beta1}/one`)).metadata.managedFields ?? []).map(({ manager, apiVersion, fieldsV1 }) => [
      manager,
      apiVersion,
      fieldsV1,
    ]);

  it('are kept in the version of each manager, and conflict across versions', async () => {
    await start();
    await apply(`${v1}/one`, 'painter', gadgetV1('one', { paint: { color: 'red' } }), 201);
    await apply(`${v1beta1}/one`, 'sizer', gadget('one', { size: 3 }));
    expect(await entries()).toEqual([
      ['painter', 'gadgets.example/v1', { 'f:spec': { 'f:paint': { 'f:color': {} } } }],
      ['sizer', 'gadgets.example/v1beta1', { 'f:spec': { 'f:size': {} } }],
    ]);
    const conflict = await apply(`${v1beta1}/one`, 'sizer', gadget('one', { size: 3, color: 'blue' }), 409);
    expect(conflict.message).toContain('conflict with "painter": .spec.paint.color');
    await apply(`${v1beta1}/one`, 'sizer&force=true', gadget('one', { size: 3, color: 'blue' }));
    expect(await entries()).toEqual([
      ['sizer', 'gadgets.example/v1beta1', { 'f:spec': { 'f:color': {}, 'f:size': {} } }],
    ]);
  });

  it('take away what a manager gives up in the version in which it had it', async () => {
    await start();
    const pieces = [{ name: 'a', label: 'A' }, { name: 'b' }];
    await apply(`${v1}/one`, 'one', gadgetV1('one', { paint: { color: 'red' }, pieces, note: 'n' }), 201);
    await apply(`${v1beta1}/one`, 'other', gadget('one', { parts: [{ id: 'b' }] }));
    await apply(`${v1beta1}/one`, 'one', gadget('one', { color: 'red' }));
    expect((await get(`${v1}/one`)).spec).toEqual({ paint: { color: 'red' }, count: 1, pieces: [{ name: 'b' }] });
    expect((await entries()).map(([manager, apiVersion]) => [manager, apiVersion]).sort()).toEqual([
      ['one', 'gadgets.example/v1beta1'],
      ['other', 'gadgets.example/v1beta1'],
    ]);
  });

  it('follow updates through the other version', async () => {
    await start();
    await apply(`${v1}/one`, 'one', gadgetV1('one', { paint: { color: 'red' }, dimensions: { size: 1 } }), 201);
    await merge(`${v1beta1}/one?fieldManager=two`, { spec: { color: 'blue' } });
    expect(await entries()).toEqual([
      ['one', 'gadgets.example/v1', { 'f:spec': { 'f:dimensions': { 'f:size': {} } } }],
      ['two', 'gadgets.example/v1beta1', { 'f:spec': { 'f:color': {} } }],
    ]);
    await merge(`${v1}/one/status?fieldManager=three`, { status: { phase: 'up' } });
    expect((await entries()).find(([manager]) => manager === 'three')).toEqual([
      'three',
      'gadgets.example/v1',
      { 'f:status': { '.': {}, 'f:phase': {} } },
    ]);
  });

  it('of a version that no longer exists are dropped by the next write', async () => {
    await start();
    await post(v1beta1, gadget('one', { color: 'red' }));
    const fieldsV1 = { 'f:spec': { 'f:color': {} } };
    const gone = {
      manager: 'gone',
      operation: 'Update',
      apiVersion: 'gadgets.example/v1alpha1',
      fieldsType: 'FieldsV1',
      fieldsV1,
    };
    const entry = await api.store.read('/gadgets.example/gadgets/default/one');
    const object = JSON.parse(entry?.value.toString() ?? '') as { metadata: object };
    const revision = await write(
      api.store,
      '/gadgets.example/gadgets/default/one',
      entry?.revision ?? 0,
      Buffer.from(JSON.stringify({ ...object, metadata: { ...object.metadata, managedFields: [gone] } })),
    );
    await api.hub.waitFor(revision);
    await apply(`${v1}/one`, 'new', gadgetV1('one', { dimensions: { size: 2 } }));
    expect((await entries()).map(([manager]) => manager)).toEqual(['new']);
  });
});

describe('the scale', () => {
  it('is the same in both versions, and its owners are those of the field in each version', async () => {
    await start();
    await apply(`${v1}/one`, 'v1', gadgetV1('one', { count: 2 }), 201);
    for (const path of [v1beta1, v1])
      expect(await get(`${path}/one/scale`)).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { replicas: 2 } });
    await merge(`${v1}/one/scale?fieldManager=scaler`, { spec: { replicas: 5 } });
    expect((await get(`${v1}/one`)).spec).toEqual({ count: 5 });
    const owners = async () =>
      ((await get(`${v1}/one`)).metadata.managedFields ?? []).map(({ manager, apiVersion, subresource, fieldsV1 }) => [
        ...[manager, apiVersion, subresource, fieldsV1],
      ]);
    expect(await owners()).toEqual([['scaler', 'gadgets.example/v1', 'scale', { 'f:spec': { 'f:count': {} } }]]);
    await merge(`${v1beta1}/one/scale?fieldManager=other`, { spec: { replicas: 6 } });
    expect(await owners()).toEqual([['other', 'gadgets.example/v1beta1', 'scale', { 'f:spec': { 'f:replicas': {} } }]]);
  });
});

it("A client in this process has the hub's version, whatever is stored", async () => {
  await start({}, { storageVersion: 'v1' });
  await post(v1, gadgetV1('one', { paint: { color: 'red' }, note: 'n' }));
  const client = createInProcessClient(api.server.registry<Gadget>('gadgets.example', 'gadgets'), {
    ...{ user: admin, manager: 'inside', requestId: () => 'r' },
  });
  const stop = new AbortController();
  const seen: (string | undefined)[] = [];
  client.onChange(({ object }) => seen.push(object?.spec?.color));
  client.start(stop.signal);
  expect(client.get('default', 'one')).toMatchObject({ apiVersion: 'gadgets.example/v1beta1', spec: { color: 'red' } });
  await client.patch({ namespace: 'default', name: 'one' }, { spec: { color: 'blue' } });
  await put(`${v1}/one/status`, { ...gadgetV1('one'), status: { phase: 'up' } });
  expect(client.list().map(({ spec, status }) => [spec?.color, status?.state])).toEqual([['blue', 'up']]);
  expect((await get(`${v1}/one`)).spec).toEqual({ paint: { color: 'blue' }, count: 1, note: 'n' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(['red', 'blue', 'blue']);
  stop.abort();
});
