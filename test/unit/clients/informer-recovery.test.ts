/** How an informer goes on after lost connections, refused watches and lost history. */
import { describe, expect, test, vi } from 'vitest';
import { stripNode } from '../../../src/clients/kubernetes/list-watch.ts';
import { resources } from '../../../src/clients/kubernetes/resources.ts';
import { failure } from '../../support/fake-api-server.ts';
import {
  abort,
  changes,
  eachWithServer,
  hurried,
  label,
  pauses,
  put,
  seen,
  server,
  start,
  told,
  watching,
} from './informer-fixture.ts';

eachWithServer();

describe('an informer', () => {
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
