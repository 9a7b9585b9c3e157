/** The byte budget of stored objects, through every way of writing one. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maxDesiredStateBytes, maxObjectBytes, maxStatusBytes } from '../../src/meta/limits.ts';
import { storeKey } from '../../src/apiserver/watchcache/index.ts';
import { Api, bodyOf, racksPath, widget, widgetDefinition, widgetsPath, type Widget } from '../support/api.ts';
import { write } from '../support/store-writes.ts';

let api: Api;
beforeEach(async () => {
  api = await Api.started();
});
afterEach(() => api.stop());

const text = (bytes: number): string => 'x'.repeat(bytes);
const post = (body: object, query = '') => api.request('post', widgetsPath + query).send(body);
const put = (body: Widget, subresource = '', query = '') =>
  api.request('put', `${widgetsPath}/a${subresource}${query}`).send(body);
const merge = (body: object, subresource = '') =>
  api
    .request('patch', `${widgetsPath}/a${subresource}`)
    .set('content-type', 'application/merge-patch+json')
    .send(JSON.stringify(body));
const colored = (bytes: number): Widget => widget('a', { spec: { color: text(bytes) } });

/** As an earlier version of the program may have stored it. */
async function stored(bytes: number, metadata: object = {}): Promise<void> {
  const target = { namespace: 'default', name: 'a' };
  const identity = { uid: 'u', creationTimestamp: '2026-01-02T03:04:05Z', generation: 1, ...target, ...metadata };
  const { apiVersion, kind } = widget('a');
  const json = JSON.stringify({ apiVersion, kind, metadata: identity, spec: { color: text(bytes) } });
  await write(api.store, storeKey(widgetDefinition(), target), 'absent', Buffer.from(json));
}

describe('the largest object', () => {
  it('is refused with 413 at creation, in dry runs too, and says how large it may be', async () => {
    for (const query of ['', '?dryRun=All']) {
      const refused = bodyOf(await post(colored(maxDesiredStateBytes), query).expect(413));
      expect(refused).toMatchObject({ kind: 'Status', reason: 'RequestEntityTooLarge', code: 413 });
      expect((refused as { message: string }).message).toContain(`the limit is ${maxDesiredStateBytes}`);
    }
    await post(colored(maxDesiredStateBytes - 1000)).expect(201);
  });

  it('is stored without managedFields if it is too large only because of them', async () => {
    const data = Object.fromEntries(
      Array.from({ length: 5600 }, (_, index) => [`${text(20)}-${index}`, { [text(20)]: text(190) }]),
    );
    const rack = { apiVersion: 'demo.example/v1', kind: 'Rack', metadata: { name: 'a' }, data };
    const size = Buffer.byteLength(JSON.stringify(rack));
    expect(size).toBeLessThan(maxObjectBytes - 1000);
    const made = bodyOf(await api.request('post', racksPath).send(rack).expect(201)) as Widget;
    expect(made.metadata.managedFields).toBeUndefined();
    const small = bodyOf(
      await api.request('post', racksPath).send({ ...rack, metadata: { name: 'b' }, data: {} }),
    ) as Widget;
    expect(small.metadata.managedFields).toHaveLength(1);
  });

  it('is measured in bytes of UTF-8, not in characters', async () => {
    await post(widget('a', { spec: { color: 'ä'.repeat(maxDesiredStateBytes / 2) } })).expect(413);
    await post(widget('a', { spec: { color: 'a'.repeat(maxDesiredStateBytes / 2) } })).expect(201);
  });

  it('is refused in updates and patches, and the stored one stays as it was', async () => {
    const before = await post(widget('a')).expect(201);
    await put(colored(maxDesiredStateBytes)).expect(413);
    await put(colored(maxDesiredStateBytes), '', '?dryRun=All').expect(413);
    await merge({ spec: { color: text(maxDesiredStateBytes) } }).expect(413);
    expect((await api.request('get', `${widgetsPath}/a`).expect(200)).text).toBe(before.text);
  });

  it('leaves room for a status of the promised size, and for no larger one', async () => {
    await post(colored(maxDesiredStateBytes - 1000)).expect(201);
    const state = text(maxStatusBytes - 100);
    await merge({ status: { state } }, '/status').expect(200);
    await merge({ status: { state: text(maxStatusBytes + 2000) } }, '/status').expect(413);
    await put(widget('a', { status: { state: text(maxObjectBytes) } }), '/status').expect(413);
    await merge({ metadata: { labels: { still: 'labelled' } } }).expect(200);
  });

  it('is larger for kinds without a status subresource', async () => {
    const rack = (bytes: number) => ({
      apiVersion: 'demo.example/v1',
      kind: 'Rack',
      metadata: { name: 'r' },
      data: { text: text(bytes) },
    });
    await api.request('post', racksPath).send(rack(maxObjectBytes)).expect(413);
    await api.request('post', racksPath).send(rack(maxDesiredStateBytes)).expect(201);
  });

  it('is the limit for writes from inside the process, too', async () => {
    const registry = api.server.registry<Widget>('demo.example', 'widgets');
    const context = {
      user: { name: 'x', groups: [] },
      requestId: 'r',
      signal: new AbortController().signal,
      warn() {},
    };
    const create = registry.create(context, 'default', colored(maxDesiredStateBytes));
    await expect(create).rejects.toMatchObject({ code: 413 });
  });
});

describe('an object that is too large already', () => {
  it('can be labelled and made smaller, but not made larger', async () => {
    await stored(2 * maxObjectBytes);
    await merge({ metadata: { labels: { a: 'b' }, annotations: { note: text(1000) } } }).expect(200);
    await merge({ spec: { color: text(2 * maxObjectBytes + 1) } }).expect(413);
    await merge({ spec: { size: 7 } }).expect(413);
    await merge({ spec: { color: text(2 * maxObjectBytes - 100) } }).expect(200);
    await merge({ spec: { color: 'red' } }).expect(200);
    await merge({ spec: { color: text(maxObjectBytes) } }).expect(413);
  });

  it('can be marked for deletion, loses its finalizers, and is removed', async () => {
    await stored(2 * maxObjectBytes, { finalizers: ['example.com/hold'] });
    await api.request('delete', `${widgetsPath}/a`).expect(200);
    await merge({ metadata: { finalizers: null } }).expect(200);
    await api.request('get', `${widgetsPath}/a`).expect(404);
  });
});
