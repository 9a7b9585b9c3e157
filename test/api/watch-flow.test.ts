/** Flow control of watches, also with slow readers. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { storeKey } from '../../src/apiserver/watchcache/index.ts';
import { widget, widgets } from '../unit/watchcache/fixture.ts';
import { ListWatchServer, widgetsPath } from '../unit/watchcache/list-watch-server.ts';
import { ManualClock } from '../unit/watchcache/manual-clock.ts';
import { WatchClient } from '../unit/watchcache/watch-client.ts';

describe('a watch', () => {
  let server: ListWatchServer;
  let clock: ManualClock;
  let base: string;
  let http2: string;
  beforeEach(async () => {
    clock = new ManualClock();
    server = new ListWatchServer({ clock, history: { changes: 100_000, bytes: 1e9 } });
    ({ http1: base, http2 } = await server.start());
  });
  afterEach(() => server.close());

  const watch = (query: string): Promise<WatchClient> => WatchClient.http1(`${base}${widgetsPath}?watch=true&${query}`);
  const big = (at: number): void => {
    const object = {
      ...widget('n', `w${String(at).padStart(6, '0')}`),
      spec: { color: 'red', text: 'x'.repeat(2_000) },
    };
    server.fixture.store.put(storeKey(widgets, { namespace: 'n', name: object.metadata.name ?? '' }), object);
  };

  it('sends a bookmark each minute and before its end, with the newest version, also of other resources', async () => {
    const client = await watch('resourceVersion=0&allowWatchBookmarks=true&timeoutSeconds=150');
    expect(await client.next(1)).toEqual(['BOOKMARK -@0 end']);
    server.fixture.store.put('/core/racks/r', { apiVersion: 'v1', kind: 'Rack', metadata: { name: 'r' } });
    await server.fixture.racks.current();
    clock.advance(59_999);
    clock.advance(1);
    expect(await client.next(1)).toEqual(['BOOKMARK -@1']);
    expect(client.lines[1]?.object).toEqual({
      kind: 'Widget',
      apiVersion: 'example.com/v1',
      metadata: { resourceVersion: '1' },
    });
    clock.advance(60_000);
    await server.fixture.put(widget('n', 'a'));
    expect(await client.next(2)).toEqual(['BOOKMARK -@1', 'ADDED a@2']);
    clock.advance(28_000);
    expect(await client.next(1)).toEqual(['BOOKMARK -@2']);
    clock.advance(1_999);
    expect(client.ended).toBe(false);
    clock.advance(1);
    expect(await client.rest()).toEqual([]);
  });

  it('sends each bookmark once, even if timers fire a little early', async () => {
    const after = clock.after.bind(clock);
    clock.after = (milliseconds, callback) => after(milliseconds < 1 ? milliseconds : milliseconds - 0.5, callback);
    const client = await watch('resourceVersion=0&allowWatchBookmarks=true&timeoutSeconds=100');
    for (let second = 0; second < 100; second += 1) {
      clock.advance(1_000);
      // The bookmark leaves the server before the next second.
      await new Promise(setImmediate);
    }
    expect(await client.rest()).toEqual(['BOOKMARK -@0 end', 'BOOKMARK -@0', 'BOOKMARK -@0']);
  });

  it('sends no bookmarks to clients that did not ask for them, and no future versions', async () => {
    const plain = await watch('resourceVersion=0&timeoutSeconds=100');
    const ahead = await watch('resourceVersion=500&allowWatchBookmarks=true&timeoutSeconds=100');
    clock.advance(100_000);
    expect([await plain.rest(), await ahead.rest()]).toEqual([[], []]);
  });

  it('ends by itself after half an hour if no time is given, and leaves no timer behind', async () => {
    const client = await watch('resourceVersion=0&allowWatchBookmarks=true');
    clock.advance(30 * 60_000 - 1);
    expect(client.ended).toBe(false);
    clock.advance(1);
    await client.rest();
    await vi.waitFor(() => {
      expect([server.running, clock.waiting]).toEqual([0, 0]);
    });
  });

  it('loses neither initial events nor later ones if the reader pauses', async () => {
    for (let at = 0; at < 5_000; at++) big(at);
    await server.fixture.widgets.current();
    const client = await watch('allowWatchBookmarks=true');
    client.pause();
    for (let at = 0; at < 500; at++) big(at);
    await server.fixture.widgets.current();
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.resume();
    const lines = await client.next(5_501);
    expect(lines.slice(0, 5_000).every((line) => line.startsWith('ADDED'))).toBe(true);
    expect(lines[5_000]).toBe('BOOKMARK -@5000 end');
    expect(lines.slice(5_001).map((line) => Number(line.split('@')[1]))).toEqual(
      Array.from({ length: 500 }, (_, at) => 5_001 + at),
    );
  });

  it('cuts off a client that does not read, tells it why, and keeps nothing for it', async () => {
    const client = await watch('resourceVersion=0');
    client.pause();
    for (let at = 0; at < 24_000; at++) {
      big(at);
      if (at % 100 === 0) await new Promise(setImmediate);
    }
    await server.fixture.widgets.current();
    await vi.waitFor(() => {
      expect(server.running).toBe(0);
    });
    client.resume();
    const lines = await client.rest();
    expect(lines.at(-1)).toBe('ERROR 410 Expired');
    expect(lines.length).toBeLessThan(14_000);
  });

  it('cuts off clients that do not read at 16 MiB each, long before the limit of events', async () => {
    const clients = await Promise.all([
      watch('resourceVersion=0'),
      watch('resourceVersion=0'),
      watch('resourceVersion=0'),
    ]);
    for (const client of clients) client.pause();
    const text = 'x'.repeat(1024 * 1024);
    let written = 0;
    for (; written < 60 && server.running > 0; written++) {
      await server.fixture.put({ ...widget('n', 'big', `c${written}`), spec: { color: `c${written}`, text } });
      await new Promise(setImmediate);
    }
    await vi.waitFor(() => {
      expect(server.running).toBe(0);
    });
    // What exceeds the bound is held by the two sockets in between.
    expect(written).toBeGreaterThan(16);
    expect(written).toBeLessThan(40);
    for (const client of clients) {
      client.resume();
      expect((await client.rest()).at(-1)).toBe('ERROR 410 Expired');
    }
  });

  it('cuts off a client that does not read over HTTP/2, and sends others all', async () => {
    const path = `${widgetsPath}?watch=true&resourceVersion=0`;
    const [slow, quick] = [await WatchClient.http2(http2, path), await WatchClient.http2(http2, path)];
    slow.pause();
    const text = 'x'.repeat(1024 * 1024);
    let written = 0;
    for (; written < 60 && server.running > 1; written++) {
      await server.fixture.put({ ...widget('n', 'big', `c${written}`), spec: { color: `c${written}`, text } });
      await quick.next(1);
    }
    expect(server.running).toBe(1);
    expect(written).toBeGreaterThan(16);
    expect(written).toBeLessThan(40);
    slow.resume();
    expect((await slow.rest()).at(-1)).toBe('ERROR 410 Expired');
    expect(quick.lines).toHaveLength(written);
    quick.close();
    slow.close();
  });

  it('closes the connection of a client that does not even read the end', async () => {
    const client = await watch('resourceVersion=0');
    client.pause();
    for (let at = 0; at < 24_000; at++) {
      big(at);
      if (at % 100 === 0) await new Promise(setImmediate);
    }
    await vi.waitFor(() => {
      expect(server.running).toBe(0);
    });
    clock.advance(10_000);
    client.resume();
    const lines = await client.rest();
    expect(lines).not.toContain('ERROR 410 Expired');
  });
});
