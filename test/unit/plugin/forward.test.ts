import { EventEmitter, once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startForwarder, type Forwarder } from '../../../src/plugin/forward/forwarder.ts';
import { ask, startServer, upstreamOf, type Sent } from './forward-fixture.ts';

const prefix = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default/kubedirectorendpoints/m-0.ui/proxy';

async function start(origin: string, impersonate: Record<string, string> = {}) {
  const upstream = upstreamOf(origin, impersonate);
  const forwarder = await startForwarder({ upstream, prefix, home: '/lab?a=1&b=2', port: 0 });
  onTestFinished(() => forwarder.stop());
  const { host } = new URL(forwarder.url);
  return { forwarder, host, ...(await enter(forwarder)) };
}

/** What a browser does with the address. */
async function enter({ url }: Pick<Forwarder, 'url'>, headers: Record<string, string> = {}) {
  const { host, pathname } = new URL(url);
  const page = await ask(host, pathname, { headers });
  const cookie = page.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  return { page, cookie };
}

/** Answers with what it was asked, and how often. */
async function startEcho() {
  const asked: IncomingMessage[] = [];
  const api = await startServer((request, response) => {
    asked.push(request);
    response.setHeader('Content-Type', 'text/plain');
    request.pipe(response);
  });
  return { ...api, asked };
}

