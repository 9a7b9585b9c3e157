import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Service, WebhookClientConfig } from '../../../src/apis/kubernetes/types.ts';
import type { WebhookCaller } from '../../../src/clients/contract.ts';
import { createServiceResolver } from '../../../src/clients/kubernetes/service-resolver.ts';
import { createWebhookCaller } from '../../../src/clients/kubernetes/webhook-caller.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { noTracer } from '../../../src/runtime/tracing.ts';
import { createAuthority, type Authority } from '../../support/certificates.ts';

interface Seen {
  readonly url: string;
  readonly host: string;
  readonly traceparent: unknown;
  readonly method: string;
  readonly body: string;
}

let authority: Authority;
let server: HttpsServer;
let caller: WebhookCaller;
let answer: { code: number; body: string | Buffer; headers?: Record<string, string>; afterMs?: number };
let seen: Seen[];
let connections: number;
let reads: number;
let services: Map<string, Partial<Service['spec']>>;
const port = (): number => (server.address() as AddressInfo).port;
const caBundle = (): string => Buffer.from(authority.cert).toString('base64');
const byUrl = (path = '/hook'): WebhookClientConfig => ({
  url: `https://127.0.0.1:${port()}${path}`,
  caBundle: caBundle(),
});
const byService = (service: object): WebhookClientConfig => ({
  service: { namespace: 'ns', name: 'hook', ...service },
  caBundle: caBundle(),
});
const call = (target: WebhookClientConfig, timeoutMs = 5000, signal = new AbortController().signal): Promise<unknown> =>
  caller.call(target, { ask: 1 }, { timeoutMs, signal });

beforeAll(async () => {
  authority = await createAuthority();
  const pair = await authority.issue('CN=hook', { usage: 'serverAuth', names: ['hook.ns.svc'] });
  server = createServer(pair, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url = '', method = '', headers } = request;
      const { host = '', traceparent } = headers;
      seen.push({ url, method, host, traceparent, body: Buffer.concat(chunks).toString() });
      const { code, body, headers: own = {}, afterMs = 0 } = answer;
      setTimeout(() => response.writeHead(code, own).end(body), afterMs).unref();
    });
  });
  server.on('secureConnection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  answer = { code: 200, body: '{"yes":true}' };
  seen = [];
  [connections, reads] = [0, 0];
  services = new Map();
  const read = ({ namespace, name }: { namespace: string; name: string }): Promise<Stored<Service> | undefined> => {
    reads++;
    const spec = services.get(`${namespace}/${name}`);
    return Promise.resolve(spec === undefined ? undefined : ({ spec } as Stored<Service>));
  };
  caller = createWebhookCaller({
    ...{ resolve: createServiceResolver({ read, clock: systemClock }), clock: systemClock },
    tracer: { ...noTracer, headers: () => ({ traceparent: 'this' }) },
  });
});
afterEach(() => caller.close());

