/** Requests that are passed on to a server behind an object. */
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { widgetsPath } from '../support/api.ts';
import { bodyOfRequest, proxy, ProxyLab } from './proxy-fixture.ts';

let lab: ProxyLab;
beforeEach(async () => {
  lab = new ProxyLab();
  await lab.start();
});
afterEach(() => lab.stop());

/** Has the member tell what it got. */
function echoes(): { seen: IncomingMessage[] } {
  const seen: IncomingMessage[] = [];
  lab.onRequest = (request, response) => {
    seen.push(request);
    void bodyOfRequest(request).then((body) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
    });
  };
  return { seen };
}

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}
const echoOf = (text: string): Echo => JSON.parse(text) as Echo;

it.each(['ask', 'askHttp2'] as const)('headers that a member sends twice pass as one (%s)', async (how) => {
  lab.onRequest = (_, response) => {
    const twice = ['X-Content-Type-Options', 'nosniff', 'x-content-type-options', 'nosniff', 'Vary', 'A', 'Vary', 'B'];
    response.writeHead(200, twice).end('page');
  };
  const { status, headers, text } = await lab[how](`${proxy}/`);
  expect([status, text]).toEqual([200, 'page']);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    vary: expect.stringContaining('A, B') as string,
  });
});

it('a page has a type that kube-apiserver takes for no page, or it would change its links', async () => {
  const typeOf = async (type: string | undefined, headers = {}): Promise<unknown> => {
    lab.onRequest = (_, response) => {
      if (type !== undefined) response.setHeader('Content-Type', type);
      response.end('<a href="/x">');
    };
    return (await lab.ask(`${proxy}/`, { headers })).headers['content-type'];
  };
  const aggregated = { 'X-Remote-User': 'someone' };
  expect(await typeOf('text/html; charset=utf-8', aggregated)).toBe('text/HTML; charset=utf-8');
  expect(await typeOf('text/plain', aggregated)).toBe('text/plain');
  expect(await typeOf(undefined, aggregated)).toBeUndefined();
  expect(await typeOf('text/html; charset=utf-8')).toBe('text/html; charset=utf-8');
});

describe('a request', () => {
  it.each(['ask', 'askHttp2'] as const)('passes with method, raw path, query and body (%s)', async (how) => {
    echoes();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET']) {
      const { status, text } = await lab[how](`${proxy}/a%20b/%2F/c//d/?x=1&y=%26&x=2`, { method, body: 'given' });
      const { method: seen, url, body } = echoOf(text);
      expect([status, seen, url, body]).toEqual([200, method, '/a%20b/%2F/c//d/?x=1&y=%26&x=2', 'given']);
    }
  });

  it.each(['ask', 'askHttp2'] as const)('without a body passes without one (%s)', async (how) => {
    echoes();
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { headers, body } = echoOf((await lab[how](`${proxy}/x`, { method })).text);
      expect([headers['transfer-encoding'], body]).toEqual([
        how === 'askHttp2' ? headers['transfer-encoding'] : undefined,
        '',
      ]);
    }
  });

  it('brings neither who the user is nor how they showed it, in whichever spelling', async () => {
    echoes();
    const { headers } = echoOf(
      (
        await lab.ask(`${proxy}/`, {
          headers: {
            'X-Remote-User': 'someone',
            x_remote_group: 'system:masters',
            'X-Remote-Extra-Scopes': 'all',
            'X-Forwarded-For': '10.0.0.1',
            'X-Forwarded-Client-Cert': 'Hash=1',
            'X-Client-Cert': 'pem',
            'Client-Cert': ':pem:',
            Forwarded: 'for=10.0.0.1',
            Cookie: 'session=of-the-login-proxy',
            'X-Gone': 'named by Connection',
            'X-Kept': 'yes',
            Connection: 'close, x-gone',
            'Proxy-Authorization': 'Basic eA==',
            TE: 'trailers',
          },
        })
      ).text,
    );
    expect(headers).toEqual({
      'x-kept': 'yes',
      host: `a.default.svc:${lab.memberPort}`,
      'x-forwarded-prefix': proxy,
      'x-forwarded-context': proxy,
      authorization: 'token secret-of-a',
      connection: 'keep-alive',
    });
  });

  it('brings the token of the member in the place of the user’s own', async () => {
    echoes();
    const answer = await lab.ask(`${proxy}/`, { headers: { Authorization: 'Bearer of-the-user' } });
    expect(echoOf(answer.text).headers['authorization']).toBe('token secret-of-a');
  });

  it.each(['/..', '/../', '/a/../../b', '/%2e%2e/x', '/.%2E/x', '/a/..%2fb', '/a/..%5Cb', '/.'])(
    'for %s is refused: no path leaves the proxy',
    async (path) => {
      const { seen } = echoes();
      const { status, text } = await lab.ask(`${proxy}${path}`);
      expect([status, JSON.parse(text), seen]).toMatchObject([400, { kind: 'Status', reason: 'BadRequest' }, []]);
    },
  );

  it('with another method is not allowed, and not passed on', async () => {
    const { seen } = echoes();
    for (const method of ['OPTIONS', 'TRACE', 'PROPFIND']) {
      expect((await lab.ask(`${proxy}/`, { method })).status).toBe(405);
    }
    expect(seen).toEqual([]);
  });

  it('for a longer path of another subresource is still unknown', async () => {
    expect((await lab.ask(`${widgetsPath}/a/status/x`)).status).toBe(404);
    expect((await lab.ask(`${widgetsPath}/a/proxies/x`)).status).toBe(404);
  });

  it('gets 503 if nobody answers, or not in HTTP', async () => {
    lab.onRequest = (request) => request.socket.end('no HTTP at all');
    expect(await lab.ask(`${proxy}/`)).toMatchObject({ status: 503 });
    lab.onRequest = (request) => request.socket.destroy();
    const { status, text } = await lab.ask(`${proxy}/`, { method: 'POST', body: 'x'.repeat(1_000_000) });
    expect([status, JSON.parse(text)]).toMatchObject([503, { reason: 'ServiceUnavailable' }]);
    await new Promise((resolve) => lab.member.close(resolve));
    lab.member.closeAllConnections();
  });
});

