/**
 * Streamed lists (KEP-3157) through kube-apiserver: the same requests to KubeDirectorApps, to custom resources of the
 * same shape and to ConfigMaps get the same answers, apart from what differs between the objects themselves.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { openFront, type Front } from './support/front.ts';
import { installation } from './support/installation.ts';
import { kubeApiServer, whyOutOfReach } from './support/kube-apiserver.ts';
import { sampleApp } from './support/samples.ts';
import { serverOf } from './support/server.ts';
import { makeTwin, shapeOf, shapeOfText } from './support/twin.ts';
import {
  endsInitialEvents,
  openStream,
  versionOf,
  type StreamEvent,
  type WatchStream,
} from './support/watch-stream.ts';

const cluster = clusterOf(installation());
const server = serverOf(installation(), cluster);
const twin = makeTwin(cluster);
let namespace: string;
let front: Front;

const streaming = 'watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
const names = ['a', 'b', 'b-1', 'c.d'];
const labelsOf = (name: string): Record<string, string> => ({ tier: name.startsWith('b') ? 'gold' : 'silver' });

interface Collection {
  readonly title: string;
  readonly path: () => string;
  readonly make: (name: string) => object;
}

const app = (name: string): { metadata: object } => sampleApp({ namespace, name }) as { metadata: object };
const ours: Collection = {
  title: 'KubeDirectorApps',
  path: () => `/apis/kubedirector.hpe.com/v1beta1/namespaces/${namespace}/kubedirectorapps`,
  make: (name) => ({ ...app(name), metadata: { namespace, name, labels: labelsOf(name) } }),
};
const custom: Collection = {
  title: 'custom resources',
  path: () => twin.path(namespace),
  make: (name) => twin.object(ours.make(name), 'head (1), worker (0+)'),
};
const configMaps: Collection = {
  title: 'ConfigMaps',
  path: () => `/api/v1/namespaces/${namespace}/configmaps`,
  make: (name) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, labels: labelsOf(name) },
    data: { a: 'b' },
  }),
};
const collections = [ours, custom, configMaps];

beforeAll(async () => {
  namespace = await cluster.makeNamespace('watch-list');
  front = await openFront(cluster);
  await twin.define();
  for (const { path, make } of collections) {
    for (const name of names.toReversed()) await created(path(), make(name));
  }
  // Nobody else's: its certificates come at some time or other.
  const root = 'kube-root-ca.crt';
  await eventually(root, async () => (await cluster.read('configmap', root, '-n', namespace)) !== undefined);
}, 120_000);
afterAll(async () => {
  await front.close();
  await twin.remove();
  await cluster.dropNamespaces(namespace);
});

async function created(path: string, object: object): Promise<void> {
  const { status, text } = await front.ask(path, { method: 'POST', body: JSON.stringify(object) });
  expect(status, text).toBe(201);
}

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

async function newest(path: string): Promise<string> {
  const { text } = await front.ask(`${path}?limit=1`);
  return (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

const as = (kind: string, version = 'v1'): string => `application/json;as=${kind};v=${version};g=meta.k8s.io`;

/** What a request is answered with, until the stream ends after its timeout. */
async function answerOf({ path }: Collection, query: string, accept?: string): Promise<object> {
  const stream = await openStream(front, `${path()}?${query.replace('NEWEST', await newest(path()))}`, accept);
  await stream.ended;
  if (stream.status !== 200) return { status: stream.status, text: shapeOfText(stream.text) };
  // Ordinary bookmarks are sent by timers, so how many there are is chance.
  const [first] = stream.events.filter((event) => isOrdinaryBookmark(event));
  const events = stream.events.filter((event) => !isOrdinaryBookmark(event));
  return { status: stream.status, events: events.map(shapeOf), bookmark: first && shapeOf(first) };
}

const isOrdinaryBookmark = (event: StreamEvent): boolean => event.type === 'BOOKMARK' && !endsInitialEvents(event);

const forms: readonly (readonly [string, string, string])[] = [
  ['JSON', 'application/json', ''],
  ['a Table', as('Table'), ''],
  ['a Table without objects', as('Table'), '&includeObject=None'],
  ['a Table with metadata', as('Table'), '&includeObject=Metadata'],
  ['a Table with objects', as('Table'), '&includeObject=Object'],
  ['a Table of v1beta1', as('Table', 'v1beta1'), ''],
  ['PartialObjectMetadata', as('PartialObjectMetadata'), ''],
  ['PartialObjectMetadata of v1beta1', as('PartialObjectMetadata', 'v1beta1'), ''],
  ['what kubectl asks for', `${as('Table')},${as('Table', 'v1beta1')},application/json`, ''],
  ['what metadata informers ask for', `${as('PartialObjectMetadata')},application/json`, ''],
];

