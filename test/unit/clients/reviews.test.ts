import { describe, expect, it } from 'vitest';
import { createAccessReviewer } from '../../../src/clients/kubernetes/access-review.ts';
import { createServiceAccountIssuerSource } from '../../../src/clients/kubernetes/service-account-issuer.ts';
import { createTokenReviewer } from '../../../src/clients/kubernetes/token-review.ts';
import type { ApiRequest, ApiTransport } from '../../../src/clients/kubernetes/transport.ts';
import { forbiddenRequest, serviceUnavailable } from '../../../src/meta/status.ts';

interface FakeTransport extends ApiTransport {
  readonly requests: ApiRequest[];
}

/** Answers with what `answer` returns; throws it where it is an Error. */
function createFakeTransport(answer: (request: ApiRequest) => unknown): FakeTransport {
  const requests: ApiRequest[] = [];
  return {
    requests,
    request<T>(request: ApiRequest): Promise<T> {
      requests.push(request);
      const result = answer(request);
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result as T);
    },
    stream: () => {
      throw new Error('not asked for');
    },
    close: () => undefined,
  };
}

const hindrances = [
  ['cannot be reached', serviceUnavailable('connect ECONNREFUSED')],
  ['does not let this server ask', forbiddenRequest({ group: '', resource: 'x' }, '', 'no')],
  ['answers nonsense', { kind: 'Whatever' }],
] as const;

describe('a token review', () => {
  const user = { username: 'jane', uid: '42', groups: ['a', 'b'], extra: { 'example.com/x': ['1', '2'] } };

  it('asks with the token, and gives all that is known of the user', async () => {
    const transport = createFakeTransport(() => ({ status: { authenticated: true, user } }));
    const found = await createTokenReviewer(transport).review('secret');
    expect(found).toEqual({ name: 'jane', uid: '42', groups: ['a', 'b'], extra: { 'example.com/x': ['1', '2'] } });
    expect(transport.requests).toEqual([
      {
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'secret' } },
        contentType: 'application/json',
        timeoutMs: 10_000,
      },
    ]);
  });

  it('can be given up', async () => {
    const transport = createFakeTransport(() => ({ status: { authenticated: true, user } }));
    const { signal } = new AbortController();
    await createTokenReviewer(transport).review('secret', undefined, signal);
    expect(transport.requests[0]?.signal).toBe(signal);
  });

  it('gives a user without groups, uid or more as that', async () => {
    const transport = createFakeTransport(() => ({ status: { authenticated: true, user: { username: 'jane' } } }));
    expect(await createTokenReviewer(transport).review('secret')).toEqual({ name: 'jane', groups: [] });
  });

  it.each([
    ['is not valid', { error: 'invalid bearer token' }],
    ['belongs to nobody', { authenticated: true, user: { groups: ['a'] } }],
  ])('knows no user where the token %s', async (_how, status) => {
    const transport = createFakeTransport(() => ({ status }));
    expect(await createTokenReviewer(transport).review('secret')).toBeUndefined();
  });

  it.each([
    ['one of them is confirmed', ['b', 'c'], true],
    ['only others are confirmed', ['c'], false],
    ['the answer does not speak of them', undefined, false],
  ])('with audiences knows the user: %s', async (_when, audiences, known) => {
    const status = { authenticated: true, user, ...(audiences ? { audiences } : {}) };
    const transport = createFakeTransport(() => ({ status }));
    const found = await createTokenReviewer(transport).review('secret', ['a', 'b']);
    expect(found !== undefined).toBe(known);
    expect(transport.requests[0]?.body).toMatchObject({ spec: { token: 'secret', audiences: ['a', 'b'] } });
  });

  it.each(hindrances)('is a 503 where kube-apiserver %s', async (_how, answer) => {
    const reviewer = createTokenReviewer(createFakeTransport(() => answer));
    await expect(reviewer.review('secret')).rejects.toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
  });
});

