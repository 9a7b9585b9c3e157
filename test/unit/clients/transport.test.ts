import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTransport, type ApiTransport } from '../../../src/clients/kubernetes/transport.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { noTracer, type Tracer } from '../../../src/runtime/tracing.ts';
import { createAuthority } from '../../support/certificates.ts';
import { createManualClock } from '../runtime/manual-clock.ts';
import { failure, FakeApiServer } from '../../support/fake-api-server.ts';

let server: FakeApiServer;
let transport: ApiTransport;
const metrics = createMetrics();
const open = (clock: Clock = systemClock): ApiTransport => createTransport(server.config, { clock, metrics });

beforeEach(async () => {
  server = await FakeApiServer.start();
  transport = open();
});
afterEach(async () => {
  // A test that fails must not stop the clock of those after it, which share the process.
  vi.useRealTimers();
  transport.close();
  await server.close();
});

const pods = { method: 'GET', path: '/api/v1/pods' };
const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

describe('a request', () => {
  test('sends query, body and the token, and gives the decoded answer', async () => {
    server.interfere = () => ({ status: 201, body: { a: 1 } });
    const request = { method: 'POST', path: '/api/v1/x', query: { dryRun: 'All' }, body: { b: 'ü' } };
    expect(await transport.request(request)).toEqual({ a: 1 });
    expect(server.received[0]).toMatchObject({ ...request, headers: { authorization: 'Bearer secret' } });
    expect(server.received[0]?.headers['content-type']).toBe('application/json');
  });

  test('is a part of what is traced, and says so; streams are not', async () => {
    const names: string[] = [];
    const tracer: Tracer = {
      ...noTracer,
      within: (name, _attributes, work) => (names.push(name), work()),
      headers: () => ({ traceparent: 'this' }),
    };
    transport.close();
    transport = createTransport(server.config, { clock: systemClock, metrics, tracer });
    server.interfere = () => ({ status: 200, body: {} });
    await transport.request(pods);
    await all(transport.stream(pods));
    expect(names).toEqual(['HTTP GET']);
    expect(server.received.map(({ headers }) => headers.traceparent)).toEqual(['this', undefined]);
  });

  test('throws the Status that came, with its reason, details and continue token', async () => {
    const status = failure(410, 'Expired', 'too old', { causes: [{ reason: 'X' }] });
    server.interfere = () => ({ status: 410, body: { ...status, metadata: { continue: 'more' } } });
    const error = await caught(transport.request(pods));
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ code: 410, reason: 'Expired', message: 'too old' });
    expect((error as StatusError).status).toMatchObject({
      metadata: { continue: 'more' },
      details: { causes: [{ reason: 'X' }] },
    });
  });

  test('names the reason by the code where the answer is no Status', async () => {
    server.interfere = () => ({ status: 503, body: 'no backend' });
    expect(await caught(transport.request(pods))).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
  });

  test('is ServiceUnavailable with its cause where nobody listens', async () => {
    await server.close();
    const error = await caught(transport.request(pods));
    expect(error).toMatchObject({ code: 503, reason: 'ServiceUnavailable', cause: { code: 'ECONNREFUSED' } });
    server = await FakeApiServer.start();
  });

  test('waits as long as the server asks for and tries again', async () => {
    const clock = createManualClock();
    const waits: number[] = [];
    const after: Clock['after'] = (milliseconds, callback) => {
      waits.push(milliseconds);
      return clock.after(milliseconds, callback);
    };
    transport = open({ ...clock, after });
    server.interfere = () =>
      server.received.length < 3 ? { status: 429, headers: { 'retry-after': '7' } } : { status: 200, body: { a: 1 } };
    const answer = transport.request(pods);
    for (const asked of [1, 2]) {
      await vi.waitFor(() => expect(waits.filter((wait) => wait === 7000)).toHaveLength(asked));
      clock.advance(6999);
      expect(server.received).toHaveLength(asked);
      clock.advance(1);
    }
    expect(await answer).toEqual({ a: 1 });
  });

  test('gives up on a server that stays busy', async () => {
    server.interfere = () => ({
      ...{ status: 429, headers: { 'retry-after': '0' } },
      body: failure(429, 'TooManyRequests', 'busy'),
    });
    expect(await caught(transport.request(pods))).toMatchObject({ reason: 'TooManyRequests' });
    expect(server.received).toHaveLength(5);
  });

  test('does not wait beyond its own time', async () => {
    server.interfere = () => ({ status: 429, headers: { 'retry-after': '60' } });
    expect(await caught(transport.request({ ...pods, timeoutMs: 8_000 }))).toMatchObject({ code: 429 });
    expect(server.received).toHaveLength(1);
  });

  test('ends after its time where no answer comes', async () => {
    server.interfere = () => 'hang';
    expect(await caught(transport.request({ ...pods, timeoutMs: 20 }))).toMatchObject({
      reason: 'ServiceUnavailable',
      message: expect.stringContaining('nothing was heard in time') as string,
    });
  });

  test('ends with the reason of its signal', async () => {
    server.interfere = () => 'hang';
    const abort = new AbortController();
    const answer = caught(transport.request({ ...pods, signal: abort.signal }));
    await vi.waitFor(() => expect(server.received).toHaveLength(1));
    abort.abort(new Error('enough'));
    expect(await answer).toMatchObject({ message: 'enough' });
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));
  });

  test('uses the connection of the previous one', async () => {
    for (let i = 0; i < 5; i += 1) await transport.request(pods);
    expect(server.connections).toBe(1);
  });

  test('is sent again if an old connection was closed meanwhile, unless it is a POST', async () => {
    await transport.request(pods);
    server.interfere = () => (server.received.length === 2 ? 'cut' : undefined);
    expect(await transport.request(pods)).toMatchObject({ kind: 'List' });
    expect(server.received).toHaveLength(3);
    server.interfere = () => 'cut';
    expect(await caught(transport.request({ ...pods, method: 'POST' }))).toMatchObject({ code: 503 });
    expect(server.received).toHaveLength(4);
  });

  test('reads compressed answers', async () => {
    const bytes = gzipSync(JSON.stringify({ text: 'é'.repeat(100_000) }));
    const { createServer } = await import('node:http');
    const compressing = createServer((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes);
    });
    await new Promise<void>((resolve) => compressing.listen(0, '127.0.0.1', resolve));
    const config = new KubeConfig();
    const { port } = compressing.address() as AddressInfo;
    config.loadFromClusterAndUser(
      { name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: 'u' },
    );
    const own = createTransport(config, { clock: systemClock, metrics });
    expect(await own.request<{ text: string }>(pods)).toEqual({ text: 'é'.repeat(100_000) });
    own.close();
    compressing.close();
  });

  test('is counted under the names of client-go', async () => {
    const own = createMetrics();
    const counted = createTransport(server.config, { clock: systemClock, metrics: own });
    await counted.request(pods);
    counted.close();
    const text = await own.text();
    expect(text).toMatch(/rest_client_requests_total\{code="200",method="GET",host="127\.0\.0\.1:\d+"\} 1/);
    expect(text).toMatch(/rest_client_request_duration_seconds_count\{verb="GET",host="127\.0\.0\.1:\d+"\} 1/);
  });
});