describe('a streamed list', () => {
  it.each(forms)('of %s is as that of a custom resource', async (_, accept, query) => {
    const answers = await Promise.all(
      [ours, custom].map((one) => answerOf(one, `${streaming}&timeoutSeconds=1${query}`, accept)),
    );
    expect(answers[0]).toEqual(answers[1]);
  });

  it.each(forms.filter(([, accept]) => !accept.includes('Table')))(
    'of %s is as that of ConfigMaps',
    async (_, accept, query) => {
      const asked = `${streaming}&timeoutSeconds=1&labelSelector=tier${query}`;
      const answers = await Promise.all([ours, configMaps].map((one) => answerOf(one, asked, accept)));
      expect(answers[0]).toEqual(answers[1]);
    },
  );

  const match = 'resourceVersionMatch=NotOlderThan';
  it.each([
    ['no version', streaming],
    ['version 0', `${streaming}&resourceVersion=0`],
    ['a version of long ago', `${streaming}&resourceVersion=1`],
    ['the newest version', `${streaming}&resourceVersion=NEWEST`],
    ['a version that is still to come', `${streaming}&resourceVersion=999999999`],
    ['no bookmarks', `watch=true&sendInitialEvents=true&${match}`],
    ['no initial events, and no version', `watch=true&sendInitialEvents=false&allowWatchBookmarks=true&${match}`],
    ['no initial events, and version 0', `watch=true&sendInitialEvents=false&${match}&resourceVersion=0`],
    ['no initial events, and the newest version', `watch=true&sendInitialEvents=false&${match}&resourceVersion=NEWEST`],
    ['a watch of old, from no version', 'watch=true&allowWatchBookmarks=true'],
    ['a watch of old, from version 0', 'watch=true&allowWatchBookmarks=true&resourceVersion=0'],
    ['a label selector', `${streaming}&labelSelector=tier%3Dgold`],
    ['a label selector that selects nothing', `${streaming}&labelSelector=tier%3Dnone`],
    ['a field selector', `${streaming}&fieldSelector=metadata.name%3Db`],
    ['a field selector that selects nothing', `${streaming}&fieldSelector=metadata.name%3Dnone`],
    ['a field that is not known', `${streaming}&fieldSelector=spec.none%3Db`],
    ['a limit', `${streaming}&limit=2`],
    ['initial events without a match', 'watch=true&sendInitialEvents=true&allowWatchBookmarks=true'],
    ['no initial events without a match', 'watch=true&sendInitialEvents=false&allowWatchBookmarks=true'],
    [
      'initial events with Exact',
      'watch=true&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=NEWEST',
    ],
    ['initial events with a match that is none', 'watch=true&sendInitialEvents=true&resourceVersionMatch=Newest'],
    ['a match without initial events', `watch=true&${match}&resourceVersion=NEWEST`],
    ['Exact without initial events', 'watch=true&resourceVersionMatch=Exact'],
    ['a continue token', `${streaming}&continue=abc`],
    ['a continue token, and no match', 'watch=true&sendInitialEvents=true&continue=abc'],
    ['a list with initial events', 'sendInitialEvents=true'],
    ['a list without initial events', `sendInitialEvents=false&${match}&resourceVersion=0`],
    ['initial events that are neither true nor false', `watch=true&sendInitialEvents=maybe&${match}`],
    ['initial events that are empty', `watch=true&sendInitialEvents=&${match}`],
    [
      'bookmarks that are neither true nor false',
      `watch=true&sendInitialEvents=true&allowWatchBookmarks=maybe&${match}`,
    ],
    ['a timeout that is no number', `${streaming}&timeoutSeconds=soon`],
  ])('with %s is answered as for a custom resource', async (_, query) => {
    const asked = query.includes('timeoutSeconds') ? query : `${query}&timeoutSeconds=1`;
    const answers = await Promise.all([ours, custom].map((one) => answerOf(one, asked)));
    expect(answers[0]).toEqual(answers[1]);
  });

  it('of all namespaces and of one object is answered as for a custom resource', async () => {
    const all = ({ path }: Collection): string => path().replace(`/namespaces/${namespace}`, '');
    const one = ({ path }: Collection): string => `${path()}/b`;
    for (const pathOf of [all, one]) {
      const answers = await Promise.all(
        [ours, custom].map((each) => answerOf({ ...each, path: () => pathOf(each) }, `${streaming}&timeoutSeconds=1`)),
      );
      expect(answers[0]).toEqual(answers[1]);
    }
  });
});

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
