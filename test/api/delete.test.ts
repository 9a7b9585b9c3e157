import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Api, bodyOf, widget, widgetsPath, type ApiOptions, type Widget } from '../support/api.ts';

let api: Api;
const start = async (options: ApiOptions = {}): Promise<void> => {
  api = await Api.started(options);
};
beforeEach(() => start());
afterEach(() => api.stop());

const make = async (name: string, finalizers?: string[], labels?: Record<string, string>): Promise<Widget> => {
  const body = widget(name);
  Object.assign(body.metadata, { ...(finalizers && { finalizers }), ...(labels && { labels }) });
  return (await api.request('post', widgetsPath).send(body).expect(201)).body as Widget;
};
const remove = (name: string, body?: object, query = '') =>
  api.request('delete', `${widgetsPath}/${name}${query}`).send(body);
const get = (name: string) => api.request('get', `${widgetsPath}/${name}`);
const patch = (name: string, body: object) =>
  api
    .request('patch', `${widgetsPath}/${name}`)
    .set('content-type', 'application/merge-patch+json')
    .send(JSON.stringify(body));

describe('delete', () => {
  it('answers 200 with a Status, then 404', async () => {
    const { metadata } = await make('a');
    const body = bodyOf(await remove('a').expect(200));
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', group: 'demo.example', kind: 'widgets', uid: metadata.uid },
    });
    await get('a').expect(404);
    await remove('a').expect(404);
  });

  it('leaves an object with finalizers, marked, until the last of them is removed', async () => {
    const before = await make('a', ['demo.example/x']);
    const marked = (await remove('a').expect(200)).body as Widget;
    expect(marked.metadata).toMatchObject({
      generation: 2,
      deletionGracePeriodSeconds: 0,
      finalizers: ['demo.example/x'],
    });
    expect(marked.metadata.deletionTimestamp).toBeDefined();
    expect(marked.metadata.resourceVersion).not.toBe(before.metadata.resourceVersion);
    expect((await remove('a').expect(200)).body).toEqual(marked);
    const exists = await api.request('post', widgetsPath).send(widget('a')).expect(409);
    expect((exists.body as { message: string }).message).toMatch(/^object is being deleted: /);
    const released = (await patch('a', { metadata: { finalizers: null } }).expect(200)).body as Widget;
    expect(released.metadata.resourceVersion).toBe(marked.metadata.resourceVersion);
    await get('a').expect(404);
  });

  it('takes the uid that must be met from the query, too', async () => {
    const { metadata } = await make('a');
    const refused = await remove('a', undefined, '?uid=x').expect(409);
    expect((refused.body as { message: string }).message).toContain('the UID in the precondition (x)');
    await remove('a', undefined, `?uid=${metadata.uid ?? ''}`).expect(200);
  });

  it('lets nobody change the grace period of what is being deleted', async () => {
    await make('a', ['demo.example/x']);
    await remove('a').expect(200);
    const refused = await patch('a', { metadata: { deletionGracePeriodSeconds: 9 } }).expect(422);
    expect((refused.body as { message: string }).message).toContain(
      'metadata.deletionGracePeriodSeconds: Invalid value: 9: field is immutable',
    );
  });

  it('refuses new finalizers for an object that is being deleted, and does not restore it', async () => {
    await make('a', ['demo.example/x']);
    const marked = (await remove('a').expect(200)).body as Widget;
    const more = await patch('a', { metadata: { finalizers: ['demo.example/x', 'demo.example/y'] } }).expect(422);
    expect((more.body as { message: string }).message).toContain('metadata.finalizers: Forbidden');
    const revived = await patch('a', { metadata: { deletionTimestamp: null, labels: { x: 'y' } } }).expect(200);
    expect((revived.body as Widget).metadata.deletionTimestamp).toBe(marked.metadata.deletionTimestamp);
  });

  it('turns propagation policies into finalizers, and takes them back', async () => {
    await make('a');
    await make('b');
    const foreground = await remove('a', { propagationPolicy: 'Foreground' }).expect(200);
    expect((foreground.body as Widget).metadata.finalizers).toEqual(['foregroundDeletion']);
    await remove('a', { propagationPolicy: 'Background' }).expect(200);
    await get('a').expect(404);
    const orphan = await remove('b', { orphanDependents: true }).expect(200);
    expect((orphan.body as Widget).metadata.finalizers).toEqual(['orphan']);
  });

  it('checks preconditions', async () => {
    const { metadata } = await make('a');
    const { uid, resourceVersion } = metadata;
    const another = await remove('a', { preconditions: { uid: 'other' } }).expect(409);
    expect(another.body).toMatchObject({
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on Widget.demo.example "a": the UID in the precondition (other) does not match the UID in record (${uid ?? ''}). The object might have been deleted and then recreated`,
      details: { name: 'a', group: 'demo.example', kind: 'Widget' },
    });
    const older = await remove('a', { preconditions: { resourceVersion: '99' } }).expect(409);
    expect((older.body as { message: string }).message).toContain(
      `the ResourceVersion in the precondition (99) does not match the ResourceVersion in record (${resourceVersion ?? ''}). The object might have been modified`,
    );
    await remove('a', { preconditions: { uid, resourceVersion } }).expect(200);
  });

  it('changes nothing in a dry run', async () => {
    await make('a');
    await remove('a', undefined, '?dryRun=All').expect(200);
    await remove('a', { dryRun: ['All'], propagationPolicy: 'Foreground' }).expect(200);
    expect(await api.store.barrier()).toBe(2);
  });

  it('ignores the options in the query if there is a body, as kube-apiserver does', async () => {
    await make('a');
    await remove('a', {}, '?dryRun=All').expect(200);
    await get('a').expect(404);
  });

  it.each([
    [{ propagationPolicy: 'Orphan', orphanDependents: true }, 422],
    [{ dryRun: ['Some'] }, 422],
    [{ kind: 'Widget' }, 400],
    [{ gracePeriodSeconds: 'soon' }, 400],
    [{ preconditions: [] }, 400],
    [[], 400],
  ])('refuses %j with %i', async (options, status) => {
    await make('a');
    await remove('a', options).expect(status);
    await get('a').expect(200);
  });

  it('waits for the grace period of the strategy, which can only become shorter', async () => {
    await api.stop();
    await start({ strategy: { deletionGracePeriodSeconds: (_, asked) => asked ?? 30 } });
    await make('a');
    const marked = (await remove('a').expect(200)).body as Widget;
    expect(marked.metadata.deletionGracePeriodSeconds).toBe(30);
    const same = (await remove('a', { gracePeriodSeconds: 60 }).expect(200)).body as Widget;
    expect(same).toEqual(marked);
    const shorter = (await remove('a', { gracePeriodSeconds: 5 }).expect(200)).body as Widget;
    expect(shorter.metadata.deletionGracePeriodSeconds).toBe(5);
    expect(Date.parse(shorter.metadata.deletionTimestamp ?? '')).toBeLessThan(
      Date.parse(marked.metadata.deletionTimestamp ?? ''),
    );
    await remove('a', { gracePeriodSeconds: 0 }).expect(200);
    await get('a').expect(404);
  });
});

describe('deletecollection', () => {
  const removeAll = (query = '', body?: object) => api.request('delete', widgetsPath + query).send(body);
  const names = ({ body }: { body: unknown }): string[] =>
    (body as { items: Widget[] }).items.map(({ metadata }) => metadata.name ?? '');
  const left = async (): Promise<string[]> => names(await api.request('get', widgetsPath).expect(200));

  it('deletes what the selectors select, and answers with the list', async () => {
    await make('a', [], { x: '1' });
    await make('b', ['demo.example/x'], { x: '1' });
    await make('c', [], { x: '2' });
    const answer = await removeAll('?labelSelector=x%3D1').expect(200);
    expect(answer.body).toMatchObject({ kind: 'WidgetList', apiVersion: 'demo.example/v1' });
    expect(names(answer)).toEqual(['a', 'b']);
    expect(await left()).toEqual(['b', 'c']);
    expect(names(await removeAll('?fieldSelector=metadata.name%3Dc').expect(200))).toEqual(['c']);
    expect(await left()).toEqual(['b']);
  });

  it('goes page by page', async () => {
    await Promise.all(['a', 'b', 'c'].map((name) => make(name)));
    const first = await removeAll('?limit=2').expect(200);
    expect(names(first)).toEqual(['a', 'b']);
    const { metadata } = first.body as { metadata: { continue: string } };
    expect(names(await removeAll(`?limit=2&continue=${metadata.continue}`).expect(200))).toEqual(['c']);
    expect(await left()).toEqual([]);
  });

  it('answers with the objects as they were before', async () => {
    const made = await make('a', ['demo.example/x']);
    const answer = await removeAll().expect(200);
    expect((answer.body as { items: Widget[] }).items).toEqual([made]);
    expect(answer.text).toMatch(/\n$/);
    expect((await get('a')).body).toMatchObject({ metadata: { generation: 2 } });
  });

  it.each([
    ['?resourceVersion=abc', 400],
    ['?resourceVersion=99999999', 504],
    ['?resourceVersionMatch=Exact', 422],
    ['?continue=x', 400],
  ])('deletes nothing where the list is not to be had: %s', async (query, status) => {
    await make('a');
    await removeAll(query).expect(status);
    expect(await left()).toEqual(['a']);
  });

  it('changes nothing in a dry run', async () => {
    await make('a');
    expect(names(await removeAll('?dryRun=All').expect(200))).toEqual(['a']);
    expect(await left()).toEqual(['a']);
  });
});

describe('namespaces', () => {
  it('lead to a 404 if they do not exist, and to a 403 while they are being deleted', async () => {
    await api.stop();
    const phases = new Map([
      ['default', 'Active'],
      ['going', 'Terminating'],
    ] as const);
    await start({ namespaces: { phase: (name) => phases.get(name as 'default') } });
    await make('a');
    const inNamespace = (name: string) =>
      api.request('post', `/apis/demo.example/v1/namespaces/${name}/widgets`).send(widget('a'));
    const missing = await inNamespace('missing').expect(404);
    expect(missing.body).toMatchObject({
      message: 'namespaces "missing" not found',
      details: { name: 'missing', kind: 'namespaces' },
    });
    const going = await inNamespace('going').expect(403);
    expect(going.body).toMatchObject({
      reason: 'Forbidden',
      message:
        'widgets.demo.example "a" is forbidden: unable to create new content in namespace going because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
    });
  });
});
