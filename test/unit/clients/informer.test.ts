import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ObjectChange } from '../../../src/clients/contract.ts';
import { createInformer, type InformerOptions } from '../../../src/clients/kubernetes/informer.ts';
import { stripNode } from '../../../src/clients/kubernetes/list-watch.ts';
import { resources } from '../../../src/clients/kubernetes/resources.ts';
import { createTransport, type ApiTransport } from '../../../src/clients/kubernetes/transport.ts';
import type { KubeObject } from '../../../src/meta/object.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { failure, FakeApiServer } from '../../support/fake-api-server.ts';

const label = 'kubedirector.hpe.com/kdcluster';
const pod = { apiVersion: 'v1', kind: 'Pod' };

let server: FakeApiServer;
let transport: ApiTransport;
let abort: AbortController;
let changes: string[];
/** As fast as can be, and notes how long it was asked to wait. */
let pauses: number[];
const hurried: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic(),
  after: (milliseconds, callback) => {
    pauses.push(milliseconds);
    return systemClock.after(Math.min(milliseconds, 5), callback);
  },
};

beforeEach(async () => {
  server = await FakeApiServer.start();
  transport = createTransport(server.config, { clock: systemClock, metrics: createMetrics() });
  abort = new AbortController();
  changes = [];
  pauses = [];
});
afterEach(async () => {
  abort.abort();
  transport.close();
  await server.close();
});

const told = ({ object, old }: ObjectChange<KubeObject>): string =>
  object ? `${old ? 'changed' : 'added'} ${object.metadata.name}` : `gone ${old?.metadata.name ?? ''}`;

function start<T extends KubeObject = KubeObject>(options: Partial<InformerOptions<T>> = {}, clock = hurried) {
  const context = { transport, clock, random: () => 0.5, logger: silentLogger };
  const informer = createInformer<T>(context, {
    resource: resources.pods,
    selection: { labelSelector: label },
    labels: [label],
    ...options,
  });
  informer.lister.onChange((change) => changes.push(told(change)));
  informer.start(abort.signal);
  return informer.lister;
}

const put = (name: string, cluster = 'spark', namespace = 'ns') =>
  server.put(pod, { name, namespace, labels: { [label]: cluster } });
const seen = (...expected: string[]) => vi.waitFor(() => expect(changes).toEqual(expected));
const watching = (count: number) =>
  vi.waitFor(() => {
    expect(server.requests('GET', { watch: 'true' })).toHaveLength(count);
    expect(server.watches).toBe(1);
  });

