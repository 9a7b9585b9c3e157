/** Writes through both versions of a resource: what is stored, who owns what, and what is wrong with it. */
import { describe, expect, it } from 'vitest';
import { createInProcessClient } from '../../src/apiserver/client/index.ts';
import { admin } from '../support/api.ts';
import { gadget, gadgetV1, onlyV1, v1, v1beta1, type Gadget } from '../support/gadgets.ts';
import { MemoryStore } from '../support/memory-store.ts';
import {
  api,
  apply,
  eachStopped,
  get,
  json,
  merge,
  post,
  send,
  start,
  types,
  type Answer,
} from './versions-write-fixture.ts';

eachStopped();

const put = (path: string, body: object, code = 200): Promise<Answer> => send('put', path, body, code, json);
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
