/** Clients that list by a watch, and go on from what it told them. */
import { describe, expect, it } from 'vitest';
import { eventually } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { kubeApiServer, whyOutOfReach } from './support/kube-apiserver.ts';
import { serverOf } from './support/server.ts';
import {
  endsInitialEvents,
  openStream,
  versionOf,
  type StreamEvent,
  type WatchStream,
} from './support/watch-stream.ts';
import { cluster, created, front, namespace, ours, streaming, withCollections } from './support/watch-list.ts';

withCollections();

const server = serverOf(installation(), cluster);

const mergePatch = 'application/merge-patch+json';
async function patched(path: string, name: string, labels: object): Promise<void> {
  const body = JSON.stringify({ metadata: { labels } });
  const answer = await front.ask(`${path}/${name}`, { method: 'PATCH', body, contentType: mergePatch });
  expect(answer.status, answer.text).toBe(200);
}

const open = (query: string, accept?: string, path = ours.path()): Promise<WatchStream> =>
  openStream(front, `${path}?${query}`, accept);

/** The initial events with their bookmark; the stream goes on. */
async function listed(query = streaming): Promise<{ stream: WatchStream; version: string }> {
  const stream = await open(query);
  const bookmark = await stream.until('the end of the initial events', endsInitialEvents);
  return { stream, version: versionOf(bookmark) };
}

/** What a client knows after these events: names with their versions. */
function stateAfter(events: readonly StreamEvent[]): Map<string, string> {
  const state = new Map<string, string>();
  for (const event of events) {
    const { name } = event.object['metadata'] as { name: string };
    if (event.type === 'DELETED') state.delete(name);
    else if (event.type !== 'BOOKMARK') state.set(name, versionOf(event));
  }
  return state;
}

/** Events that are changes, as `type name version`. */
const changesOf = (events: readonly StreamEvent[]): string[] =>
  events
    .filter(({ type }) => type !== 'BOOKMARK')
    .map((event) => `${event.type} ${(event.object['metadata'] as { name: string }).name} ${versionOf(event)}`);

const afterEnd = (events: readonly StreamEvent[]): readonly StreamEvent[] =>
  events.slice(events.findIndex(endsInitialEvents) + 1);

const hasLabel =
  (name: string, key: string) =>
  ({ object }: StreamEvent): boolean => {
    const { name: found, labels } = object['metadata'] as { name?: string; labels?: Record<string, string> };
    return found === name && labels?.[key] !== undefined;
  };