describe('an informer', () => {
  test('shows what there is, with its type and without managed fields, then what changes', async () => {
    put('a');
    server.put(pod, { name: 'other', namespace: 'ns' });
    const lister = start();
    expect(lister.synced()).toBe(false);
    await vi.waitFor(() => expect(lister.synced()).toBe(true));
    expect(lister.get('ns', 'a')).toMatchObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
    expect(lister.get('ns', 'a')?.metadata).not.toHaveProperty('managedFields');
    await watching(1);
    put('b');
    put('a');
    server.remove('Pod', 'ns', 'b');
    await seen('added a', 'added b', 'changed a', 'gone b');
    expect(lister.list().map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(lister.get('ns', 'a')?.metadata).not.toHaveProperty('managedFields');
  });

  test('sends requests as client-go does: a list from the cache in pages of 500, then a watch with bookmarks', async () => {
    put('a');
    const version = server.version;
    start();
    await watching(1);
    expect(server.lists.map(({ query }) => query)).toEqual([
      { labelSelector: label, limit: '500', resourceVersion: '0' },
    ]);
    expect(server.requests('GET', { watch: 'true' })[0]?.query).toEqual({
      ...{ labelSelector: label, watch: 'true', allowWatchBookmarks: 'true' },
      ...{ resourceVersion: version, timeoutSeconds: '450' },
    });
  });

  test('joins the pages of a long list', async () => {
    server.pageSize = 2;
    for (const name of ['a', 'b', 'c', 'd', 'e']) put(name);
    const lister = start();
    await vi.waitFor(() => expect(lister.list()).toHaveLength(5));
    expect(server.lists.map(({ query }) => query.continue)).toEqual([undefined, '2', '4']);
  });

  test('lists again at once if a page has expired', async () => {
    server.pageSize = 2;
    for (const name of ['a', 'b', 'c']) put(name);
    server.interfere = ({ query }) => {
      if (query.continue === undefined) return undefined;
      server.pageSize = 100;
      server.interfere = () => undefined;
      return { status: 410, body: failure(410, 'Expired', 'the continue token is too old') };
    };
    const lister = start();
    await vi.waitFor(() => expect(lister.list()).toHaveLength(3));
    expect(server.lists.at(-1)?.query).toEqual({ labelSelector: label });
  });

  test('finds by label, by namespace and by both', async () => {
    put('a', 'spark', 'one');
    put('b', 'spark', 'two');
    put('c', 'hdfs', 'two');
    const lister = start();
    await vi.waitFor(() => expect(lister.synced()).toBe(true));
    const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name).sort();
    expect(names(lister.byLabel(label, 'spark'))).toEqual(['a', 'b']);
    expect(names(lister.byLabel(label, 'spark', 'two'))).toEqual(['b']);
    expect(names(lister.byLabel('unknown', 'spark'))).toEqual([]);
    expect(names(lister.list('two'))).toEqual(['b', 'c']);
    put('a', 'hdfs', 'one');
    await vi.waitFor(() => expect(names(lister.byLabel(label, 'hdfs'))).toEqual(['a', 'c']));
    expect(names(lister.byLabel(label, 'spark'))).toEqual(['b']);
  });

  test('continues from its version if the server ends the watch, without another list', async () => {
    start();
    await watching(1);
    put('a');
    server.bookmark();
    await seen('added a');
    const version = server.version;
    server.endWatches();
    await watching(2);
    expect(server.requests('GET', { watch: 'true' })[1]?.query.resourceVersion).toBe(version);
    put('b');
    await seen('added a', 'added b');
    expect(server.lists).toHaveLength(1);
  });

  test('keeps its view while there is no connection, then catches up', async () => {
    put('a');
    const lister = start();
    await watching(1);
    server.interfere = () => 'cut';
    server.cutWatches();
    put('b');
    server.remove('Pod', 'ns', 'a');
    await vi.waitFor(() => expect(server.received.length).toBeGreaterThan(5));
    expect(lister.list().map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(lister.synced()).toBe(true);
    server.interfere = () => undefined;
    await seen('added a', 'added b', 'gone a');
    expect(server.lists).toHaveLength(1);
  });

  test('waits longer with each failure, up to 30 s', async () => {
    server.interfere = () => 'cut';
    start();
    await vi.waitFor(() => expect(pauses.length).toBeGreaterThan(9));
    expect(pauses.slice(0, 3)).toEqual([237.5, 475, 950]);
    expect(Math.max(...pauses)).toBe(28_500);
  });

  test('waits between watches if a server ends each at once', async () => {
    start();
    await watching(1);
    server.interfere = ({ query }) => (query.watch === 'true' ? { status: 200, body: '' } : undefined);
    server.endWatches();
    await vi.waitFor(() => expect(pauses.length).toBeGreaterThan(4));
    expect(pauses[3]).toBeGreaterThan(1500);
  });

  for (const expiry of ['event', 'http'] as const) {
    test(`lists again where the history is gone (${expiry}), and tells exactly what differs`, async () => {
      server.expiry = expiry;
      for (const name of ['same', 'changes', 'goes', 'replaced']) put(name);
      const lister = start();
      await watching(1);
      changes.length = 0;
      server.interfere = ({ query }) => (query.watch === 'true' ? 'cut' : undefined);
      server.cutWatches();
      put('changes');
      server.remove('Pod', 'ns', 'goes');
      server.remove('Pod', 'ns', 'replaced');
      const { uid } = put('replaced').metadata;
      put('new');
      server.compact();
      server.interfere = () => undefined;
      await vi.waitFor(() => expect(changes).toHaveLength(5));
      expect([...changes].sort()).toEqual([
        'added new',
        'added replaced',
        'changed changes',
        'gone goes',
        'gone replaced',
      ]);
      expect(changes.indexOf('gone replaced')).toBeLessThan(changes.indexOf('added replaced'));
      expect(lister.get('ns', 'replaced')?.metadata.uid).toBe(uid);
      // The list must not be older than the view.
      expect(server.lists.at(-1)?.query.resourceVersion).toBeDefined();
      expect(server.lists.at(-1)?.query.resourceVersion).not.toBe('0');
    });
  }

  test('lists at once where the history is gone, however long it had to wait before', async () => {
    put('a');
    start();
    await watching(1);
    server.interfere = () => 'cut';
    server.cutWatches();
    server.compact();
    await vi.waitFor(() => expect(pauses.length).toBeGreaterThan(5));
    const pausesBefore: Record<string, number> = {};
    server.interfere = ({ query }) => {
      pausesBefore[query.watch === 'true' ? 'watch' : 'list'] ??= pauses.length;
      return undefined;
    };
    await vi.waitFor(() => expect(server.lists).toHaveLength(2));
    expect(pausesBefore.list).toBe(pausesBefore.watch);
  });

  test('waits between lists where each watch is too late again', async () => {
    start();
    await watching(1);
    server.interfere = ({ query }) =>
      query.watch === 'true' ? { status: 410, body: failure(410, 'Expired', 'too old') } : undefined;
    server.endWatches();
    await vi.waitFor(() => expect(server.lists.length).toBeGreaterThan(4));
    expect(pauses.length).toBeGreaterThanOrEqual(server.lists.length - 2);
    expect(pauses.at(-1)).toBeGreaterThan(900);
  });

  test('begins with the shortest wait again after a watch that lasted, though it showed nothing', async () => {
    let now = 0;
    start({}, { ...hurried, monotonic: () => now });
    await watching(1);
    server.interfere = () => 'cut';
    server.cutWatches();
    await vi.waitFor(() => expect(pauses.length).toBeGreaterThan(3));
    server.interfere = () => undefined;
    await vi.waitFor(() => expect(server.watches).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    now = 1000;
    pauses.length = 0;
    server.interfere = () => 'cut';
    server.cutWatches();
    await vi.waitFor(() => expect(pauses.length).toBeGreaterThan(0));
    expect(pauses[0]).toBe(237.5);
  });

  test('takes the newest list if the server has never reached the version it had', async () => {
    start();
    await watching(1);
    server.interfere = ({ query }) =>
      query.watch === 'true' || query.resourceVersion !== undefined
        ? {
            status: 504,
            body: failure(504, 'Timeout', 'Too large resource version: 100, current: 7', {
              causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
            }),
          }
        : undefined;
    server.endWatches();
    await vi.waitFor(() => expect(server.lists.length).toBeGreaterThan(2));
    expect(server.lists[2]?.query).toEqual({ labelSelector: label });
  });

  test('lists again where the watch is refused, and comes through once it is allowed', async () => {
    server.interfere = () => ({ status: 403, body: failure(403, 'Forbidden', 'not yet') });
    const lister = start();
    await vi.waitFor(() => expect(server.received.length).toBeGreaterThan(2));
    expect(lister.synced()).toBe(false);
    put('a');
    server.interfere = () => undefined;
    await seen('added a');
  });

  test('drops the lists of images of nodes', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', status: { images: [{ names: ['big'] }], phase: 'x' } };
    server.put(node, { name: 'n' });
    const lister = start({ resource: resources.nodes, selection: {}, strip: stripNode });
    await watching(1);
    server.put(node, { name: 'n' });
    await seen('added n', 'changed n');
    expect(lister.get('', 'n')).toMatchObject({ status: { phase: 'x' } });
    expect(lister.get('', 'n')).not.toHaveProperty('status.images');
  });

  test('calls the other listeners if one fails', async () => {
    const lister = start();
    lister.onChange(() => {
      throw new Error('broken');
    });
    const others: string[] = [];
    lister.onChange((change) => others.push(told(change)));
    put('a');
    await vi.waitFor(() => expect(others).toEqual(['added a']));
  });

  test('closes its watch when it is stopped', async () => {
    start();
    await watching(1);
    abort.abort();
    await vi.waitFor(() => expect(server.watches).toBe(0));
    expect(server.requests('GET', { watch: 'true' })).toHaveLength(1);
  });
});

describe('a view of named namespaces', () => {
  const labels = { [label]: 'one' };

  test('asks of each by itself, and shows what is in them', async () => {
    for (const namespace of ['a', 'b', 'c']) server.put(pod, { namespace, name: `in-${namespace}`, labels });
    const lister = start({ namespaces: ['a', 'b'] });
    await vi.waitFor(() => expect(lister.synced()).toBe(true));
    expect(
      lister
        .list()
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(['in-a', 'in-b']);
    expect(lister.byLabel(label, 'one', 'b').map(({ metadata }) => metadata.name)).toEqual(['in-b']);
    const paths = new Set(server.received.map(({ path }) => path.split('?')[0]));
    expect([...paths].sort()).toEqual(['/api/v1/namespaces/a/pods', '/api/v1/namespaces/b/pods']);
    await vi.waitFor(() => expect(server.watches).toBe(2));
    server.put(pod, { namespace: 'b', name: 'later', labels });
    server.put(pod, { namespace: 'c', name: 'elsewhere', labels });
    await vi.waitFor(() => expect(changes).toContain('added later'));
    expect(changes).not.toContain('added elsewhere');
  });

  test('is not synced while one of them cannot be listed', async () => {
    server.interfere = ({ path }) =>
      path.includes('/namespaces/b/') ? { status: 403, body: failure(403, 'Forbidden', 'not yours') } : undefined;
    server.put(pod, { namespace: 'a', name: 'one', labels });
    const lister = start({ namespaces: ['a', 'b'] });
    await vi.waitFor(() => expect(lister.get('a', 'one')).toBeDefined());
    expect(lister.synced()).toBe(false);
    server.interfere = () => undefined;
    await vi.waitFor(() => expect(lister.synced()).toBe(true));
    expect(lister.get('a', 'one')).toBeDefined();
  });

  test('loses only what went in the namespace that is listed anew', async () => {
    for (const namespace of ['a', 'b']) server.put(pod, { namespace, name: 'one', labels });
    const lister = start({ namespaces: ['a', 'b'] });
    await vi.waitFor(() => expect(lister.list()).toHaveLength(2));
    server.remove('Pod', 'a', 'one');
    await vi.waitFor(() => expect(lister.get('a', 'one')).toBeUndefined());
    expect(lister.get('b', 'one')).toBeDefined();
  });
});
