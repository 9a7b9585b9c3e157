/** Fields that some users may not see, over HTTP: in every verb, every form, and when they write the object back. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ResourceRegistry } from '../../src/apiserver/registry/contract.ts';
import type { Redaction } from '../../src/apiserver/resource.ts';
import { unavailable } from '../support/access.ts';
import { admin, Api, widget, widgetsPath, type Widget } from '../support/api.ts';
import { createAuthority } from '../support/certificates.ts';
import { WatchClient } from '../unit/watchcache/watch-client.ts';

// Longer than any sequence of digits in a uid, so that it is not found by chance.
const secret = 7_204_913_558_061;
const hidden = 'hush';
const asked: string[] = [];
let isDown = false;

/** spec.size and status.state are for the administrator, and for users who ask about "open" by name. */
const redaction: Redaction<Widget> = {
  mayReveal({ user }, { namespace, name }) {
    if (isDown) throw unavailable;
    asked.push(`${user.name} ${namespace}/${name}`);
    return user.name === admin.name || name === 'open';
  },
  redact(object) {
    if (object.spec?.size === undefined && object.status?.state === undefined) return object;
    const copy = structuredClone(object);
    delete copy.spec?.size;
    delete copy.status?.state;
    return copy;
  },
  restore(next, current) {
    const size = current.spec?.size;
    const state = current.status?.state;
    return {
      ...next,
      ...(next.spec && size !== undefined ? { spec: { size, ...next.spec } } : {}),
      ...(next.status && state !== undefined ? { status: { state, ...next.status } } : {}),
    };
  },
};

let api: Api;
let registry: ResourceRegistry<Widget>;
let http: Server | undefined;
const context = { user: admin, requestId: 'test', signal: new AbortController().signal, warn: () => undefined };
const target = { namespace: 'default', name: 'a' };

beforeEach(async () => {
  isDown = false;
  asked.length = 0;
  api = await Api.started({ redaction, authorizer: { authorize: () => ({ allowed: true }) } });
  registry = api.server.registry<Widget>('demo.example', 'widgets');
  for (const name of ['a', 'open']) {
    await registry.create(context, 'default', widget(name, { spec: { color: 'red', size: secret } }));
    const status = { status: { state: hidden } };
    await registry.update(context, { namespace: 'default', name }, () => widget(name, status), {
      subresource: 'status',
    });
  }
});
afterEach(async () => {
  http?.closeAllConnections();
  http = undefined;
  await api.stop();
});

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
const as = (user: string, method: Method, path: string): supertest.Test =>
  supertest(api.server.app)[method](path).set('x-user', user);
const bob = (method: Method, path: string): supertest.Test => as('bob', method, path);
const stored = () => registry.cache.get('default', 'a')?.object;
const shows = (text: string): boolean => text.includes(String(secret)) || text.includes(hidden);
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const patchOf = (type: 'merge' | 'json' | 'strategic-merge'): string =>
  `application/${type === 'json' ? 'json-patch' : `${type}-patch`}+json`;

const reads: [title: string, path: string, accept?: string][] = [
  ['a get', `${widgetsPath}/a`],
  ['a get of any version', `${widgetsPath}/a?resourceVersion=0`],
  ['a pretty get', `${widgetsPath}/a?pretty=true`],
  ['a get as YAML', `${widgetsPath}/a`, 'application/yaml'],
  ['a get as a Table of whole objects', `${widgetsPath}/a?includeObject=Object`, table],
  ['a get of the status', `${widgetsPath}/a/status`],
  ['a list', widgetsPath],
  ['a list of all namespaces', '/apis/demo.example/v1/widgets'],
  ['a page of a list', `${widgetsPath}?limit=1`],
  ['a list as of a version', `${widgetsPath}?resourceVersion=3&resourceVersionMatch=Exact`],
  ['a selection', `${widgetsPath}?fieldSelector=spec.color%3Dred`],
  ['a list as a Table of whole objects', `${widgetsPath}?includeObject=Object`, table],
  ['a list as YAML', widgetsPath, 'application/yaml'],
];