describe('a forwarded port', () => {
  test('is the root of what it stands for, with the credentials of the user', async () => {
    const { origin, asked } = await startEcho();
    const { host, cookie } = await start(origin, { 'Impersonate-User': 'ann' });
    const body = 'x'.repeat(100_000);
    const { status, text } = await ask(host, '/static/a%20b.js?v=1', { method: 'POST', headers: { cookie }, body });
    expect([status, text === body]).toEqual([200, true]);
    expect(asked[0]?.url).toBe(`${prefix}/static/a%20b.js?v=1`);
    expect(asked[0]?.headers).toMatchObject({
      ...{ authorization: 'Bearer secret-token', 'impersonate-user': 'ann', host: new URL(origin).host },
    });
    await ask(host, `${prefix}/told/by/its/prefix`, { headers: { cookie } });
    expect(asked[1]?.url).toBe(`${prefix}/told/by/its/prefix`);
  });

  test('passes nothing on that says who somebody is, and not its own cookie', async () => {
    const { origin, asked } = await startEcho();
    const { host, cookie } = await start(origin);
    const headers = {
      ...{
        cookie: `a=1; ${cookie}; b=2`,
        authorization: 'Bearer mine',
        'impersonate-user': 'root',
        impersonate_group: 'g',
      },
      ...{ 'x-remote-user': 'root', 'x-forwarded-for': '1.2.3.4', origin: `http://${host}`, 'x-kept': 'yes' },
      ...{ connection: 'close, x-named', 'x-named': 'no' },
    };
    await ask(host, '/', { headers });
    const got = asked[0]?.headers ?? {};
    expect(got).toMatchObject({ cookie: 'a=1; b=2', authorization: 'Bearer secret-token', 'x-kept': 'yes' });
    for (const name of [
      'impersonate-user',
      'impersonate_group',
      'x-remote-user',
      'x-forwarded-for',
      'origin',
      'x-named',
    ]) {
      expect([name, got[name]]).toEqual([name, undefined]);
    }
  });

  test('refuses what its own page has not sent', async () => {
    const { origin, asked } = await startEcho();
    const { host, cookie } = await start(origin);
    const { port } = new URL(`http://${host}`);
    const refused: [number, Sent][] = [
      [421, { headers: { cookie, host: 'evil.test' } }],
      [421, { headers: { cookie, host: `evil.test:${port}` } }],
      [421, { headers: { cookie, host: '127.0.0.1' } }],
      [421, { headers: { cookie, host: `localhost:${port}` } }],
      [403, {}],
      [403, { headers: { cookie: `${cookie}x` } }],
      [403, { headers: { cookie: cookie.replace(/=.*/, '=') } }],
      [403, { headers: { cookie, origin: 'http://evil.test' }, method: 'POST' }],
      [403, { headers: { cookie, origin: 'null' }, method: 'POST' }],
      [403, { headers: { cookie, origin: `https://${host}` } }],
      [403, { headers: { cookie, origin: 'http://127.0.0.1:1' }, method: 'DELETE' }],
      [403, { headers: { cookie, 'sec-fetch-site': 'cross-site' } }],
      [403, { headers: { cookie, 'sec-fetch-site': 'same-site' } }],
    ];
    for (const [expected, sent] of refused) {
      const { status, text } = await ask(host, '/', sent);
      expect([status, sent]).toEqual([expected, sent]);
      expect(text).not.toContain('secret-token');
    }
    expect(asked).toEqual([]);
    const own = { cookie, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
    expect((await ask(host, '/', { method: 'POST', headers: own })).status).toBe(200);
    // For browsers that do not know names below localhost.
    const numbered = { cookie, host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` };
    expect((await ask(host, '/', { method: 'POST', headers: numbered })).status).toBe(200);
  });

  test('stays inside what it stands for', async () => {
    const { origin, asked } = await startEcho();
    const { host, cookie } = await start(origin);
    const paths = ['/../../x', '/%2e%2E/x', '/a%2f..%2fb', '/a/..%5c..', 'http://evil.test/', '*', '/%zz'];
    for (const path of paths)
      expect([path, (await ask(host, path, { headers: { cookie } })).status]).toEqual([path, 400]);
    expect(asked).toEqual([]);
    await ask(host, `${prefix}y/api`, { headers: { cookie } });
    expect(asked[0]?.url).toBe(`${prefix}${prefix}y/api`);
  });

  test('gives its cookie to who has the address, and leads to where the service begins', async () => {
    const { origin } = await startEcho();
    const { forwarder, page, cookie, host } = await start(origin);
    expect(page.headers['set-cookie']?.[0]).toMatch(
      /^kubedirector-forward-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(page.text).toContain('content="0; url=/lab?a=1&#38;b=2"');
    expect(page.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    expect((await ask(host, '/.kubedirector/open/invented')).status).toBe(403);
    const { pathname } = new URL(forwarder.url);
    expect((await ask(host, pathname, { headers: { host: 'evil.test' } })).headers['set-cookie']).toBeUndefined();
    const once = { url: forwarder.urlOnce() };
    const first = await enter(once, { 'sec-fetch-site': 'cross-site' });
    expect(first.cookie).toBe(cookie);
    expect((await enter(once)).page.status).toBe(403);
    expect((await enter(once, { cookie })).page.status).toBe(200);
  });

  test('makes redirects and paths of cookies its own', async () => {
    const answers: Record<string, [number, Record<string, string | string[]>]> = {
      '/in': [302, { Location: `${prefix}/lab?a=1#b` }],
      '/whole': [302, { Location: `ORIGIN${prefix}/lab` }],
      '/hidden-host': [302, { Location: `${prefix}//evil.test/` }],
      '/out': [302, { Location: 'https://elsewhere.test/x' }],
      '/page': [303, { Refresh: `0; url=${prefix}/lab` }],
      '/cookie': [
        200,
        { 'Set-Cookie': [`kd-1.a=1; HttpOnly; Path=${prefix}/`, 'kubedirector-forward-1=x', 'b=2; Path=/z'] },
      ],
    };
    const api = await startServer((request, response) => {
      const [status, headers] = answers[request.url?.slice(prefix.length) ?? ''] ?? [404, {}];
      for (const [name, value] of Object.entries(headers)) {
        response.setHeader(name, typeof value === 'string' ? value.replace('ORIGIN', api.origin) : value);
      }
      response.writeHead(status).end();
    });
    const { host, cookie } = await start(api.origin);
    const headersOf = async (path: string) => (await ask(host, path, { headers: { cookie } })).headers;
    expect((await headersOf('/in')).location).toBe('/lab?a=1#b');
    expect((await headersOf('/whole')).location).toBe('/lab');
    expect((await headersOf('/hidden-host')).location).toBe('/evil.test/');
    expect((await headersOf('/out')).location).toBe('https://elsewhere.test/x');
    expect(await headersOf('/page')).toMatchObject({ location: '/lab' });
    expect((await headersOf('/cookie'))['set-cookie']).toEqual(['kd-1.a=1; HttpOnly; Path=/', 'b=2; Path=/z']);
  });

  test('says in plain text that the server is away', async () => {
    const api = await startEcho();
    const { host, cookie } = await start(api.origin);
    api.stop();
    const { status, headers, text } = await ask(host, '/', { headers: { cookie } });
    expect([status, headers['content-type']]).toEqual([502, 'text/plain; charset=utf-8']);
    expect(text).toBe(`127.0.0.1:${api.port} cannot be reached (ECONNREFUSED).\n`);
  });

  test('says nothing of what the credentials could not be made of', async () => {
    const upstream = upstreamOf('http://127.0.0.1:1');
    const current = () => Promise.reject(new Error('token abc'));
    const broken = { ...upstream, credentials: { ...upstream.credentials, current } };
    const forwarder = await startForwarder({ upstream: broken, prefix, home: '/', port: 0 });
    onTestFinished(() => forwarder.stop());
    const { cookie } = await enter(forwarder);
    const { status, text } = await ask(new URL(forwarder.url).host, '/', { headers: { cookie } });
    expect([status, text.includes('abc')]).toEqual([502, false]);
  });
});

describe('streams through a forwarded port', () => {
  test('come as they are sent, and an end that is a break stays one', async () => {
    let breakOff = (): void => undefined;
    const api = await startServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: 1\n\n');
      breakOff = () => void response.destroy();
    });
    const { forwarder, cookie } = await start(api.origin);
    const { port } = new URL(forwarder.url);
    const sent = request({ host: '127.0.0.1', port, headers: { cookie }, agent: false }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(String((await once(answer, 'data'))[0])).toBe('data: 1\n\n');
    breakOff();
    await expect(once(answer, 'end')).rejects.toThrow('aborted');
  });

  test('end at the server when the browser leaves', async () => {
    const left = new EventEmitter();
    const leaving = once(left, 'left');
    const api = await startServer((_request, response) => {
      response.on('close', () => left.emit('left'));
      response.write('one');
    });
    const { forwarder, cookie } = await start(api.origin);
    const sent = request({
      host: '127.0.0.1',
      port: new URL(forwarder.url).port,
      headers: { cookie },
      agent: false,
    }).end();
    await once(sent, 'response');
    sent.on('error', () => undefined).destroy();
    await leaving;
  });
});

