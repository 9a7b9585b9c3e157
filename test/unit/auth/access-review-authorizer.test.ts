import { beforeEach, describe, expect, it } from 'vitest';
import { createAccessReviewAuthorizer } from '../../../src/auth/index.ts';
import type { AccessRequest, AccessReviewer } from '../../../src/clients/contract.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts';

const jane = { name: 'jane', groups: ['dev', 'ops'] };
const clusters = {
  ...{ group: 'kubedirector.hpe.com', version: 'v1beta1', resource: 'kubedirectorclusters', subresource: '' },
  ...{ namespace: 'default', name: 'spark' },
};
const get: AccessRequest = { user: jane, verb: 'get', resource: clusters };

let clock: ManualClock;
let metrics: Metrics;
let asked: AccessRequest[];
let answer: () => ReturnType<AccessReviewer['review']>;
let authorizer: ReturnType<typeof createAccessReviewAuthorizer>;
const reviewer: AccessReviewer = {
  review: (request) => {
    asked.push(request);
    return answer();
  },
};
const yes = () => Promise.resolve({ allowed: true, reason: 'RBAC' });
const no = () => Promise.resolve({ allowed: false, reason: 'no rule' });

beforeEach(() => {
  clock = createManualClock();
  metrics = createMetrics();
  asked = [];
  answer = yes;
  authorizer = createAccessReviewAuthorizer({ reviewer, clock, metrics, refusedTtlMs: 5_000, maxEntries: 10 });
});

describe('rights as kube-apiserver sees them', () => {
  it('are those that it answers', async () => {
    expect(await authorizer.authorize(get)).toEqual({ allowed: true, reason: 'RBAC' });
    answer = no;
    expect(await authorizer.authorize({ ...get, verb: 'delete' })).toEqual({ allowed: false, reason: 'no rule' });
    expect(asked).toEqual([get, { ...get, verb: 'delete' }]);
    answer = () => Promise.resolve({ allowed: false, reason: 'no', denied: true });
    const denied = await authorizer.authorize({ ...get, verb: 'watch' });
    expect(denied).toEqual({ allowed: false, reason: 'no', denied: true });
  });

  it('are asked for again when an answer is too old', async () => {
    const path: AccessRequest = { user: jane, verb: 'get', path: '/metrics' };
    await authorizer.authorize(get);
    answer = no;
    await authorizer.authorize(path);
    clock.advance(4_999);
    expect([authorizer.authorize(get), authorizer.authorize(path)]).toEqual([
      { allowed: true, reason: 'RBAC' },
      { allowed: false, reason: 'no rule' },
    ]);
    answer = yes;
    clock.advance(1);
    expect(await authorizer.authorize(path)).toEqual({ allowed: true, reason: 'RBAC' });
    answer = no;
    clock.advance(4_999);
    expect(authorizer.authorize(get)).toEqual({ allowed: true, reason: 'RBAC' });
    clock.advance(1);
    expect(await authorizer.authorize(get)).toEqual({ allowed: false, reason: 'no rule' });
    expect(asked).toHaveLength(4);
  });

  it('are the same for requests and for further checks', async () => {
    await authorizer.authorize(get);
    expect(await authorizer.review({ ...get })).toEqual({ allowed: true, reason: 'RBAC' });
    answer = no;
    expect(await authorizer.review({ ...get, verb: 'list' })).toEqual({ allowed: false, reason: 'no rule' });
    expect(authorizer.authorize({ ...get, verb: 'list' })).toEqual({ allowed: false, reason: 'no rule' });
    expect(asked).toHaveLength(2);
  });

  it('are the same for equal users, in whatever order their groups are', async () => {
    const extra = { a: ['1'], b: ['2'] };
    await authorizer.authorize({ ...get, user: { ...jane, uid: '7', extra } });
    const again = { name: 'jane', uid: '7', groups: ['ops', 'dev'], extra: { b: ['2'], a: ['1'] } };
    expect(authorizer.authorize({ ...get, user: again })).toEqual({ allowed: true, reason: 'RBAC' });
  });

  it.each<[string, AccessRequest]>([
    ['user', { ...get, user: { ...jane, name: 'joe' } }],
    ['uid', { ...get, user: { ...jane, uid: '7' } }],
    ['group less', { ...get, user: { ...jane, groups: ['dev'] } }],
    ['group that looks like two', { ...get, user: { ...jane, groups: ['dev","ops'] } }],
    ['extra', { ...get, user: { ...jane, extra: { scopes: ['x'] } } }],
    ['verb', { ...get, verb: 'update' }],
    ['API group', { ...get, resource: { ...clusters, group: '' } }],
    ['version', { ...get, resource: { ...clusters, version: 'v1' } }],
    ['resource', { ...get, resource: { ...clusters, resource: 'secrets' } }],
    ['subresource', { ...get, resource: { ...clusters, subresource: 'status' } }],
    ['namespace', { ...get, resource: { ...clusters, namespace: 'kube-system' } }],
    ['all namespaces', { ...get, resource: { ...clusters, namespace: '' } }],
    ['name', { ...get, resource: { ...clusters, name: 'other' } }],
    ['boundary', { ...get, resource: { ...clusters, namespace: 'default5:spark', name: '' } }],
    ['kind of request', { user: jane, verb: 'get', path: '/apis' }],
  ])('are asked for anew for another %s', async (_, other) => {
    await authorizer.authorize(get);
    answer = no;
    expect(await authorizer.authorize(other)).toMatchObject({ allowed: false });
    expect(authorizer.authorize(get)).toEqual({ allowed: true, reason: 'RBAC' });
  });

  it('are not mixed up if a name contains a separator', async () => {
    const path = (verb: string, text: string): AccessRequest => ({ user: jane, verb, path: text });
    await authorizer.authorize(path('get', '4:/a'));
    answer = no;
    expect(await authorizer.authorize(path('get4:', '/a'))).toMatchObject({ allowed: false });
    expect(await authorizer.authorize(path('get', '4:/a\n'))).toMatchObject({ allowed: false });
    const named = (namespace: string, name: string) => ({ ...get, resource: { ...clusters, namespace, name } });
    answer = yes;
    await authorizer.authorize(named('a', 'b:c'));
    answer = no;
    expect(await authorizer.authorize(named('a:b', 'c'))).toMatchObject({ allowed: false });
  });

  it('are asked for once by all who wait', async () => {
    const all = await Promise.all([
      authorizer.authorize(get),
      authorizer.review(get),
      authorizer.authorize({ ...get }),
    ]);
    expect(all.map(({ allowed }) => allowed)).toEqual([true, true, true]);
    expect(asked).toHaveLength(1);
  });

  it('are forgotten if there are too many, and not kept if the question is too long', async () => {
    const named = (name: string): AccessRequest => ({ ...get, resource: { ...clusters, name } });
    for (let count = 0; count <= 10; count++) await authorizer.authorize(named(`c${count}`));
    expect(authorizer.authorize(named('c10'))).toEqual({ allowed: true, reason: 'RBAC' });
    expect(authorizer.authorize(named('c0'))).toBeInstanceOf(Promise);
    const long = named('x'.repeat(2_000));
    await authorizer.authorize(long);
    expect(authorizer.authorize(long)).toBeInstanceOf(Promise);
  });
});

