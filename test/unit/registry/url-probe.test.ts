import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUrlProbe, trustUrls } from '../../../src/registry/kubedirector/url-probe.ts';

let server: Server;
let asked: string[];
let base: string;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (request.url === '/slow') return;
    response.writeHead(request.url === '/moved' ? 302 : 404, { location: 'http://127.0.0.1:1/' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('a URL to download from', () => {
  it('is good where anything answers a HEAD request, and redirections are not followed', async () => {
    const probe = createUrlProbe({ allowPrivateAddresses: true });
    expect(await probe(`${base}/file`)).toBeUndefined();
    expect(await probe(`${base}/moved`)).toBeUndefined();
    expect(asked).toEqual(['HEAD /file', 'HEAD /moved']);
  });

  it('is bad where nothing listens', async () => {
    server.close();
    const probe = createUrlProbe({ allowPrivateAddresses: true });
    expect(await probe('http://127.0.0.1:1/file')).toBe('must answer a HEAD request: ECONNREFUSED');
  });

  it('is bad where the answer does not come in time', async () => {
    const probe = createUrlProbe({ allowPrivateAddresses: true, timeoutMs: 100 });
    expect(await probe(`${base}/slow`)).toBe('must answer a HEAD request within 0.1 s');
  });

  it.each(['ftp://example.com/x', 'nonsense', 'file:///etc/passwd'])('is not %s', async (url) => {
    expect(await createUrlProbe({ allowPrivateAddresses: false })(url)).toBe('must be an http or https URL');
  });

  it.each([
    '127.0.0.1',
    '127.1.2.3',
    '10.96.0.1',
    '172.20.1.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[fd00::1]',
    '[fe80::1]',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::a00:1]',
    '0x7f000001',
    '2130706433',
    '192.0.2.1',
    '198.51.100.7',
    '203.0.113.9',
    '192.88.99.1',
    '198.19.0.1',
    '239.1.1.1',
    '255.255.255.255',
    '[::127.0.0.1]',
    '[::8.8.8.8]',
    '[::ffff:10.0.0.1]',
    '[::ffff:0:10.0.0.1]',
    '[2001::1]',
    '[2001:db8::1]',
    '[3fff::1]',
    '[2002:a00:1::]',
    '[64:ff9b:1::1]',
    '[100::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[5f00::1]',
  ])('is taken on trust, unseen, where it leads into a private network: %s', async (host) => {
    const problem = await createUrlProbe({ allowPrivateAddresses: false })(`http://${host}:${new URL(base).port}/`);
    expect(problem).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('is taken on trust, unseen, where its name leads there', async () => {
    const problem = await createUrlProbe({ allowPrivateAddresses: false })(base.replace('127.0.0.1', 'localhost'));
    expect(problem).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('is looked at only so many at a time, and not after the request has ended', async () => {
    const probe = createUrlProbe({ allowPrivateAddresses: true, parallel: 2 });
    const request = new AbortController();
    const waiting = Array.from({ length: 5 }, () =>
      probe(`${base}/slow`, request.signal).catch((error: unknown) => error),
    );
    await expect.poll(() => asked.length).toBe(2);
    request.abort(new Error('the client has gone'));
    for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject({ message: 'the client has gone' });
    expect(asked).toHaveLength(2);
    expect(await probe(`${base}/file`)).toBeUndefined();
  });

  it('is taken on trust where nobody can look', async () => {
    expect(await trustUrls('http://example.com/')).toBeUndefined();
  });
});
