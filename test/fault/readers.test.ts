/** Clients that do not read their answers cost a limited amount of memory, however many they are. */
import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusters } from './holds/kind.ts';
import { makeMemoryGroup, type MemoryGroup } from './holds/memory-group.ts';
import { MeasuredServer } from './holds/server.ts';

const mebibyte = 1024 * 1024;
const limit = 1024 * mebibyte;
const objects = 40;
const objectBytes = 250_000;
const watchers = 2_000;
const lists = 20;
const streamsAConnection = 100;
const streaming =
  'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=0&allowWatchBookmarks=true';

let group: MemoryGroup | undefined;
let reason = '';
try {
  group = makeMemoryGroup(`kubedirector-readers-${process.pid}`, limit);
} catch (error) {
  reason = `no control group can be made: ${error instanceof Error ? error.message : String(error)}`;
}

describe('a server with a gibibyte of memory', () => {
  let server: MeasuredServer;
  const sessions: ClientHttp2Session[] = [];

  beforeAll(async () => {
    server = await MeasuredServer.started(objects, objectBytes, (pid) => group?.add(pid));
  }, 60_000);
  afterAll(async () => {
    for (const session of sessions) session.destroy();
    await server.stop();
    // The group is empty a moment after its last process has ended.
    await pause(200);
    group?.remove();
  });

  /** Over HTTP/2, whose windows bound what waits in the system: what is measured is the server's own memory. */
  async function openUnread(count: number, path: string): Promise<void> {
    for (let opened = 0; opened < count; opened += streamsAConnection) {
      const session = connect(server.url, { ca: server.ca });
      session.on('error', () => undefined);
      sessions.push(session);
      const streams = Array.from({ length: streamsAConnection }, () => {
        const stream = session.request({ ':path': path });
        // Some are cut off.
        stream.on('error', () => undefined);
        return stream;
      });
      await Promise.all(streams.map((stream) => once(stream, 'response')));
    }
  }

  async function change(to: number): Promise<void> {
    const body = JSON.stringify({ metadata: { labels: { change: String(to) } } });
    const headers = { 'content-type': 'application/merge-patch+json' };
    const { status, head } = await server.send({ method: 'PATCH', path: `${clusters}/c000001`, headers, body });
    expect(status, head).toBe(200);
  }

  const title =
    `lives with ${watchers} watches and 100 lists that nobody reads, ` +
    `and answers everybody else, also ${lists} lists at once`;
  it(title, { timeout: 300_000 }, async (context) => {
    if (group === undefined) return context.skip(reason);
    await openUnread(watchers, `${clusters}?${streaming}`);
    await openUnread(100, clusters);
    const read = Array.from({ length: lists }, () => server.send({ path: clusters }));
    for (const { status, bytes } of await Promise.all(read)) {
      expect(status).toBe(200);
      expect(bytes).toBeGreaterThan(objects * objectBytes);
    }
    // Each is of interest to all of the watches.
    for (let at = 0; at < 5; at += 1) await change(at);
    const { rss } = await server.report();
    console.log(`${(rss / mebibyte).toFixed(0)} MiB with ${watchers + 100} clients that do not read`);
    expect(server.running).toBe(true);
    expect(rss).toBeLessThan(limit / 2);
    // A client that reads its watch gets everything.
    const watched = await server.send({ path: `${clusters}?${streaming}`, until: 'k8s.io/initial-events-end' });
    expect(watched.bytes).toBeGreaterThan(objects * objectBytes);
  });
});
