import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { widget } from '../unit/watchcache/fixture.ts';
import { ListWatchServer, widgetsPath } from '../unit/watchcache/list-watch-server.ts';
import { WatchClient } from '../unit/watchcache/watch-client.ts';

describe('the watch verb', () => {
  let server: ListWatchServer;
  let base: string;
  let http2: string;
  beforeEach(async () => {
    server = new ListWatchServer({ history: { changes: 4, bytes: 1e9 } });
    ({ http1: base, http2 } = await server.start());
    await put('a');
    await put('b');
  });
  afterEach(() => server.close());

  const put = (name: string, color = 'red', labels: Record<string, string> = {}): Promise<number> =>
    server.fixture.put(widget('n', name, color, labels));
  const watch = (query: string, accept?: string): Promise<WatchClient> =>
    WatchClient.http1(`${base}${widgetsPath}?watch=true&${query}`, accept === undefined ? {} : { accept });
  const initial = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

  it('begins with the current state if no version is given, and continues with changes', async () => {
    const client = await watch('');
    expect(client.status).toBe(200);
    expect(client.headers).toMatchObject({ 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    expect(await client.next(2)).toEqual(['ADDED a@1', 'ADDED b@2']);
    await put('c');
    await put('a', 'blue');
    await server.fixture.remove('n', 'b');
    expect(await client.next(3)).toEqual(['ADDED c@3', 'MODIFIED a@4', 'DELETED b@5']);
  });

  it('sends its headers at once, even without events', async () => {
    const client = await watch('resourceVersion=2');
    expect(client.status).toBe(200);
    expect(client.lines).toEqual([]);
  });

  it('continues after a version, and sends nothing from before it', async () => {
    await put('a', 'blue');
    const client = await watch('resourceVersion=2');
    expect(await client.next(1)).toEqual(['MODIFIED a@3']);
    const later = await watch('resourceVersion=4');
    await put('c');
    await put('d');
    expect(await later.next(1)).toEqual(['ADDED d@5']);
  });

  it('sends an error that a version is too old, and ends', async () => {
    for (let at = 0; at < 5; at++) await put('a', `color${at}`);
    const client = await watch('resourceVersion=1');
    expect(client.status).toBe(200);
    expect(await client.rest()).toEqual(['ERROR 410 Expired']);
    expect(client.lines[0]?.object).toMatchObject({ kind: 'Status', message: 'too old resource version: 1 (3)' });
  });

  it('sends the current state and marks its end with a bookmark, if asked for', async () => {
    const client = await watch(`${initial}&allowWatchBookmarks=true`);
    expect(await client.next(3)).toEqual(['ADDED a@1', 'ADDED b@2', 'BOOKMARK -@2 end']);
    expect(client.lines[2]?.object).toEqual({
      kind: 'Widget',
      apiVersion: 'example.com/v1',
      metadata: { resourceVersion: '2', annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
    const any = await watch('resourceVersion=0&allowWatchBookmarks=1');
    expect(await any.next(3)).toEqual(['ADDED a@1', 'ADDED b@2', 'BOOKMARK -@2 end']);
    const plain = await watch(initial);
    await plain.next(2);
    await put('c');
    expect(await plain.next(1)).toEqual(['ADDED c@3']);
    const none = await watch(`${initial}&allowWatchBookmarks=true&labelSelector=no%3Dbody`);
    expect(await none.next(1)).toEqual(['BOOKMARK -@3 end']);
  });

  it('begins with the next change if the current state is not wanted', async () => {
    const client = await watch('sendInitialEvents=false&resourceVersionMatch=NotOlderThan');
    await put('c');
    expect(await client.next(1)).toEqual(['ADDED c@3']);
  });

  it('sends an error if the current state is not as new as wanted', async () => {
    const client = await watch(`${initial}&resourceVersion=99999999`);
    expect(client.status).toBe(200);
    expect(await client.rest()).toEqual(['ERROR 504 Timeout']);
    expect(client.lines[0]?.object.message).toBe('Timeout: Too large resource version: 99999999, current: 2');
  });

  it('selects by labels, fields and name, and shows what leaves the selection as deleted', async () => {
    const client = await watch('labelSelector=tier%3Dweb&resourceVersion=2');
    const named = await watch('fieldSelector=metadata.name%3Db');
    await put('c', 'red', { tier: 'web' });
    await put('c', 'red', { tier: 'db' });
    await put('b', 'blue');
    expect(await client.next(2)).toEqual(['ADDED c@3', 'DELETED c@4']);
    expect(await named.next(2)).toEqual(['ADDED b@2', 'MODIFIED b@5']);
  });

  it('sends tables: columns in the first event only, objects as asked for', async () => {
    const client = await watch('allowWatchBookmarks=true', table);
    await client.next(3);
    await put('c', 'blue');
    await client.next(1);
    const objects = client.lines.map((line) => line.object);
    expect(objects.map((one) => one.kind)).toEqual(['Table', 'Table', 'Table', 'Table']);
    expect(objects.map((one) => one.columnDefinitions?.length ?? 0)).toEqual([2, 0, 0, 0]);
    expect(objects[3]?.rows[0]).toMatchObject({ cells: ['c', 'blue'], object: { kind: 'PartialObjectMetadata' } });
    expect(objects[2]?.rows[0]?.object?.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    const bare = await watch('includeObject=None', table);
    await bare.next(1);
    expect(bare.lines[0]?.object.rows[0]?.object).toBeNull();
  });

  it('sends only metadata if asked for', async () => {
    const client = await watch('', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io');
    await client.next(2);
    expect(client.lines[0]).toMatchObject({ type: 'ADDED', object: { kind: 'PartialObjectMetadata' } });
    expect(client.lines[0]?.object).not.toHaveProperty('spec');
  });

  it.each([
    ['resourceVersion=abc', 400],
    ['timeoutSeconds=x', 400],
    ['fieldSelector=spec.nothing%3Dx', 400],
    ['sendInitialEvents=true', 422],
    ['resourceVersionMatch=NotOlderThan&resourceVersion=1', 422],
    ['resourceVersionMatch=Exact', 422],
    ['continue=foo', 422],
  ])('refuses %s before anything is streamed', async (query, code) => {
    const client = await watch(query);
    expect(client.status).toBe(code);
    expect(await client.rest()).toEqual([]);
    expect(JSON.parse(client.tail)).toMatchObject({ kind: 'Status', code });
  });

  it('refuses YAML, which has no stream format', async () => {
    expect((await watch('', 'application/yaml')).status).toBe(406);
  });

  it('answers HEAD with headers only', async () => {
    const client = await WatchClient.http1(`${base}${widgetsPath}?watch=true`, {}, 'HEAD');
    expect([client.status, await client.rest()]).toEqual([200, []]);
  });

  it('ends after the given timeout, and at once for a negative one', async () => {
    const client = await watch('timeoutSeconds=1');
    expect(await client.rest()).toEqual(['ADDED a@1', 'ADDED b@2']);
    await (await watch('timeoutSeconds=-1')).rest();
    const endless = await watch('timeoutSeconds=9000000000');
    expect(await endless.next(2)).toHaveLength(2);
    expect(endless.ended).toBe(false);
  });

  it('releases a watch as soon as its client is gone', async () => {
    const clients = await Promise.all([watch(''), watch(''), WatchClient.http2(http2, `${widgetsPath}?watch=1`)]);
    await Promise.all(clients.map((client) => client.next(2)));
    expect(server.running).toBe(3);
    for (const client of clients) client.close();
    await vi.waitFor(() => {
      expect(server.running).toBe(0);
    });
  });

  it('ends its streams cleanly when the server stops', async () => {
    const clients = await Promise.all([
      watch(''),
      WatchClient.http2(http2, `${widgetsPath}?watch=1`),
      WatchClient.webSocket(`${base}${widgetsPath}?watch=1`),
    ]);
    await Promise.all(clients.map((client) => client.next(2)));
    server.stopStreams();
    expect(await Promise.all(clients.map((client) => client.rest()))).toEqual([[], [], []]);
    clients[1].close();
  });

  it('ends its streams when the cache stops', async () => {
    const client = await watch('');
    server.fixture.stop();
    expect(await client.rest()).toEqual(['ADDED a@1', 'ADDED b@2']);
  });

  it('streams over HTTP/2', async () => {
    const client = await WatchClient.http2(http2, `${widgetsPath}?watch=1`);
    expect(client.status).toBe(200);
    expect(await client.next(2)).toEqual(['ADDED a@1', 'ADDED b@2']);
    await put('c');
    expect(await client.next(1)).toEqual(['ADDED c@3']);
    client.close();
  });

  it('streams over WebSocket, one text frame for each event', async () => {
    const client = await WatchClient.webSocket(`${base}${widgetsPath}?watch=1&allowWatchBookmarks=1`);
    expect(await client.next(3)).toEqual(['ADDED a@1', 'ADDED b@2', 'BOOKMARK -@2 end']);
    await put('c');
    expect(await client.next(1)).toEqual(['ADDED c@3']);
    client.close();
    await vi.waitFor(() => {
      expect(server.running).toBe(0);
    });
    const old = await WatchClient.webSocket(`${base}${widgetsPath}?watch=1&${initial}&resourceVersion=99999999`);
    expect(await old.rest()).toEqual(['ERROR 504 Timeout']);
    await expect(WatchClient.webSocket(`${base}${widgetsPath}?watch=1&resourceVersion=x`)).rejects.toThrow('400');
  });

  it('counts what it sends under the name of kube-apiserver', async () => {
    await (await watch('')).next(2);
    expect(await server.fixture.metrics.text()).toContain(
      'apiserver_watch_events_total{group="example.com",version="v1",resource="widgets"} 2',
    );
  });
});
