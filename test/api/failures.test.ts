/** What the server answers where it fails, or has too much to do. */
import supertest from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import type { Authenticator, Authorizer } from '../../src/auth/contract.ts';
import { unauthorized } from '../../src/meta/status.ts';
import type { Logger } from '../../src/runtime/logger.ts';
import { StorageLimitError, StorageUnavailableError } from '../../src/storage/contract.ts';
import { Api, bodyOf, widget, widgetsPath, type ApiOptions } from '../support/api.ts';
import { silentLogger } from '../../src/runtime/logger.ts';

let api: Api;
const start = async (options: ApiOptions = {}): Promise<void> => {
  api = await Api.started(options);
};
afterEach(() => api.stop());
const get = (path: string) => api.request('get', path);

describe('failures', () => {
  it('that are unexpected lead to a 500 without internal details, and to a log entry with the id', async () => {
    const logged: { requestId?: string; error?: Error }[] = [];
    const logger: Logger = { ...silentLogger, error: (fields) => logged.push(fields) };
    const strategy = {
      validateCreate: (): never => {
        throw new TypeError('x is not a function at /secret/path');
      },
    };
    await start({ logger, strategy });
    const answer = await api.request('post', widgetsPath).set('audit-id', 'id-7').send(widget('a')).expect(500);
    expect(bodyOf(answer)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Internal error occurred',
      reason: 'InternalError',
      code: 500,
    });
    expect(logged).toHaveLength(1);
    expect(logged[0]?.requestId).toBe('id-7');
    expect(logged[0]?.error?.message).toContain('secret');
  });

  it('of the storage lead to a 503 that says whether something was written, and to a 413', async () => {
    await start();
    const post = () => api.request('post', widgetsPath).send(widget('a'));
    const { store } = api;
    const commit = store.commit.bind(store);
    store.commit = () => Promise.reject(new StorageUnavailableError('no space left on device'));
    const full = bodyOf(await post().expect(503)) as { message: string };
    expect(full.message).toBe('the storage is unavailable, nothing was written: no space left on device');
    store.commit = () => Promise.reject(new StorageUnavailableError('connection lost', { indeterminate: true }));
    const unknown = bodyOf(await post().expect(503)) as { message: string };
    expect(unknown.message).toContain('it is not known whether the write happened');
    store.commit = () => Promise.reject(new StorageLimitError('larger than the 1.5 MiB of --max-request-bytes'));
    const large = bodyOf(await post().expect(413)) as { message: string };
    expect(large.message).toContain('larger than the 1.5 MiB of --max-request-bytes');
    store.commit = commit;
    await post().expect(201);
  });

  it('to answer in time lead to a 504, and the handler is told to stop', async () => {
    let told = false;
    const strategy = {
      prepareForCreate: (context: { signal: AbortSignal }): Promise<never> =>
        new Promise((_, reject) => {
          context.signal.addEventListener('abort', () => {
            told = true;
            reject(new Error('given up'));
          });
        }),
    };
    await start({ strategy, requestTimeoutMs: 1_000 });
    const answer = bodyOf(await api.request('post', widgetsPath).send(widget('a')).expect(504));
    expect(answer).toMatchObject({
      reason: 'Timeout',
      message: 'Timeout: request did not complete within the allotted timeout',
    });
    expect(told).toBe(true);
    await get('/livez').expect(200);
  });

  it('to be authorized in time lead to a 504, and the request is not carried out later', async () => {
    let allow: () => void = () => undefined;
    const allowed = new Promise<void>((resolve) => (allow = resolve));
    const authorizer: Authorizer = {
      authorize: async ({ verb }) => {
        if (verb === 'create') await allowed;
        return { allowed: true };
      },
    };
    await start({ authorizer, requestTimeoutMs: 50, limits: { mutating: 1 } });
    await api.request('post', widgetsPath).send(widget('a')).expect(504);
    allow();
    await expect.poll(() => api.metrics.text()).toContain('request_kind="mutating"} 0');
    await get(`${widgetsPath}/a`).expect(404);
  });
});

describe('too much at once', () => {
  const everybody: Authorizer = { authorize: () => ({ allowed: true }) };
  const postAs = (user: string, name: string) =>
    api.request('post', widgetsPath).set('x-user', user).send(widget(name));

  /** A server with room for one write, whose writes wait until `release` is called. */
  async function startSlow(options: ApiOptions): Promise<{ release: () => void }> {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const strategy = { prepareForCreate: <T>(_: unknown, object: T): Promise<T> => gate.then(() => object) };
    await start({ strategy, authorizer: everybody, limits: { mutating: 1 }, ...options });
    return { release };
  }

  async function firstWrite(): Promise<Promise<number>[]> {
    const first = postAs('jane', 'a').then((answer) => answer.status);
    await expect.poll(() => api.metrics.text()).toContain('request_kind="mutating"} 1');
    return [first];
  }

  it('leads to a 429 with Retry-After, for each kind of request separately, and never for health', async () => {
    const { release } = await startSlow({ waiting: { ofUser: 0 } });
    const [first] = await firstWrite();
    const refused = await postAs('joe', 'b').expect(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(bodyOf(refused)).toMatchObject({ reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } });
    await get(widgetsPath).set('x-user', 'joe').expect(200);
    await get('/readyz').set('x-user', 'joe').expect(200);
    release();
    expect(await first).toBe(201);
    await postAs('joe', 'b').expect(201);
    const text = await api.metrics.text();
    expect(text).toContain('rejected_requests_total{request_kind="mutating",reason="queue-full"} 1');
    expect(text).toMatch(/apiserver_request_terminations_total\{verb="POST",.*code="429"\} 1/);
  });

  it('lets requests wait for room', async () => {
    const { release } = await startSlow({});
    const [first] = await firstWrite();
    const second = postAs('joe', 'b').then((answer) => answer.status);
    await expect.poll(() => api.metrics.text()).toContain('current_inqueue_requests{request_kind="mutating"} 1');
    release();
    expect([await first, await second]).toEqual([201, 201]);
  });

  it('leads to a 429 for what has waited for a quarter of its time', async () => {
    const { release } = await startSlow({ requestTimeoutMs: 4000 });
    const [first] = await firstWrite();
    const refused = await postAs('joe', 'b').expect(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(await api.metrics.text()).toContain('{request_kind="mutating",reason="time-out"} 1');
    release();
    expect(await first).toBe(201);
  });

  it('does not hold up system:masters', async () => {
    const { release } = await startSlow({ waiting: { ofUser: 0 } });
    const [first] = await firstWrite();
    const second = postAs('admin', 'b').then((answer) => answer.status);
    await expect.poll(() => api.metrics.text()).toContain('inflight_requests{request_kind="mutating"} 2');
    release();
    expect([await first, await second]).toEqual([201, 201]);
  });

  it('does not count requests that are not authenticated, or not yet', async () => {
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    let waiting = 0;
    const unknown: Authenticator = {
      authenticate({ headers }) {
        if (headers.authorization === undefined) return undefined;
        waiting++;
        return asked.then(() => {
          throw unauthorized();
        });
      },
    };
    await start({ authenticators: [unknown], authorizer: everybody, limits: { mutating: 1 }, waiting: { ofUser: 0 } });
    const intruders = [1, 2, 3].map(() =>
      supertest(api.server.app)
        .post(widgetsPath)
        .set('authorization', 'Bearer invented')
        .send(widget('x'))
        .then(({ status }) => status),
    );
    await expect.poll(() => waiting).toBe(3);
    await postAs('jane', 'a').expect(201);
    answer();
    expect(await Promise.all(intruders)).toEqual([401, 401, 401]);
  });
});
