import { describe, expect, onTestFinished, test } from 'vitest';
import { startPageServer } from '../../../src/plugin/ui/page-server.ts';
import { ask, startServer, upstreamOf, type Sent } from './forward-fixture.ts';

const files = new Map([['index.html', { type: 'text/html', body: Buffer.from('<p>page</p>') }]]);
const proxy = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default/kubedirectorendpoints/m-0.ui/proxy';

async function start() {
  const asked: string[] = [];
  const api = await startServer(({ url = '', headers }, response) => {
    asked.push(url);
    if (url === proxy) response.writeHead(302, { Location: `${proxy}/lab` });
    response.end(`${url} ${headers.authorization ?? 'nobody'}`);
  });
  const server = await startPageServer({ upstream: upstreamOf(api.origin), files, port: 0 });
  onTestFinished(() => server.stop());
  const { host, hash } = new URL(server.url);
  const key = { authorization: `Bearer ${hash.slice('#key='.length)}` };
  return { server, host, key, asked };
}

describe('the page on a local port', () => {
  test('is served with its rules, and the browser that is started gets its key once', async () => {
    const { server, host } = await start();
    const page = await ask(host, '/', { headers: { accept: 'text/html' } });
    expect(page.text).toBe('<p>page</p>');
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(page.headers['set-cookie']).toBeUndefined();
    const { pathname } = new URL(server.urlOnce());
    const first = await ask(host, pathname);
    expect([first.status, first.headers.location]).toEqual([303, server.url.slice(`http://${host}`.length)]);
    expect((await ask(host, pathname)).status).toBe(403);
  });

  test('passes the API on for its key only', async () => {
    const { host, key, asked } = await start();
    const { status, text } = await ask(host, '/api/v1/namespaces?limit=1', { headers: key });
    expect([status, text]).toEqual([200, '/api/v1/namespaces?limit=1 Bearer secret-token']);
    for (const path of ['/api', '/apis', '/apis?a=1']) {
      expect((await ask(host, path, { headers: key })).text).toBe(`${path} Bearer secret-token`);
    }
    asked.length = 0;
    const refused: [number, string, Sent][] = [
      [401, '/api/v1/secrets', {}],
      [401, '/api/v1/secrets', { headers: { authorization: 'Bearer invented' } }],
      [401, '/ui/session', { method: 'POST', body: JSON.stringify({ path: proxy }) }],
      [421, '/api/v1/secrets', { headers: { ...key, host: 'evil.test' } }],
      [421, '/', { headers: { accept: 'text/html', host: 'evil.test' } }],
      [403, '/api/v1/secrets', { headers: { ...key, origin: 'http://evil.test' } }],
      [403, '/api/v1/secrets', { headers: { ...key, 'sec-fetch-site': 'same-site' } }],
      [404, '/metrics', { headers: key }],
      [404, '/apiserver', { headers: key }],
      [404, '/apis/../metrics', { headers: key }],
      [404, '/api/%2e%2e/metrics', { headers: key }],
      [403, '/ui/open/invented', {}],
    ];
    for (const [expected, path, sent] of refused) {
      expect([path, sent, (await ask(host, path, sent)).status]).toEqual([path, sent, expected]);
    }
    expect(asked).toEqual([]);
  });
});

describe('a service that is opened from the page', () => {
  const session = (host: string, headers: Record<string, string>, path: unknown) =>
    ask(host, '/ui/session', { method: 'POST', headers, body: JSON.stringify({ path }) });

  test('has an origin of its own, from which nothing but its proxy can be asked', async () => {
    const { host, key, asked } = await start();
    const { url } = JSON.parse((await session(host, key, proxy)).text) as { url: string };
    const service = new URL(url);
    expect([service.hostname.endsWith('.localhost'), service.host === host]).toEqual([true, false]);
    const page = await ask(service.host, service.pathname);
    expect(page.text).toContain(`url=${proxy}"`);
    const cookie = page.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect((await ask(service.host, proxy, { headers: { cookie } })).headers.location).toBe('/lab');
    asked.length = 0;
    await ask(service.host, '/api/v1/secrets', { headers: { cookie } });
    expect(asked).toEqual([`${proxy}/api/v1/secrets`]);
    const own = { cookie, origin: service.origin, 'sec-fetch-site': 'cross-site' };
    expect((await ask(host, '/api/v1/secrets', { headers: own })).status).toBe(403);
  });

  test('keeps its port when it is opened again', async () => {
    const { host, key } = await start();
    const urls = [await session(host, key, proxy), await session(host, key, proxy)].map(
      ({ text }) => new URL((JSON.parse(text) as { url: string }).url),
    );
    expect(urls[0]?.host).toBe(urls[1]?.host);
    expect(urls[0]?.pathname).not.toBe(urls[1]?.pathname);
  });

  test('is an endpoint', async () => {
    const { host, key } = await start();
    const climbing = proxy.replace('default', '..');
    for (const path of ['/', '/api/v1/secrets', `${proxy}/x`, `${proxy}?a`, climbing, 1, null, 'x'.repeat(10_000)]) {
      expect([path, (await session(host, key, path)).status]).toEqual([path, 400]);
    }
  });
});