describe('a stream', () => {
  const watch = { ...pods, query: { watch: 'true', resourceVersion: '100' } };
  const pod = { apiVersion: 'v1', kind: 'Pod' };

  test('gives each line as it comes, however it is cut into pieces', async () => {
    const names = ['ä', 'b'.repeat(200_000), 'c'];
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const event of transport.stream(watch)) {
        seen.push((event as { object: { metadata: { name: string } } }).object.metadata.name);
      }
    })();
    await vi.waitFor(() => expect(server.watches).toBe(1));
    for (const name of names) server.put(pod, { name, namespace: 'ns' });
    await vi.waitFor(() => expect(seen).toEqual(names));
    server.endWatches();
    await reading;
  });

  test('fails where it breaks off', async () => {
    const reading = caught(all(transport.stream(watch)));
    await vi.waitFor(() => expect(server.watches).toBe(1));
    server.cutWatches();
    expect(await reading).toMatchObject({ reason: 'ServiceUnavailable' });
  });

  test('throws the Status of a refusal', async () => {
    server.interfere = () => ({ status: 403, body: failure(403, 'Forbidden', 'no') });
    expect(await caught(all(transport.stream(watch)))).toMatchObject({ reason: 'Forbidden' });
  });

  test('fails if nothing comes for too long', async () => {
    const clock = createManualClock();
    transport = open(clock);
    const reading = caught(all(transport.stream(watch)));
    await vi.waitFor(() => expect(server.watches).toBe(1));
    server.put(pod, { name: 'a', namespace: 'ns' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    clock.advance(180_000);
    expect(await reading).toMatchObject({ message: expect.stringContaining('nothing was heard in time') as string });
    await vi.waitFor(() => expect(server.watches).toBe(0));
  });

  test('ends, and closes its connection, when its signal aborts or it is no longer read', async () => {
    const abort = new AbortController();
    const reading = all(transport.stream({ ...watch, signal: abort.signal }));
    await vi.waitFor(() => expect(server.watches).toBe(1));
    abort.abort();
    expect(await reading).toEqual([]);
    await vi.waitFor(() => expect(server.watches).toBe(0));

    server.put(pod, { name: 'a', namespace: 'ns' });
    for await (const event of transport.stream(watch)) {
      expect(event).toMatchObject({ type: 'ADDED' });
      break;
    }
    await vi.waitFor(() => expect(server.watches).toBe(0));
  });
});

describe('credentials', () => {
  let folder: string;
  let secured: Server;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'kd-credentials-'))));
  afterEach(() => {
    secured.closeAllConnections();
    secured.close();
    rmSync(folder, { recursive: true });
  });

  async function serve() {
    const ca = await createAuthority();
    const tokens: (string | undefined)[] = [];
    secured = createTlsServer(await ca.issue('CN=127.0.0.1', { usage: 'serverAuth' }), (request, response) => {
      tokens.push(request.headers.authorization);
      response.end('{}');
    });
    await new Promise<void>((resolve) => secured.listen(0, '127.0.0.1', resolve));
    const { port } = secured.address() as AddressInfo;
    return { ca, tokens, url: `https://127.0.0.1:${port}` };
  }

  test('are read again from their files: a rotated token, a rotated CA', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { ca, tokens, url } = await serve();
    const [caFile, tokenFile] = [join(folder, 'ca.crt'), join(folder, 'token')];
    writeFileSync(caFile, (await createAuthority()).cert);
    writeFileSync(tokenFile, 'first\n');
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'c', server: url, caFile, skipTLSVerify: false },
      { name: 'u', authProvider: { name: 'tokenFile', config: { tokenFile } } },
    );
    const clock = createManualClock();
    const own = createTransport(config, { clock, metrics });
    expect(await caught(own.request(pods))).toMatchObject({ reason: 'ServiceUnavailable' });
    writeFileSync(caFile, ca.cert);
    clock.advance(10_000);
    await own.request(pods);
    writeFileSync(tokenFile, 'second\n');
    vi.setSystemTime(Date.now() + 61_000);
    clock.advance(10_000);
    await own.request(pods);
    expect(tokens).toEqual(['Bearer first', 'Bearer second']);
    own.close();
  });
});
