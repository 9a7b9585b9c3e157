import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerPlainly, createFront, createPageKeys } from '../../../src/front/index.ts';

const keys = createPageKeys();
const key = keys.issue({ name: 'admin', groups: [] });
const files = new Map([['index.html', { type: 'text/html', body: Buffer.from('<p>page</p>') }]]);
const front = createFront({ files, keys, loopbackOnly: true });
const proxy = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default/kubedirectorendpoints/m.console/proxy';

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((asked, response) => {
    if (answerPlainly(front, asked, response)) return;
    front.admit(asked);
    response.end(`api ${asked.headers.authorization ?? 'nobody'}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}
interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function ask(path: string, { method = 'GET', headers = {}, body = '' }: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const session = (headers: Record<string, string>, body = JSON.stringify({ path: proxy })) =>
  ask('/ui/session', { method: 'POST', headers, body });
const authorization = `Bearer ${key}`;

describe('the page', () => {
  it('is for browsers, the root is the API for others', async () => {
    const page = await ask('/', { headers: { accept: 'text/html,*/*' } });
    expect([page.status, page.text]).toEqual([200, '<p>page</p>']);
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
    expect((await ask('/', { headers: { accept: '*/*' } })).text).toBe('api nobody');
  });

  it('is not there under names that lead here', async () => {
    for (const host of ['evil.test', `evil.test:${port}`, '127.0.0.1.evil.test', 'localhost@evil.test']) {
      expect((await ask('/', { headers: { accept: 'text/html', host } })).status).toBe(421);
    }
  });

  it('gives no file that was not built', async () => {
    for (const path of ['/ui/', '/ui/index.html', '/ui/../package.json', '/ui/%2e%2e/package.json', '/ui/__proto__']) {
      expect((await ask(path)).status).toBe(404);
    }
    expect((await ask('/ui/index.html', { method: 'PUT' })).status).toBe(405);
  });
});

describe('tickets', () => {
  it('are given to who has a key, for the proxy of one endpoint', async () => {
    const { status, headers } = await session({ authorization });
    expect(status).toBe(200);
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toContain(`; Path=${proxy}; Secure; HttpOnly; SameSite=Strict`);
    expect(cookie).not.toContain(key);
  });

  it('are not given without a key, to pages of others, or for other paths', async () => {
    expect((await session({})).status).toBe(401);
    expect((await session({ authorization: 'Bearer invented' })).status).toBe(401);
    expect((await session({ authorization, origin: 'https://evil.test' })).status).toBe(401);
    for (const path of ['/', '/api/v1/secrets', `${proxy}/deeper`, `${proxy}; Path=/`, `${proxy}\r\nX: y`, 1, null]) {
      expect((await session({ authorization }, JSON.stringify({ path }))).status).toBe(400);
    }
    expect((await session({ authorization }, 'x'.repeat(100_000))).status).toBe(413);
  });

  it('count on the paths of proxies only, and not for requests that another site has begun', async () => {
    const { headers } = await session({ authorization });
    const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const as = async (path: string, site: string, more: Record<string, string> = {}) =>
      (await ask(path, { headers: { cookie, 'sec-fetch-site': site, ...more } })).text;
    expect(await as(`${proxy}/x`, 'same-origin')).toBe(`api ${authorization}`);
    expect(await as(proxy, 'none')).toBe(`api ${authorization}`);
    for (const site of ['same-site', 'cross-site', '']) expect(await as(proxy, site)).toBe('api nobody');
    for (const path of ['/api/v1/secrets', `${proxy}y`]) expect(await as(path, 'same-origin')).toBe('api nobody');
    expect(await as(proxy, 'none', { host: 'evil.test' })).toBe('api nobody');
    expect(await as(proxy, 'none', { authorization: 'Bearer own' })).toBe('api Bearer own');
  });
});
