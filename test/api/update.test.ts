import { describe, expect, it } from 'vitest';
import { bodyOf, racksPath, widget, widgetsPath, type Widget } from '../support/api.ts';
import { api, eachWithWidgets, get, made } from './widgets-fixture.ts';

eachWithWidgets();

const put = (name: string, body: object, query = '') => api.request('put', `${widgetsPath}/${name}${query}`).send(body);
const merge = (name: string, body: object, query = '') =>
  api
    .request('patch', `${widgetsPath}/${name}${query}`)
    .set('content-type', 'application/merge-patch+json')
    .send(JSON.stringify(body));

describe('update', () => {
  it('bumps generation with the spec only, and leaves status alone', async () => {
    const created = await made(widget('a', { spec: { color: 'red' } }));
    const labelled = await put('a', { ...created, metadata: { ...created.metadata, labels: { x: 'y' } } }).expect(200);
    expect((labelled.body as Widget).metadata).toMatchObject({ generation: 1, labels: { x: 'y' } });
    const colored = await put('a', { ...widget('a', { spec: { color: 'blue' }, status: { state: 'x' } }) }).expect(200);
    expect((colored.body as Widget).metadata).toMatchObject({ generation: 2, uid: created.metadata.uid });
    expect((colored.body as Widget).status).toBeUndefined();
  });

  it('writes nothing where nothing changed', async () => {
    const created = await made(widget('a', { spec: { color: 'red' } }));
    const body = bodyOf(await put('a', widget('a', { spec: { color: 'red' } })).expect(200));
    expect((body as Widget).metadata.resourceVersion).toBe(created.metadata.resourceVersion);
    expect(await api.store.barrier()).toBe(2);
  });

  it('answers 409 for an old resourceVersion and for another uid', async () => {
    const created = await made(widget('a'));
    await merge('a', { spec: { color: 'red' } }).expect(200);
    const stale = await put('a', created).expect(409);
    expect(stale.body).toMatchObject({
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on widgets.demo.example "a": the object has been modified; please apply your changes to the latest version and try again',
    });
    const other = await put('a', { metadata: { name: 'a', uid: 'other' } }).expect(409);
    expect((other.body as { message: string }).message).toContain(
      `Precondition failed: UID in precondition: other, UID in object meta: ${created.metadata.uid ?? ''}`,
    );
  });

  it('requires the name and namespace of the path', async () => {
    await made(widget('a'));
    const messages = await Promise.all(
      [{ metadata: { name: 'b' } }, { metadata: {} }, { metadata: { name: 'a', namespace: 'other' } }].map(
        async (body) => ((await put('a', body).expect(400)).body as { message: string }).message,
      ),
    );
    expect(messages).toEqual([
      'the name of the object (b) does not match the name on the URL (a)',
      'the name of the object (a based on URL) was undeterminable: name must be provided',
      'the namespace of the provided object does not match the namespace sent on the request',
    ]);
  });

  it('answers 404 for an object that does not exist, unless PUT creates it', async () => {
    await put('nope', widget('nope')).expect(404);
    const rack = { metadata: { name: 'r' }, data: { a: 1 } };
    await api.request('put', `${racksPath}/r`).send(rack).expect(201);
    const unversioned = await api.request('put', `${racksPath}/r`).send(rack).expect(422);
    expect((unversioned.body as { message: string }).message).toContain(
      'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });

  it('refuses an invalid resourceVersion with 400', async () => {
    await made(widget('a'));
    await put('a', { metadata: { name: 'a', resourceVersion: 'abc' } }).expect(400);
  });

  it('does not let a client delete by writing deletionTimestamp', async () => {
    await made(widget('a'));
    const metadata = { name: 'a', deletionTimestamp: '2030-01-01T00:00:00Z' };
    const body = bodyOf(await put('a', { metadata }).expect(422));
    expect((body as { message: string }).message).toContain('metadata.deletionTimestamp');
  });

  it('shows in a dry run the next generation at the old version', async () => {
    const created = await made(widget('a'));
    const body = bodyOf(await put('a', widget('a', { spec: { color: 'red' } }), '?dryRun=All').expect(200));
    expect((body as Widget).metadata).toMatchObject({
      generation: 2,
      resourceVersion: created.metadata.resourceVersion,
    });
    expect(await api.store.barrier()).toBe(2);
  });
});

describe('status', () => {
  it('changes status only', async () => {
    await made(widget('a', { spec: { color: 'red' } }));
    const body = { ...widget('a', { spec: { color: 'blue' }, status: { state: 'up' } }) };
    body.metadata.labels = { no: 'way' };
    const answer = bodyOf(await api.request('put', `${widgetsPath}/a/status`).send(body).expect(200));
    const { metadata, spec, status } = answer as Widget;
    expect({ spec, status, labels: metadata.labels, generation: metadata.generation }).toEqual({
      spec: { color: 'red', replicas: 1 },
      status: { state: 'up' },
      labels: undefined,
      generation: 1,
    });
    const patched = await api
      .request('patch', `${widgetsPath}/a/status`)
      .set('content-type', 'application/merge-patch+json')
      .send('{"status":{"state":"down"},"spec":{"color":"blue"}}')
      .expect(200);
    expect(patched.body).toMatchObject({ spec: { color: 'red' }, status: { state: 'down' } });
    expect((await api.request('get', `${widgetsPath}/a/status`).expect(200)).body).toEqual(patched.body);
  });
});

describe('patch', () => {
  const json = (name: string, operations: unknown, query = '') =>
    api
      .request('patch', `${widgetsPath}/${name}${query}`)
      .set('content-type', 'application/json-patch+json')
      .send(JSON.stringify(operations));

  it('merges, removes nulls, and bumps generation', async () => {
    await made(widget('a', { spec: { color: 'red', size: 3 } }));
    const body = bodyOf(await merge('a', { spec: { color: 'blue', size: null } }).expect(200));
    expect((body as Widget).spec).toEqual({ color: 'blue', replicas: 1 });
    expect((body as Widget).metadata.generation).toBe(2);
  });

  it('applies JSON patches and strategic merge patches', async () => {
    await made(widget('a', { spec: { parts: [{ id: 'x' }, { id: 'y' }] } }));
    const body = bodyOf(await json('a', [{ op: 'test', path: '/spec/parts/0/id', value: 'z' }]).expect(422));
    expect((body as { details?: { causes?: unknown } }).details?.causes).toBeUndefined();
    await json('a', [{ op: 'add', path: '/spec/parts/0/text', value: 'hi' }]).expect(200);
    const merged = await api
      .request('patch', `${widgetsPath}/a`)
      .set('content-type', 'application/strategic-merge-patch+json')
      .send('{"spec":{"parts":[{"id":"y","text":"ho"}]}}')
      .expect(200);
    const { parts = [] } = (merged.body as Widget).spec ?? {};
    expect(new Map(parts.map(({ id, text }) => [id, text]))).toEqual(
      new Map([
        ['x', 'hi'],
        ['y', 'ho'],
      ]),
    );
  });

  it('does not lose any of many patches at once', async () => {
    await made(widget('a'));
    const names = Array.from({ length: 20 }, (_, index) => `l${index}`);
    await Promise.all(names.map((name) => merge('a', { metadata: { labels: { [name]: 'x' } } }).expect(200)));
    const body = bodyOf(await get('a').expect(200));
    expect(Object.keys((body as Widget).metadata.labels ?? {}).sort()).toEqual([...names].sort());
  });

  it('is a conflict with an old resourceVersion, and invalid with another uid', async () => {
    await made(widget('a'));
    await merge('a', { metadata: { resourceVersion: '77' } }).expect(409);
    const body = bodyOf(await merge('a', { metadata: { uid: 'q' } }).expect(422));
    expect((body as { message: string }).message).toContain('metadata.uid: Invalid value: "q": field is immutable');
  });

  it('cannot turn the object into another one', async () => {
    await made(widget('a'));
    await merge('a', { metadata: { name: 'b' } }).expect(400);
    await merge('a', { metadata: { namespace: 'b' } }).expect(400);
    await merge('a', { metadata: null }).expect(400);
    const body = bodyOf(await merge('a', { kind: 'Rack' }).expect(422));
    expect((body as { message: string }).message).toContain('kind: Invalid value: "Rack": must be Widget');
  });

  it('answers 415 to unknown types, and 422 to force without an apply', async () => {
    await made(widget('a'));
    await api.request('patch', `${widgetsPath}/a`).send({}).expect(415);
    await merge('a', {}, '?force=true').expect(422);
  });

  it('answers 404 for an object that does not exist, and 400 for a body that is not a patch', async () => {
    await merge('nope', {}).expect(404);
    await api
      .request('patch', `${racksPath}/nope`)
      .set('content-type', 'application/merge-patch+json')
      .send('{}')
      .expect(404);
    await made(widget('a'));
    await merge('a', []).expect(400);
    await json('a', { op: 'add' }).expect(400);
  });
});
