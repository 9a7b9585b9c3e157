/** What is hidden from some readers of a resource with several versions. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Redaction } from '../../src/apiserver/resource.ts';
import type { Api } from '../support/api.ts';
import { gadget, gadgetV1, startedGadgets, v1, v1beta1, type Gadget } from '../support/gadgets.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { write } from '../support/store-writes.ts';

let api: Api;
afterEach(() => api.stop());

async function specOf(path: string): Promise<unknown> {
  const { body } = (await api.request('get', path).expect(200)) as { body: { spec?: unknown } };
  return body.spec;
}

describe('a redaction', () => {
  const redaction: Redaction<Gadget> = {
    mayReveal: ({ user }) => user.name === 'admin',
    redact(object) {
      if (object.spec?.size === undefined) return object;
      const copy = structuredClone(object);
      delete copy.spec?.size;
      return copy;
    },
    restore(next, current) {
      const size = current.spec?.size;
      return next.spec === undefined || size === undefined ? next : { ...next, spec: { size, ...next.spec } };
    },
  };

  it.each(['v1beta1', 'v1'])('hides the same from readers of both versions, stored in %s', async (storageVersion) => {
    api = await startedGadgets({ authorizer: { authorize: () => ({ allowed: true }) } }, { redaction, storageVersion });
    const hidden = 4_711_008;
    await api
      .request('post', v1beta1)
      .send(gadget('one', { color: 'red', size: hidden }))
      .expect(201);
    const bob = (method: 'get' | 'patch' | 'put' | 'delete', path: string) =>
      api.request(method, path).set('x-user', 'bob');
    for (const path of [
      `${v1beta1}/one`,
      `${v1}/one`,
      v1beta1,
      v1,
      `${v1}?limit=1`,
      `${v1}?fieldSelector=spec.paint.color=red`,
    ]) {
      expect((await bob('get', path).expect(200)).text).not.toContain(String(hidden));
      if (!path.includes('?')) expect((await api.request('get', path)).text).toContain(String(hidden));
    }
    const answers = [
      await bob('patch', `${v1}/one`)
        .set('content-type', 'application/merge-patch+json')
        .send({ spec: { count: 3 } })
        .expect(200),
      await bob('put', `${v1}/one`)
        .send(gadgetV1('one', { paint: { color: 'blue' } }))
        .expect(200),
      await bob('delete', `${v1}?dryRun=All`).expect(200),
    ];
    for (const { text } of answers) expect(text).not.toContain(String(hidden));
    expect(await specOf(`${v1}/one`)).toEqual({ paint: { color: 'blue' }, dimensions: { size: hidden }, count: 1 });
  });

  it.each([
    ['a status of another type', { status: { phase: 5 } }],
    ['null for a field', { spec: { paint: { color: 'blue' }, note: null } }],
    ['null in place of what holds the hidden part', { spec: { paint: { color: 'blue' }, dimensions: null } }],
  ])('keeps what its reader cannot see, whatever else is sent through another version: %s', async (_, sent) => {
    api = await startedGadgets({ authorizer: { authorize: () => ({ allowed: true }) } }, { redaction });
    await api
      .request('post', v1beta1)
      .send(gadget('one', { color: 'red', size: 7 }))
      .expect(201);
    const body = { ...gadgetV1('one', { paint: { color: 'blue' } }), ...sent };
    await api.request('put', `${v1}/one`).set('x-user', 'bob').send(body).expect(200);
    expect(await specOf(`${v1beta1}/one`)).toEqual({ color: 'blue', size: 7, replicas: 1 });
  });

  it('does not repair what its reader sends', async () => {
    api = await startedGadgets({ authorizer: { authorize: () => ({ allowed: true }) } }, { redaction });
    await api
      .request('post', v1beta1)
      .send(gadget('one', { color: 'red', size: 7 }))
      .expect(201);
    const body = { ...gadgetV1('one'), spec: { paint: { color: 5 } } };
    const { text } = await api.request('put', `${v1}/one`).set('x-user', 'bob').send(body).expect(422);
    expect(text).toContain('spec.paint.color in body must be of type string');
  });

  it('hides a part that is stored with another type than its schema says', async () => {
    const store = new MemoryStore();
    const gadgets = { redaction, storageVersion: 'v1' };
    api = await startedGadgets({ store }, gadgets);
    await api
      .request('post', v1beta1)
      .send(gadget('one', { color: 'red', size: 7 }))
      .expect(201);
    await api.stop();
    const key = '/gadgets.example/gadgets/default/one';
    const entry = await store.read(key);
    const broken = entry?.value.toString().replace('"size":7', '"size":"hidden"') ?? '';
    await write(store, key, entry?.revision ?? 0, Buffer.from(broken));
    api = await startedGadgets({ store, authorizer: { authorize: () => ({ allowed: true }) } }, gadgets);
    for (const path of [`${v1}/one`, v1]) {
      expect((await api.request('get', path).expect(200)).text).toContain('hidden');
      const { text } = await api.request('get', path).set('x-user', 'bob').expect(200);
      expect(text).toContain('red');
      expect(text).not.toContain('hidden');
    }
  });
});
