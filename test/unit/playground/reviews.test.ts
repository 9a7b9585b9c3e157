import { randomUUID } from 'node:crypto';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import kubernetes from '../../../openapi/kubernetes/schemas.json' with { type: 'json' };
import { createApiServer } from '../../../src/apiserver/server.ts';
import { createStoreHub } from '../../../src/apiserver/watchcache/index.ts';
import { mastersAuthorizer, publicInfoAuthorizer } from '../../../src/auth/index.ts';
import type { UserInfo } from '../../../src/meta/user.ts';
import { createReviews } from '../../../src/playground/index.ts';
import type { PolicyRule } from '../../../src/playground/kinds.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import type { OpenApiSchemas } from '../../../src/schema/contract.ts';
import { decoded, enveloped, field } from '../protobuf/decoded.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { testSchema } from './cluster.ts';

const authorization = '/apis/authorization.k8s.io/v1';
const authentication = '/apis/authentication.k8s.io/v1';
const admin: UserInfo = {
  name: 'ann',
  groups: ['system:masters', 'system:authenticated'],
  extra: { team: ['a', 'b'] },
};
const joe: UserInfo = { name: 'joe', uid: '7', groups: ['system:authenticated'] };

const rules: Readonly<Record<string, readonly PolicyRule[]>> = {
  'ann in default': [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ],
  'joe in default': [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['web'] }],
};

/** @param user the caller, who may send every request here, whatever the reviewed authorizer answers */
function apiOf(user: UserInfo) {
  const metrics = createMetrics();
  const parts = { store: new MemoryStore(), clock: systemClock, logger: silentLogger, metrics };
  const authorizer = publicInfoAuthorizer(mastersAuthorizer());
  const access = {
    review: async (request: Parameters<typeof authorizer.authorize>[0]) => ({
      reason: '',
      ...(await authorizer.authorize(request)),
    }),
  };
  const server = createApiServer({
    ...parts,
    hub: createStoreHub(parts),
    resources: createReviews({
      ...{ schema: testSchema, now: () => new Date('2026-01-02T03:04:05.678Z'), access, metrics },
      rules: ({ name }, namespace) => rules[`${name} in ${namespace}`] ?? [],
    }),
    authenticators: [{ authenticate: () => user }],
    authorizer: { authorize: () => ({ allowed: true }) },
    openApiSchemas: kubernetes.components.schemas as unknown as OpenApiSchemas,
    openApiInfo: { title: 'Test', version: 'test' },
    random: Math.random,
    uid: randomUUID,
    version: { major: '1', minor: '37', gitVersion: 'v1.37.2' },
  });
  return supertest(server.app);
}

interface Answer {
  readonly status: number;
  readonly body: { readonly status?: unknown; readonly message?: string; readonly resources?: unknown };
}

async function post(user: UserInfo, path: string, sent: object): Promise<Answer> {
  const { status, body } = (await apiOf(user).post(path).send(sent)) as Answer;
  return { status, body };
}

const pods = { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } };
const version = { nonResourceAttributes: { verb: 'get', path: '/version' } };

describe('Reviews of the playground', () => {
  it('give callers their own user information', async () => {
    const { status, body } = await post(admin, `${authentication}/selfsubjectreviews`, {});
    expect(status).toBe(201);
    expect(body).toEqual({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
      metadata: { creationTimestamp: '2026-01-02T03:04:05Z' },
      status: { userInfo: { username: 'ann', groups: admin.groups, extra: { team: ['a', 'b'] } } },
    });
  });

  it('give the decision of the authorizer about the caller', async () => {
    const ask = async (user: UserInfo, spec: object) => {
      const { status, body } = await post(user, `${authorization}/selfsubjectaccessreviews`, { spec });
      expect(status).toBe(201);
      return body;
    };
    expect(await ask(admin, pods)).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      metadata: {},
      spec: pods,
      status: { allowed: true },
    });
    expect(await ask(joe, pods)).toMatchObject({ status: { allowed: false } });
    expect(await ask(joe, version)).toMatchObject({ status: { allowed: true } });
  });

  it('give the decision about another user, not about the caller', async () => {
    const ask = async (spec: object) => {
      return (await post(admin, `${authorization}/subjectaccessreviews`, { spec })).body.status;
    };
    expect(await ask({ ...pods, user: 'joe' })).toEqual({ allowed: false });
    expect(await ask({ ...pods, groups: ['system:masters'] })).toEqual({ allowed: true });
    expect(await ask({ ...version, user: 'joe' })).toEqual({ allowed: true });
  });

  it('list the rules of the caller in the namespace, with separate lists for resources and paths', async () => {
    const ask = async (user: UserInfo, status?: object) => {
      const asked = { spec: { namespace: 'default' }, status };
      return (await post(user, `${authorization}/selfsubjectrulesreviews`, asked)).body.status;
    };
    const everything = {
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    };
    expect(await ask(admin)).toEqual(everything);
    // kubectl sends this status.
    expect(await ask(admin, { resourceRules: null, nonResourceRules: null, incomplete: false })).toEqual(everything);
    expect(await ask(joe)).toEqual({
      resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['web'] }],
      nonResourceRules: [],
      incomplete: false,
    });
  });

  it('are refused if they are not valid', async () => {
    const refusal = async (resource: string, sent: object) => {
      const { status, body } = await post(admin, `${authorization}/${resource}`, sent);
      return [status, body.message];
    };
    const one = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    expect(await refusal('selfsubjectaccessreviews', { spec: {} })).toEqual([
      422,
      `.authorization.k8s.io "" is invalid: spec: Invalid value: null: ${one}`,
    ]);
    expect(await refusal('subjectaccessreviews', { spec: { ...pods, ...version } })).toEqual([
      422,
      `.authorization.k8s.io "" is invalid: [spec: Invalid value: {"Path":"/version","Verb":"get"}: ${one}, spec.user: Invalid value: "": at least one of user or group must be specified]`,
    ]);
    expect(await refusal('selfsubjectaccessreviews', { metadata: { name: 'n' }, spec: pods })).toEqual([
      422,
      '.authorization.k8s.io "" is invalid: metadata: Invalid value: {"name":"n"}: must be empty',
    ]);
    expect(await refusal('selfsubjectrulesreviews', { spec: {} })).toEqual([400, 'no namespace on request']);
  });

  it('can only be created, and have only this verb in discovery', async () => {
    const api = apiOf(admin);
    await api.get(`${authorization}/subjectaccessreviews`).expect(405);
    await api.delete(`${authorization}/subjectaccessreviews`).expect(405);
    const { body } = (await api.get(authentication).expect(200)) as Answer;
    expect(body.resources).toEqual([
      {
        name: 'selfsubjectreviews',
        singularName: 'selfsubjectreview',
        namespaced: false,
        kind: 'SelfSubjectReview',
        verbs: ['create'],
      },
    ]);
  });

  it('are decoded from protobuf, including lists of extra values', () => {
    const extra = (key: string, ...values: string[]) =>
      field(5, Buffer.concat([field(1, key), field(2, Buffer.concat(values.map((value) => field(1, value))))]));
    const spec = Buffer.concat([field(3, 'joe'), field(4, 'staff'), extra('scopes', 'a', 'b'), extra('none')]);
    const bytes = enveloped('authorization.k8s.io/v1', 'SubjectAccessReview', field(2, spec));
    expect(decoded('authorization.v1.SubjectAccessReview', bytes.toString('hex'))).toMatchObject({
      spec: { user: 'joe', groups: ['staff'], extra: { scopes: ['a', 'b'], none: [] } },
    });
  });
});