describe('an access review', () => {
  const user = { name: 'jane', uid: '42', groups: ['a'], extra: { x: ['1'] } };
  const resource = {
    group: 'kubedirector.hpe.com',
    version: 'v1beta1',
    resource: 'kubedirectorclusters',
    subresource: 'status',
    namespace: 'ns',
    name: 'one',
  };

  it('can be given up', async () => {
    const transport = createFakeTransport(() => ({ status: { allowed: true } }));
    const { signal } = new AbortController();
    const request = { user: { name: 'jane', groups: [] }, verb: 'get', path: '/x' };
    await createAccessReviewer(transport).review(request, signal);
    expect(transport.requests[0]?.signal).toBe(signal);
  });

  it('asks about a resource for the user with all that is known of them', async () => {
    const transport = createFakeTransport(() => ({ status: { allowed: true, reason: 'RBAC: allowed' } }));
    const answer = await createAccessReviewer(transport).review({ user, verb: 'get', resource });
    expect(answer).toEqual({ allowed: true, reason: 'RBAC: allowed' });
    expect(transport.requests[0]).toEqual({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: 'jane',
          uid: '42',
          groups: ['a'],
          extra: { x: ['1'] },
          resourceAttributes: { verb: 'get', ...resource },
        },
      },
      contentType: 'application/json',
      timeoutMs: 10_000,
    });
  });

  it('asks about a path', async () => {
    const transport = createFakeTransport(() => ({ status: { allowed: false } }));
    const request = { user: { name: 'jane', groups: [] }, verb: 'get', path: '/metrics' };
    expect(await createAccessReviewer(transport).review(request)).toEqual({ allowed: false, reason: '' });
    expect(transport.requests[0]?.body).toMatchObject({
      spec: { user: 'jane', groups: [], nonResourceAttributes: { verb: 'get', path: '/metrics' } },
    });
  });

  it.each([
    [
      { allowed: true, denied: true, reason: 'both' },
      { allowed: false, reason: 'both', denied: true },
    ],
    [{ evaluationError: 'no such role' }, { allowed: false, reason: 'no such role' }],
    [{}, { allowed: false, reason: '' }],
  ])('takes %o for no', async (status, answer) => {
    const reviewer = createAccessReviewer(createFakeTransport(() => ({ status })));
    expect(await reviewer.review({ user, verb: 'get', resource })).toEqual(answer);
  });

  it.each(hindrances)('is a 503 where kube-apiserver %s', async (_how, answer) => {
    const reviewer = createAccessReviewer(createFakeTransport(() => answer));
    const request = { user, verb: 'get', resource };
    await expect(reviewer.review(request)).rejects.toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
  });
});

describe('the issuer of service account tokens', () => {
  const configuration = { issuer: 'https://kubernetes.default.svc', jwks_uri: 'https://10.0.0.1/openid/v1/jwks' };
  const keys = { keys: [{ kty: 'RSA', kid: '1', n: 'x', e: 'AQAB' }] };
  const answering = (configurationAnswer: unknown, keysAnswer: unknown): FakeTransport =>
    createFakeTransport(({ path }) => (path === '/openid/v1/jwks' ? keysAnswer : configurationAnswer));

  it('is what kube-apiserver says of itself', async () => {
    const transport = answering(configuration, keys);
    expect(await createServiceAccountIssuerSource(transport).read()).toEqual({ issuer: configuration.issuer, keys });
    expect(transport.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /.well-known/openid-configuration',
      'GET /openid/v1/jwks',
    ]);
  });

  it.each([
    ['discovery is refused', serviceUnavailable('no'), keys, 'the issuer of service account tokens cannot be had'],
    ['there is no issuer', {}, keys, '/.well-known/openid-configuration names no issuer'],
    ['there are no keys', configuration, { keys: [] }, '/openid/v1/jwks holds no keys'],
    ['the keys are none', configuration, { keys: ['x'] }, '/openid/v1/jwks holds no keys'],
    ['the document is none', configuration, 'text', '/openid/v1/jwks holds no keys'],
  ])('is not to be had where %s', async (_how, first, second, message) => {
    const source = createServiceAccountIssuerSource(answering(first, second));
    await expect(source.read()).rejects.toThrow(message);
  });
});