describe('what is hidden', () => {
  it.each(reads)('is in %s only for users who may see it', async (_title, path, accept = 'application/json') => {
    const answer = await bob('get', path).set('accept', accept).buffer(true).expect(200);
    expect(answer.text).toContain('red');
    expect(shows(answer.text)).toBe(false);
    const whole = await as('admin', 'get', path).set('accept', accept).buffer(true).expect(200);
    expect(shows(whole.text)).toBe(true);
  });

  it('is authorized by name if there is one, also in a selector, and otherwise for all objects', async () => {
    await bob('get', `${widgetsPath}/a`);
    await bob('get', widgetsPath);
    await bob('get', '/apis/demo.example/v1/widgets');
    expect(asked).toEqual(['bob default/a', 'bob default/', 'bob /']);
    expect(shows((await bob('get', `${widgetsPath}/open`).expect(200)).text)).toBe(true);
    expect(shows((await bob('get', `${widgetsPath}?fieldSelector=metadata.name%3Dopen`).expect(200)).text)).toBe(true);
  });

  it('is not in the answers to writes', async () => {
    const answers = [
      await bob('post', widgetsPath)
        .send(widget('b', { spec: { color: 'red', size: secret } }))
        .expect(201),
      await bob('post', `${widgetsPath}?dryRun=All`)
        .send(widget('c', { spec: { size: secret } }))
        .expect(201),
      await bob('put', `${widgetsPath}/a`)
        .send(widget('a', { spec: { color: 'blue' } }))
        .expect(200),
      await bob('patch', `${widgetsPath}/a?dryRun=All`)
        .set('content-type', patchOf('merge'))
        .send('{"metadata":{"finalizers":["demo.example/stay"]}}')
        .expect(200),
      await bob('patch', `${widgetsPath}/a`)
        .set('content-type', patchOf('strategic-merge'))
        .send('{"metadata":{"finalizers":["demo.example/stay"]}}')
        .expect(200),
      await bob('patch', `${widgetsPath}/a/status`).set('content-type', patchOf('merge')).send('{}').expect(200),
      await bob('delete', `${widgetsPath}/a`).expect(200),
      await bob('delete', widgetsPath).expect(200),
    ];
    expect(answers.map(({ text }) => shows(text))).toEqual(answers.map(() => false));
    expect(answers.at(-1)?.text).toContain('"kind":"WidgetList"');
    expect(stored()?.spec).toEqual({ color: 'blue', size: secret, replicas: 1 });
  });

  it('stays as it is if a user who does not see it reads, changes and writes the object', async () => {
    const seen = JSON.parse((await bob('get', `${widgetsPath}/a`)).text) as Widget;
    await bob('put', `${widgetsPath}/a`).send(seen).expect(200);
    expect(stored()?.metadata.resourceVersion).toBe(seen.metadata.resourceVersion);
    await bob('put', `${widgetsPath}/a`)
      .send({ ...seen, spec: { ...seen.spec, color: 'blue' } })
      .expect(200);
    expect(stored()).toMatchObject({ spec: { color: 'blue', size: secret }, metadata: { generation: 2 } });
    await bob('patch', `${widgetsPath}/a`).set('content-type', patchOf('merge')).send('{"spec":{"size":7}}');
    expect(stored()?.spec?.size).toBe(7);
  });

  it.each([
    ['copied', [{ op: 'copy', from: '/spec/size', path: '/spec/replicas' }]],
    ['moved', [{ op: 'move', from: '/spec/size', path: '/spec/replicas' }]],
    ['guessed', [{ op: 'test', path: '/spec/size', value: secret }]],
    ['removed by its path', [{ op: 'remove', path: '/spec/size' }]],
  ])('cannot be %s', async (_what, operations) => {
    const answer = await bob('patch', `${widgetsPath}/a`)
      .set('content-type', patchOf('json'))
      .send(JSON.stringify(operations))
      .expect(422);
    expect(answer.text).not.toContain(String(secret));
    expect(stored()?.spec).toEqual({ color: 'red', size: secret, replicas: 1 });
  });

  it('stays as it is if the status is written', async () => {
    await bob('put', `${widgetsPath}/a/status`)
      .send(widget('a', { status: {} }))
      .expect(200);
    expect(stored()?.status?.state).toBe(hidden);
  });

  it('is in no answer while the authorizer cannot be asked', async () => {
    isDown = true;
    for (const path of [`${widgetsPath}/a`, widgetsPath, `${widgetsPath}?watch=1`, `${widgetsPath}/a/status`]) {
      expect(shows((await bob('get', path).expect(503)).text)).toBe(false);
    }
  });
});

describe('a watch', () => {
  const change = async (): Promise<void> => {
    await registry.update(context, target, (now) => ({
      ...widget('a'),
      ...now,
      spec: { color: 'blue', size: secret },
    }));
    await registry.delete(context, target);
  };
  const base = async (): Promise<string> => {
    http = createServer((request, response) => void api.server.handle(request, response));
    await new Promise<void>((resolve) => http?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  };

  it.each([
    ['application/json', ''],
    [table, '&includeObject=Object'],
  ])('as %s shows no event with what is hidden', async (accept, query) => {
    const url = `${await base()}${widgetsPath}?watch=1${query}`;
    const client = await WatchClient.http1(url, { accept, 'x-user': 'bob' });
    const whole = await WatchClient.http1(url, { accept, 'x-user': 'admin' });
    await change();
    await Promise.all([client.next(4), whole.next(4)]);
    expect(client.lines.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'MODIFIED', 'DELETED']);
    expect(client.lines.map((line) => shows(JSON.stringify(line)))).toEqual([false, false, false, false]);
    expect(whole.lines.map((line) => shows(JSON.stringify(line)))).toEqual([true, true, true, true]);
    const later = await WatchClient.http1(`${url}&resourceVersion=5`, { accept, 'x-user': 'bob' });
    await later.next(2);
    expect(later.lines.map((line) => shows(JSON.stringify(line)))).toEqual([false, false]);
    for (const one of [client, whole, later]) one.close();
  });

  it('over WebSocket does not show it either', async () => {
    const ca = await createAuthority();
    const { cert, key } = await ca.issue('CN=127.0.0.1');
    const { port } = await api.server.listen({ host: '127.0.0.1', port: 0, credentials: { cert, key } });
    const socket = new WebSocket(`wss://127.0.0.1:${port}${widgetsPath}?watch=1`, {
      rejectUnauthorized: false,
      headers: { 'x-user': 'bob' },
    });
    const frames: string[] = [];
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => void change());
      socket.on('message', (data: Buffer) => {
        frames.push(data.toString('utf8'));
        if (frames.length === 4) resolve();
      });
    });
    expect(frames.map((frame) => (JSON.parse(frame) as { type: string }).type)).toEqual([
      'ADDED',
      'ADDED',
      'MODIFIED',
      'DELETED',
    ]);
    expect(frames.map(shows)).toEqual([false, false, false, false]);
    socket.terminate();
    await api.server.stop(0);
  });
});
