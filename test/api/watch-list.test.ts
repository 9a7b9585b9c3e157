/**
 * Streamed lists (KEP-3157) in every form and with every combination of options. What is expected was recorded from
 * kube-apiserver 1.37; test/e2e/watch-list.test.ts compares with a running one.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { widget } from '../unit/watchcache/fixture.ts';
import { ListWatchServer, widgetsPath } from '../unit/watchcache/list-watch-server.ts';
import { WatchClient, type WatchLine } from '../unit/watchcache/watch-client.ts';

const streaming = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const end = { annotations: { 'k8s.io/initial-events-end': 'true' }, resourceVersion: '2' };

let server: ListWatchServer;
let base: string;
beforeEach(async () => {
  server = new ListWatchServer();
  ({ http1: base } = await server.start());
  // The order of writes is not that of names.
  await put('b');
  await put('a');
});
afterEach(() => server.close());

const put = (name: string, color = 'red'): Promise<number> => server.fixture.put(widget('n', name, color));
const ask = (query: string, accept?: string): Promise<WatchClient> =>
  WatchClient.http1(`${base}${widgetsPath}?${query}`, accept === undefined ? {} : { accept });
const as = (kind: string, version = 'v1'): string => `application/json;as=${kind};v=${version};g=meta.k8s.io`;

describe('the bookmark that ends the initial events', () => {
  const own = { kind: 'Widget', apiVersion: 'example.com/v1', metadata: end };
  const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: end };

  it('is an object of the kind with nothing but metadata', async () => {
    const client = await ask(streaming);
    expect(await client.next(3)).toEqual(['ADDED a@2', 'ADDED b@1', 'BOOKMARK -@2 end']);
    expect(client.lines[2]).toEqual({ type: 'BOOKMARK', object: own });
  });

  it.each(['v1', 'v1beta1'])('is a PartialObjectMetadata of %s where that is asked for', async (version) => {
    const client = await ask(streaming, as('PartialObjectMetadata', version));
    await client.next(3);
    expect(client.lines[2]).toEqual({
      type: 'BOOKMARK',
      object: { ...partial, apiVersion: `meta.k8s.io/${version}` },
    });
  });

  it.each([
    ['', partial],
    ['None', partial],
    ['Metadata', partial],
    ['Object', own],
  ])('is a row of a Table: includeObject=%s', async (includeObject, object) => {
    const client = await ask(`${streaming}&includeObject=${includeObject}`, as('Table'));
    await client.next(3);
    const head = { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: '2' } };
    expect(client.lines[2]).toEqual({
      type: 'BOOKMARK',
      object: { ...head, columnDefinitions: null, rows: [{ cells: ['', null], object }] },
    });
  });

  it('names the columns of a Table where nothing comes before it', async () => {
    const client = await ask(`${streaming}&labelSelector=no%3Dbody`, as('Table'));
    await client.next(1);
    expect(client.lines[0]?.object.columnDefinitions).toHaveLength(2);
    await put('c');
    await pause(50);
    expect(client.lines).toHaveLength(1);
  });

  it('comes once, and ordinary bookmarks do not bear the annotation', async () => {
    const client = await ask(`${streaming}&timeoutSeconds=3`);
    await client.next(3);
    await put('c');
    expect(await client.rest()).toEqual(['ADDED c@3', 'BOOKMARK -@3']);
  });
});

describe('a streamed list', () => {
  const match = 'resourceVersionMatch=NotOlderThan';
  it.each([
    ['no version', streaming, ['ADDED a@2', 'ADDED b@1', 'BOOKMARK -@2 end']],
    ['version 0', `${streaming}&resourceVersion=0`, ['ADDED a@2', 'ADDED b@1', 'BOOKMARK -@2 end']],
    ['an old version', `${streaming}&resourceVersion=1`, ['ADDED a@2', 'ADDED b@1', 'BOOKMARK -@2 end']],
    ['the newest version', `${streaming}&resourceVersion=2`, ['ADDED a@2', 'ADDED b@1', 'BOOKMARK -@2 end']],
    ['a field selector', `${streaming}&fieldSelector=metadata.name%3Db`, ['ADDED b@1', 'BOOKMARK -@2 end']],
    ['a limit, which counts for lists only', `${streaming}&limit=1`, ['ADDED a@2', 'ADDED b@1', 'BOOKMARK -@2 end']],
    ['no bookmarks', `watch=true&sendInitialEvents=true&${match}`, ['ADDED a@2', 'ADDED b@1']],
    ['neither initial events nor a version', `watch=true&sendInitialEvents=false&${match}`, []],
    ['no initial events, and version 0', `watch=true&sendInitialEvents=false&${match}&resourceVersion=0`, []],
    [
      'no initial events, and a version',
      `watch=true&sendInitialEvents=false&${match}&resourceVersion=1`,
      ['ADDED a@2'],
    ],
  ])('begins as asked: %s', async (_, query, expected) => {
    const client = await ask(query);
    expect(await client.next(expected.length)).toEqual(expected);
    await put('c');
    if (query.includes('fieldSelector')) return;
    expect(await client.next(1)).toEqual(['ADDED c@3']);
  });

  it('waits for a version that is still to come', async () => {
    const coming = ask(`${streaming}&resourceVersion=3`);
    await pause(100);
    await put('c');
    expect(await (await coming).next(4)).toEqual(['ADDED a@2', 'ADDED b@1', 'ADDED c@3', 'BOOKMARK -@3 end']);
  });

  it('tells in the stream that a version does not come', async () => {
    const client = await ask(`${streaming}&resourceVersion=999999999`);
    await client.rest();
    expect(client.status).toBe(200);
    expect(client.lines).toEqual([
      {
        type: 'ERROR',
        object: {
          ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: 504, reason: 'Timeout' },
          message: 'Timeout: Too large resource version: 999999999, current: 2',
          details: {
            causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
            retryAfterSeconds: 1,
          },
        },
      },
    ]);
  });

  const needed =
    'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
  const supported = (value: string): string =>
    `resourceVersionMatch: Unsupported value: "${value}": supported values: "NotOlderThan"`;
  const unless =
    'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
  const withContinue = 'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided';
  it.each([
    ['watch=true&sendInitialEvents=true', needed],
    ['watch=true&sendInitialEvents=false', needed],
    ['watch=true&sendInitialEvents=true&resourceVersionMatch=Exact', `[${needed}, ${supported('Exact')}]`],
    ['watch=true&sendInitialEvents=true&resourceVersionMatch=Newest', `[${needed}, ${supported('Newest')}]`],
    [`watch=true&${match}&resourceVersion=1`, unless],
    ['watch=true&resourceVersionMatch=Exact', `[${unless}, ${supported('Exact')}]`],
    [`${streaming}&continue=abc`, withContinue],
    ['sendInitialEvents=true', 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
    [
      `sendInitialEvents=false&${match}`,
      '[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, ' +
        'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list]',
    ],
  ])('refuses options that exclude each other: %s', async (query, why) => {
    const client = await ask(query);
    await client.rest();
    expect(client.status).toBe(422);
    const status = JSON.parse(client.tail) as { details: { causes: { field: string; message: string }[] } };
    expect(status).toMatchObject({
      ...{ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Invalid', code: 422 },
      message: `ListOptions.meta.k8s.io "" is invalid: ${why}`,
      details: { group: 'meta.k8s.io', kind: 'ListOptions' },
    });
    const causes = status.details.causes.map(({ field, message }) => `${field}: ${message}`).join(', ');
    expect(causes).toBe(why.replace(/^\[|\]$/g, ''));
  });

  it.each(['a', '-1'])('refuses a version that is none: %s', async (version) => {
    expect((await ask(`${streaming}&resourceVersion=${version}`)).status).toBe(400);
  });

  it('ends after its time between two events, without the bookmark, where its reader was slow', async () => {
    const text = 'x'.repeat(100_000);
    for (let at = 0; at < 300; at += 1) await put(`large-${at}`, text);
    const client = await ask(`${streaming}&timeoutSeconds=1`);
    client.pause();
    await pause(1_500);
    client.resume();
    await client.rest();
    expect(client.tail).toBe('');
    expect(client.lines.length).toBeGreaterThan(0);
    expect(client.lines.length).toBeLessThan(302);
    expect(client.lines.every(({ type }) => type === 'ADDED')).toBe(true);
  });
});

describe('a client that goes on from a version that is no longer known', () => {
  it('is told so by the only event of its watch', async () => {
    await server.close();
    server = new ListWatchServer({ history: { changes: 2, bytes: 1e9 } });
    ({ http1: base } = await server.start());
    for (const color of ['red', 'green', 'blue', 'black']) await put('a', color);
    const late = await ask('watch=true&resourceVersion=1&allowWatchBookmarks=true');
    await late.rest();
    expect(late.status).toBe(200);
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
    const message = 'too old resource version: 1 (2)';
    expect(late.lines).toEqual([{ type: 'ERROR', object: { ...status, message, reason: 'Expired', code: 410 } }]);
  });
});

describe('a client that goes on from the bookmark', () => {
  const versionsOf = (lines: readonly WatchLine[]): string[] =>
    lines
      .filter(({ type }) => type !== 'BOOKMARK')
      .map(({ type, object }) => `${type} ${object.metadata.name ?? ''} ${object.metadata.resourceVersion}`);
  const isEnd = ({ type, object }: WatchLine): boolean =>
    type === 'BOOKMARK' && object.metadata.annotations !== undefined;

  it('misses nothing and sees nothing twice while 16 writers write', async () => {
    let isOver = false;
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      for (let turn = 0; !isOver; turn += 1) {
        if (turn % 3 === 2) await server.fixture.remove('n', `w${writer}`);
        else await put(`w${writer}`, `color-${turn}`);
        await pause(1);
      }
    });
    const lists: { readonly stream: WatchClient; readonly resumed: WatchClient; readonly version: number }[] = [];
    for (let at = 0; at < 10; at += 1) {
      const stream = await ask(streaming);
      while (!stream.lines.some(isEnd)) await stream.next(1);
      const version = Number(stream.lines.find(isEnd)?.object.metadata.resourceVersion);
      lists.push({ stream, version, resumed: await ask(`watch=true&resourceVersion=${version}`) });
    }
    isOver = true;
    await Promise.all(writers);
    const last = await put('last');
    for (const { stream, resumed, version } of lists) {
      for (const client of [stream, resumed]) {
        await expect.poll(() => client.lines.at(-1)?.object.metadata.resourceVersion).toBe(String(last));
      }
      const changes = versionsOf(stream.lines.slice(stream.lines.findIndex(isEnd) + 1));
      expect(changes).toEqual(versionsOf(resumed.lines));
      // Every write is a change of one of the watched objects.
      const versions = changes.map((change) => Number(change.split(' ')[2]));
      expect(versions).toEqual(Array.from({ length: last - version }, (_, at) => version + 1 + at));
    }
  });
});