describe('an answer', () => {
  it.each(['ask', 'askHttp2'] as const)('passes with status and headers (%s)', async (how) => {
    lab.onRequest = (_, response) => {
      response.writeHead(418, {
        'X-One': ['a', 'b'],
        ETag: '"1"',
        'Cache-Control': 'max-age=1',
        Connection: 'x-two',
        'X-Two': 'hop',
      });
      response.end('tea');
    };
    const { status, text, headers } = await lab[how](`${proxy}/`);
    expect([status, text]).toEqual([418, 'tea']);
    expect(headers).toMatchObject({ 'x-one': 'a, b', etag: '"1"', 'cache-control': 'max-age=1' });
    expect(headers['x-two']).toBeUndefined();
  });

  it('makes no policy for the whole API server', async () => {
    const policies = {
      'WWW-Authenticate': 'Basic',
      'Strict-Transport-Security': 'max-age=1',
      'Clear-Site-Data': '"*"',
      'Service-Worker-Allowed': '/',
      'Access-Control-Allow-Origin': '*',
    };
    lab.onRequest = (_, response) => response.writeHead(401, policies).end();
    const { status, headers } = await lab.ask(`${proxy}/`);
    expect(status).toBe(401);
    for (const name of Object.keys(policies)) expect(headers[name.toLowerCase()]).toBeUndefined();
  });

  it('keeps the cookies of a member apart from all others', async () => {
    lab.onRequest = (_, response) => {
      response.setHeader('Set-Cookie', ['a=1; Path=/; HttpOnly', 'b=2; Domain=example.org']);
      response.end();
    };
    const given = (await lab.ask(`${proxy}/`)).headers['set-cookie'] as string[];
    expect(given).toEqual([
      expect.stringMatching(/^kd-[0-9a-f]{16}\.a=1; HttpOnly; Path=\/apis\/.*\/proxy\/$/),
      expect.stringMatching(/^kd-[0-9a-f]{16}\.b=2; Path=\/apis\/.*\/proxy\/$/),
    ]);
    const own = given.map((one) => one.split(';')[0]).join('; ');
    echoes();
    const Cookie = `login=secret; ${own}; kd-0123456789abcdef.c=other`;
    expect(echoOf((await lab.ask(`${proxy}/`, { headers: { Cookie } })).text).headers['cookie']).toBe('a=1; b=2');
  });

  it.each(['ask', 'askHttp2'] as const)('that the member breaks off is broken off (%s)', async (how) => {
    lab.onRequest = (request, response) => {
      response.writeHead(200);
      response.write('half');
      setImmediate(() => request.socket.destroy());
    };
    await expect(lab[how](`${proxy}/`)).rejects.toThrow();
    lab.onRequest = (_, response) => response.end('whole');
    expect((await lab[how](`${proxy}/`)).text).toBe('whole');
  });

  it('to HEAD has no body', async () => {
    lab.onRequest = (_, response) => response.writeHead(200, { 'Content-Length': '7' }).end();
    expect(await lab.ask(`${proxy}/`, { method: 'HEAD' })).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': '7' },
    });
  });
});

describe('a redirect', () => {
  const redirects = (location: string, status = 302): void => {
    lab.onRequest = (_, response) =>
      response.writeHead(status, { Location: location, 'Set-Cookie': 'a=1' }).end('gone');
  };

  it.each([
    ['/tree?x=1', '/tree?x=1'],
    ['next', '/a/next'],
    ['../../../../../secrets', '/secrets'],
    ['http://a.default.svc:PORT/tree', '/tree'],
    [`${proxy}/inside`, '/inside'],
  ])('to %s leads to %s below the proxy', async (location, path) => {
    redirects(location.replace('PORT', String(lab.memberPort)));
    const { status, headers } = await lab.ask(`${proxy}/a/b`);
    expect([status, headers['location']]).toEqual([302, `${proxy}${path}`]);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    '//evil.example/',
    'https://a.default.svc/',
    'javascript:alert(1)',
  ])('to %s is neither followed nor passed on', async (location) => {
    redirects(location);
    const { status, headers, text } = await lab.ask(`${proxy}/`);
    expect([status, headers['location']]).toEqual([502, undefined]);
    expect(text).not.toContain('169.254');
  });

  it('is a page that leads on where kube-apiserver would refuse a Location', async () => {
    redirects('/tree?a=1&b="<');
    const { status, headers, text } = await lab.ask(`${proxy}/`, { headers: { 'X-Remote-User': 'jane' } });
    expect([status, headers['location'], headers['refresh']]).toEqual([
      302,
      undefined,
      `0; url=${proxy}/tree?a=1&b=%22%3C`,
    ]);
    expect(text).toContain(`url=${proxy}/tree?a=1&#38;b=%22%3C"`);
    redirects('/tree', 307);
    const posted = await lab.ask(`${proxy}/`, { method: 'POST', body: 'x', headers: { 'X-Remote-User': 'jane' } });
    expect(posted.status).toBe(502);
  });

  it('leads from the bare proxy to the page where the service begins', async () => {
    const { seen } = echoes();
    const { status, headers } = await lab.ask(`${proxy}?x=1`);
    expect([status, headers['location'], seen]).toEqual([302, `${proxy}/lab?x=1`, []]);
  });
});
