import { describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../../../src/meta/object.ts';
import { failure } from '../../support/fake-api-server.ts';
import { changes, eachWithServer, label, pod, put, seen, server, start, watching } from './informer-fixture.ts';

eachWithServer();

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