describe('rights that cannot be determined', () => {
  it('are a 503 for all who wait, and are asked for again', async () => {
    answer = () => Promise.reject(new Error('ECONNREFUSED'));
    const outcomes = await Promise.allSettled([authorizer.authorize(get), authorizer.review(get)]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 503 } });
    expect(asked).toHaveLength(1);
    answer = yes;
    expect(await authorizer.authorize(get)).toEqual({ allowed: true, reason: 'RBAC' });
  });

  it('are not taken from what was known before', async () => {
    await authorizer.authorize(get);
    clock.advance(10_000);
    answer = () => Promise.reject(new StatusError(503, 'ServiceUnavailable', 'gone'));
    await expect(authorizer.authorize(get)).rejects.toMatchObject({ code: 503 });
    expect(await metrics.text()).toContain('apiserver_delegated_authz_request_total{code="503"} 1');
    expect(await metrics.text()).toContain('apiserver_delegated_authz_request_duration_seconds_count{code="201"} 1');
  });

  it('are a 500 where this server may not ask', async () => {
    answer = () => Promise.reject(new StatusError(403, 'Forbidden', 'cannot create subjectaccessreviews'));
    await expect(authorizer.authorize(get)).rejects.toMatchObject({ code: 500, message: 'Internal error occurred' });
  });

  it('are a 503 after 10 s', async () => {
    answer = () => new Promise(() => undefined);
    const waiting = expect(authorizer.authorize(get)).rejects.toMatchObject({ code: 503 });
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    clock.advance(10_000);
    await waiting;
  });

  it('are a 503 where the asking itself fails at once', async () => {
    answer = () => {
      throw new Error('not started');
    };
    await expect(authorizer.authorize(get)).rejects.toMatchObject({ code: 503 });
    answer = yes;
    expect(await authorizer.authorize(get)).toEqual({ allowed: true, reason: 'RBAC' });
  });
});
