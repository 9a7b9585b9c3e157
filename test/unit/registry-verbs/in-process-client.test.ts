import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInProcessClient, type InProcessClient } from '../../../src/apiserver/client/index.ts';
import type { ObjectChange } from '../../../src/clients/contract.ts';
import { isReason } from '../../../src/meta/status.ts';
import { admin, Api, widget, type Widget } from '../../support/api.ts';
import { warnsOfListeners } from '../../support/listeners.ts';

let api: Api;
let client: InProcessClient<Widget>;
const abort = new AbortController();
beforeEach(async () => {
  api = await Api.started();
  const registry = api.server.registry<Widget>('demo.example', 'widgets');
  client = createInProcessClient(registry, { user: admin, manager: 'test', requestId: () => 'id', labels: ['app'] });
});
afterEach(() => api.stop());

const inDefault = (name: string, labels: Record<string, string> = {}): Widget => {
  const object = widget(name);
  return { ...object, metadata: { name, namespace: 'default', labels } };
};
const target = { namespace: 'default', name: 'a' };
const names = (objects: readonly Widget[]): string[] => objects.map(({ metadata }) => metadata.name ?? '').sort();
const shown = ({ object, old }: ObjectChange<Widget>): string =>
  `${old?.metadata.resourceVersion ?? '-'} → ${object?.metadata.resourceVersion ?? '-'}`;

describe('a client without HTTP', () => {
  it('has one signal for all its calls, to which as many may listen as there are', async () => {
    const registry = api.server.registry<Widget>('demo.example', 'widgets');
    const signals: AbortSignal[] = [];
    const watched: typeof registry = {
      ...registry,
      create: (context, ...rest) => {
        signals.push(context.signal);
        return registry.create(context, ...rest);
      },
    };
    await createInProcessClient(watched, { user: admin, manager: 'test', requestId: () => 'id' }).create(
      inDefault('a'),
    );
    expect(signals).toHaveLength(1);
    for (const signal of signals) expect(await warnsOfListeners(signal)).toBe(false);
  });

  it('creates, reads, updates, patches and deletes by the rules of the API', async () => {
    const made = await client.create(inDefault('a'));
    expect(made.metadata).toMatchObject({ generation: 1, resourceVersion: '2' });
    expect(await client.read(target)).toEqual(made);
    expect(await client.read({ ...target, name: 'b' })).toBeUndefined();
    const updated = await client.update({ ...made, spec: { color: 'red' } });
    expect(updated.metadata.generation).toBe(2);
    await expect(client.update({ ...made, spec: { color: 'blue' } })).rejects.toMatchObject({ reason: 'Conflict' });
    const status = await client.patch(target, { status: { state: 'up' }, spec: { color: 'blue' } }, 'status');
    expect(status).toMatchObject({ status: { state: 'up' }, spec: { color: 'red' } });
    await expect(client.create(inDefault('a'))).rejects.toMatchObject({ reason: 'AlreadyExists' });
    await expect(client.create({ ...inDefault('g'), spec: { color: 'green' } })).rejects.toMatchObject({ code: 422 });
    await client.delete(target);
    expect(client.get('default', 'a')).toBeUndefined();
  });

  it('takes uid and resourceVersion in a patch as preconditions', async () => {
    const { metadata } = await client.create(inDefault('a'));
    const patch = (given: object) => client.patch(target, { metadata: given, spec: { color: 'red' } });
    const refused: unknown = await patch({ uid: 'another' }).catch((error: unknown) => error);
    expect(isReason(refused, 'Conflict')).toBe(true);
    await expect(patch({ resourceVersion: '99' })).rejects.toMatchObject({ reason: 'Conflict' });
    const { uid, resourceVersion } = metadata;
    expect((await patch({ uid, resourceVersion })).spec?.color).toBe('red');
  });

  it('deletes what is gone already without complaint, and no namesake', async () => {
    await client.delete(target);
    const { metadata } = await client.create(inDefault('a'));
    await client.delete(target, { uid: 'another' });
    expect(client.get('default', 'a')).toBeDefined();
    await client.delete(target, { uid: metadata.uid, propagation: 'Foreground' });
    expect(client.get('default', 'a')?.metadata.finalizers).toEqual(['foregroundDeletion']);
  });

  it('finds by label, with and without index, before and after the start', async () => {
    await client.create(inDefault('a', { app: 'x', tier: '1' }));
    await client.create(inDefault('b', { app: 'x', tier: '2' }));
    const check = (): void => {
      expect(names(client.byLabel('app', 'x'))).toEqual(['a', 'b']);
      expect(names(client.byLabel('tier', '2'))).toEqual(['b']);
      expect(client.byLabel('app', 'x', 'elsewhere')).toEqual([]);
      expect(client.byLabel('constructor', 'x')).toEqual([]);
    };
    check();
    client.start(abort.signal);
    check();
    await client.patch(target, { metadata: { labels: { app: 'y' } } });
    expect(names(client.byLabel('app', 'x'))).toEqual(['b']);
    expect(names(client.byLabel('app', 'y'))).toEqual(['a']);
    await client.delete({ namespace: 'default', name: 'b' });
    expect(client.byLabel('app', 'x')).toEqual([]);
    expect(names(client.list())).toEqual(['a']);
    expect(client.list('elsewhere')).toEqual([]);
  });

  it('tells of every change, what was there at the start first', async () => {
    const changes: string[] = [];
    const unsubscribe = client.onChange((change) => changes.push(shown(change)));
    await client.create(inDefault('a'));
    expect(client.synced()).toBe(false);
    client.start(abort.signal);
    expect(client.synced()).toBe(true);
    await client.patch(target, { spec: { color: 'red' } });
    await client.delete(target);
    await expect.poll(() => changes).toEqual(['- → 2', '2 → 3', '3 → -']);
    unsubscribe();
    await client.create(inDefault('b'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(changes).toHaveLength(3);
  });

  it('tells of one object alone', async () => {
    client.start(abort.signal);
    const seen: (string | undefined)[] = [];
    const unsubscribe = client.watchOne(target, (object) => seen.push(object?.spec?.color));
    const once: (string | undefined)[] = [];
    const leave = client.watchOne(target, (object) => {
      once.push(object?.spec?.color);
      leave();
    });
    client.watchOne({ namespace: 'elsewhere', name: 'a' }, () => seen.push('elsewhere'));
    await client.create(inDefault('b'));
    await client.create({ ...inDefault('a'), spec: { color: 'red' } });
    await client.delete(target);
    await expect.poll(() => seen).toEqual(['red', undefined]);
    expect(once).toEqual(['red']);
    unsubscribe();
    unsubscribe();
    const again: (string | undefined)[] = [];
    client.watchOne(target, (object) => again.push(object?.spec?.color));
    await client.create({ ...inDefault('a'), spec: { color: 'blue' } });
    await expect.poll(() => again).toEqual(['blue']);
    expect(seen).toHaveLength(2);
  });

  it('tells each change once, also to listeners that read', async () => {
    client.start(abort.signal);
    const seen: string[] = [];
    client.onChange((change) => {
      // Reading while being told must neither lose nor repeat changes.
      client.byLabel('app', 'x');
      seen.push(shown(change));
    });
    for (let count = 0; count < 5; count++) await client.create(inDefault(`w${count}`, { app: 'x' }));
    await expect.poll(() => seen).toHaveLength(5);
  });
});