describe('a client that lists by a watch', () => {
  it('misses nothing and sees nothing twice while 16 writers write', async () => {
    let isWriting = true;
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      const name = `writer-${writer}`;
      for (let turn = 0; isWriting && turn < 40; turn += 1) {
        await created(ours.path(), ours.make(name));
        await patched(ours.path(), name, { turn: String(turn) });
        expect((await front.ask(`${ours.path()}/${name}`, { method: 'DELETE' })).status).toBe(200);
      }
    });
    const lists = [];
    for (let at = 0; at < 5; at += 1) lists.push(await listed());
    const resumed = await Promise.all(
      lists.map(({ version }) => open(`watch=true&resourceVersion=${version}&allowWatchBookmarks=true`)),
    );
    isWriting = false;
    await Promise.all(writers);
    await patched(ours.path(), 'a', { 'all-written': 'yes' });
    for (const [at, { stream, version }] of lists.entries()) {
      const again = resumed[at];
      for (const one of [stream, again]) await one?.until('the last change', hasLabel('a', 'all-written'));
      const changes = afterEnd(stream.events);
      expect(changesOf(changes)).toEqual(changesOf(again?.events ?? []));
      const versions = changes.map((event) => Number(versionOf(event)));
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      expect(new Set(versions).size).toBe(versions.length);
      expect(versions[0]).toBeGreaterThan(Number(version));
      const { text } = await front.ask(ours.path());
      const { items } = JSON.parse(text) as { items: { metadata: { name: string; resourceVersion: string } }[] };
      const now = items.map(({ metadata }) => [metadata.name, metadata.resourceVersion] as const);
      expect([...stateAfter(stream.events)].sort()).toEqual([...now].sort());
      stream.close();
      again?.close();
    }
  });

  it('by kubectl wait gets what it waits for, and does not fall back to a list', async () => {
    const until = '--for=jsonpath={.metadata.labels.waited}=yes';
    const waiting = cluster.running('wait', 'kdapp/a', '-n', namespace, until, '--timeout=30s', '-v=8');
    await waiting.printed('sendInitialEvents=true');
    await patched(ours.path(), 'a', { waited: 'yes' });
    expect((await waiting.ended).code, waiting.stderr()).toBe(0);
    expect(waiting.stderr()).not.toMatch(/falling back/i);
  });

  it('by kubectl get --watch sees the objects and then the changes', async () => {
    const watching = cluster.running('get', 'kdapp', '-n', namespace, '--watch', '-o', 'name');
    try {
      await eventually('the objects', () => Promise.resolve(watching.stdout().includes('/c.d')));
      await patched(ours.path(), 'b', { 'watched-by-kubectl': 'yes' });
      await eventually('the change', () => Promise.resolve(watching.stdout().split('/b\n').length === 3));
    } finally {
      watching.process.kill();
      await watching.ended.catch(() => undefined);
    }
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('goes on after a restart of the server by %s', async (signal) => {
    const { stream } = await listed();
    await patched(ours.path(), 'a', { [`before-${signal}`]: 'yes' });
    const last = await stream.until('a change', hasLabel('a', `before-${signal}`));
    await server.stop(signal);
    await stream.ended;
    expect(stream.events.filter(({ type }) => type === 'ERROR')).toEqual([]);
    // Not silence: it is told that nobody is there.
    expect((await open(`watch=true&resourceVersion=${versionOf(last)}`)).status).toBe(503);
    await server.start();
    await patched(ours.path(), 'a', { [`after-${signal}`]: 'yes' });
    await patched(ours.path(), 'b', { [`after-${signal}`]: 'yes' });
    const next = await open(`watch=true&allowWatchBookmarks=true&resourceVersion=${versionOf(last)}`);
    await next.until('the last change', hasLabel('b', `after-${signal}`));
    expect(next.events.map(({ type, object }) => [type, (object['metadata'] as { name: string }).name])).toEqual([
      ['MODIFIED', 'a'],
      ['MODIFIED', 'b'],
    ]);
    next.close();
  });

  it('is told to list views again after a restart of the server, as their past is not known', async () => {
    const path = ours.path().replace('kubedirectorapps', 'kubedirectorroles');
    const stream = await open(streaming, undefined, path);
    const bookmark = await stream.until('the end of the initial events', endsInitialEvents);
    await patched(ours.path(), 'c.d', { 'before-the-restart': 'yes' });
    await server.stop('SIGTERM');
    await server.start();
    const next = await open(`watch=true&resourceVersion=${versionOf(bookmark)}`, undefined, path);
    await next.ended;
    expect(next.events).toMatchObject([
      { type: 'ERROR', object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 } },
    ]);
    const again = await open(streaming, undefined, path);
    await again.until('the end of the initial events', endsInitialEvents);
    again.close();
  });

  it(`goes on after a restart of kube-apiserver${whyOutOfReach() ?? ''}`, async (context) => {
    const why = whyOutOfReach();
    if (why !== undefined) return context.skip(why);
    const apiServer = kubeApiServer();
    const { stream, version } = await listed();
    await apiServer.kill();
    await stream.ended;
    await apiServer.start(cluster);
    await eventually('the server to be reached again', async () => (await front.ask(ours.path())).status === 200);
    await patched(ours.path(), 'c.d', { 'after-kube-apiserver': 'yes' });
    const next = await open(`watch=true&resourceVersion=${version}`);
    await next.until('the last change', hasLabel('c.d', 'after-kube-apiserver'));
    expect(changesOf(next.events)).toHaveLength(1);
    next.close();
  });
});