describe('WebSockets through a forwarded port', () => {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'a2V5',
    'sec-websocket-version': '13',
  };

  async function startSockets() {
    const asked: IncomingMessage[] = [];
    const api = await startServer((_request, response) => response.writeHead(403).end('no'));
    api.server.on('upgrade', (request, socket) => {
      asked.push(request);
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined);
      if (request.url?.endsWith('/no') === true) socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      else
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Y: z\r\n\r\nhello',
        );
      socket.pipe(socket);
    });
    return { ...api, asked };
  }

  test('pass in both directions, and end with the port', async () => {
    const api = await startSockets();
    const { host, cookie, forwarder } = await start(api.origin);
    const protocols = 'v1.kernel, base64url.bearer.authorization.k8s.io.dG9rZW4';
    const { status, headers, socket } = await ask(host, '/ws', {
      headers: { ...upgrade, cookie, origin: `http://${host}`, 'sec-websocket-protocol': protocols },
    });
    expect([status, headers['x-y']]).toEqual([101, 'z']);
    if (socket === undefined) throw new Error('nothing was switched');
    const got: string[] = [];
    socket.setEncoding('utf8').on('data', (text: string) => got.push(text));
    socket.write('there');
    await expect.poll(() => got.join('')).toBe('hellothere');
    expect(api.asked[0]?.headers).toMatchObject({
      ...{ authorization: 'Bearer secret-token', 'sec-websocket-protocol': 'v1.kernel' },
    });
    const closed = once(socket, 'close');
    socket.on('error', () => undefined);
    await forwarder.stop();
    await closed;
  });

  test('are refused where another page asks for them, and where the server refuses', async () => {
    const api = await startSockets();
    const { host, cookie } = await start(api.origin);
    const asking = async (path: string, headers: Record<string, string>) =>
      (await ask(host, path, { headers: { ...upgrade, ...headers } })).status;
    expect(await asking('/ws', { cookie, origin: 'http://evil.test' })).toBe(403);
    expect(await asking('/ws', { cookie, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await asking('/ws', { origin: `http://${host}` })).toBe(403);
    expect(await asking('/ws', { cookie, host: 'evil.test' })).toBe(421);
    expect(await asking('/ws', { cookie, upgrade: 'h2c' })).toBe(400);
    expect(api.asked).toEqual([]);
    expect(await asking('/no', { cookie, origin: `http://${host}` })).toBe(403);
    expect(api.asked).toHaveLength(1);
  });
});