describe('a webhook named by its URL', () => {
  it('gets the document, and is told how long it has and what is traced', async () => {
    expect(await call(byUrl('/hook?a=b'), 2500)).toEqual({ yes: true });
    expect(seen).toEqual([
      {
        ...{ url: '/hook?a=b&timeout=3s', method: 'POST', host: `127.0.0.1:${port()}`, traceparent: 'this' },
        body: '{"ask":1}',
      },
    ]);
  });

  it('keeps its connection', async () => {
    for (let count = 0; count < 3; count++) await call(byUrl());
    expect(connections).toBe(1);
  });

  it('is called again where the connection was closed while it was idle', async () => {
    await call(byUrl());
    server.closeAllConnections();
    expect(await call(byUrl())).toEqual({ yes: true });
    expect(connections).toBe(2);
  });

  it('has to be trusted by the caBundle', async () => {
    const other = await createAuthority('CN=other');
    const target = { ...byUrl(), caBundle: Buffer.from(other.cert).toString('base64') };
    await expect(call(target)).rejects.toThrow('x509: certificate signed by unknown authority');
    const { url = '' } = byUrl();
    await expect(call({ url })).rejects.toThrow('x509: certificate signed by unknown authority');
    expect(seen).toEqual([]);
  });

  it('has to speak TLS', async () => {
    await expect(call({ url: `http://127.0.0.1:${port()}/` })).rejects.toThrow('must begin with https://');
    await expect(call({})).rejects.toThrow('must have either service or URL');
  });

  it('is not followed when it redirects', async () => {
    answer = { code: 307, body: '', headers: { location: '/elsewhere' } };
    await expect(call(byUrl())).rejects.toMatchObject({ code: 307 });
    expect(seen).toHaveLength(1);
  });

  it('says what it answered where it fails', async () => {
    answer = { code: 500, body: 'boom\n', headers: { 'content-type': 'text/plain' } };
    await expect(call(byUrl())).rejects.toMatchObject({
      code: 500,
      message: 'an error on the server ("boom") has prevented the request from succeeding',
    });
    answer = { code: 404, body: '' };
    await expect(call(byUrl())).rejects.toThrow('the server could not find the requested resource');
    answer = { code: 200, body: 'no json' };
    await expect(call(byUrl())).rejects.toThrow("couldn't get version/kind; json parse error");
  });

  it('may not answer without end', async () => {
    answer = { code: 200, body: `"${'x'.repeat(9 * 1024 * 1024)}"` };
    await expect(call(byUrl(), 30_000)).rejects.toThrow('the answer is larger than');
  });

  it('may compress its answer, but not beyond the limit', async () => {
    answer = { code: 200, body: gzipSync('{"yes":1}'), headers: { 'content-encoding': 'gzip' } };
    expect(await call(byUrl())).toEqual({ yes: 1 });
    const large = gzipSync(JSON.stringify('x'.repeat(9 * 1024 * 1024)));
    answer = { code: 200, body: large, headers: { 'content-encoding': 'gzip' } };
    await expect(call(byUrl(), 30_000)).rejects.toThrow('the answer is larger than');
  });

  it('has to answer in time, also those who wait for a connection to it', async () => {
    answer = { code: 200, body: '{}', afterMs: 600_000 };
    const first = Array.from({ length: 64 }, () => call(byUrl()).catch(() => undefined));
    const abort = new AbortController();
    const reason = new Error('gone');
    setTimeout(() => abort.abort(reason), 100);
    const last = [
      expect(call(byUrl(), 100)).rejects.toThrow('context deadline exceeded'),
      expect(call(byUrl(), 5000, abort.signal)).rejects.toBe(reason),
    ];
    await Promise.all(last);
    caller.close();
    await Promise.all(first);
  });

  it('has to answer in time', async () => {
    answer = { code: 200, body: '{}', afterMs: 600_000 };
    await expect(call(byUrl(), 100)).rejects.toThrow(/^Post "https:.*\?timeout=1s": context deadline exceeded$/);
  });

  it('is no longer called when its caller gives up', async () => {
    answer = { code: 200, body: '{}', afterMs: 2000 };
    const abort = new AbortController();
    const reason = new Error('gone');
    setTimeout(() => abort.abort(reason), 50);
    await expect(call(byUrl(), 5000, abort.signal)).rejects.toBe(reason);
    await expect(call(byUrl(), 5000, abort.signal)).rejects.toBe(reason);
  });

  it('may be unreachable', async () => {
    await expect(call({ ...byUrl(), url: 'https://127.0.0.1:1/x' })).rejects.toThrow(
      'Post "https://127.0.0.1:1/x?timeout=5s": dial tcp 127.0.0.1:1: connect: connection refused',
    );
  });
});

describe('a webhook named by its Service', () => {
  it('is found at its cluster address, under the name that its certificate is for', async () => {
    services.set('ns/hook', { type: 'ClusterIP', clusterIP: '127.0.0.1', ports: [{ port: port() }] });
    await call(byService({ path: 'review', port: port() }));
    expect(seen).toMatchObject([{ url: '/review?timeout=5s', host: `hook.ns.svc:${port()}` }]);
  });

  it('is found by the name that stands for it elsewhere', async () => {
    services.set('ns/hook', { type: 'ExternalName', externalName: 'localhost' });
    await call(byService({ port: port() }));
    expect(seen).toMatchObject([{ url: '/?timeout=5s', host: `hook.ns.svc:${port()}` }]);
  });

  it('has to have a certificate for that name', async () => {
    services.set('ns/other', { type: 'ExternalName', externalName: 'localhost' });
    await expect(call(byService({ name: 'other', port: port() }))).rejects.toThrow(/other\.ns\.svc/);
  });

  it('is looked for once in a while, but again at once where it was not there', async () => {
    await expect(call(byService({ port: port() }))).rejects.toThrow('services "hook" not found');
    services.set('ns/hook', { type: 'ExternalName', externalName: 'localhost' });
    await call(byService({ port: port() }));
    await call(byService({ port: port() }));
    expect(reads).toBe(2);
  });

  it('has to have the port, and an address', async () => {
    services.set('ns/hook', { type: 'ClusterIP', clusterIP: '127.0.0.1', ports: [{ port: 8443 }] });
    await expect(call(byService({}))).rejects.toThrow('no service port 443 found for service "hook"');
    services.set('ns/headless', { type: 'ClusterIP', clusterIP: 'None', ports: [{ port: 443 }] });
    await expect(call(byService({ name: 'headless' }))).rejects.toThrow(
      'cannot route to service with ClusterIP "None"',
    );
  });
});
