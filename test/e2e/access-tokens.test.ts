import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/certificates.ts';
import { clusterOf, eventually } from './support/cluster.ts';
import { directTo, type Ask, type Direct } from './support/https.ts';
import { installation } from './support/installation.ts';
import { kubeApiServer, whyOutOfReach } from './support/kube-apiserver.ts';
import { group, sampleApp } from './support/samples.ts';
import { makeClientCertificate, makeServiceAccount, tokenOf } from './support/users.ts';

const cluster = clusterOf(installation());
let namespace: string;
let apps: string;
let direct: Direct;
const status = async (path: string, ask?: Ask): Promise<number> => (await direct(path, ask)).status;

beforeAll(async () => {
  namespace = await cluster.makeNamespace('tokens');
  apps = `/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorapps`;
  direct = await directTo(cluster, installation());
  await cluster.apply(sampleApp({ namespace }));
  await makeServiceAccount(cluster, namespace, 'reader', 'view');
  await makeServiceAccount(cluster, namespace, 'stranger');
});
afterAll(() => cluster.dropNamespaces(namespace));

describe('a service account that calls the server directly', () => {
  it('has the rights that RBAC gives it', async () => {
    const token = await tokenOf(cluster, namespace, 'reader');
    const { status: answered, text } = await direct(apps, { token });
    expect(answered, text).toBe(200);
    expect(text).toContain('"name":"sample"');
    expect(await status(`${apps}/sample`, { token, method: 'DELETE' })).toBe(403);
    const other = `/apis/${group}/v1beta1/namespaces/default/kubedirectorapps`;
    expect(await status(other, { token })).toBe(403);
    expect(await status(apps, { token: await tokenOf(cluster, namespace, 'stranger') })).toBe(403);
  });

  it('is not authenticated with a token for another audience, a broken one, or none', async () => {
    const token = await tokenOf(cluster, namespace, 'reader', '--audience=somebody-else');
    expect(await status(apps, { token })).toBe(401);
    const whole = await tokenOf(cluster, namespace, 'reader');
    expect(await status(apps, { token: `${whole.slice(0, -8)}AAAAAAAA` })).toBe(401);
    expect(await status(apps, { token: 'nonsense' })).toBe(401);
    expect(await status(apps)).toBe(401);
  });

  it('is refused after it was deleted', async () => {
    await makeServiceAccount(cluster, namespace, 'leaver', 'view');
    const token = await tokenOf(cluster, namespace, 'leaver');
    expect(await status(apps, { token })).toBe(200);
    await cluster.ok('delete', 'serviceaccount', 'leaver', '-n', namespace);
    await eventually('its token to be refused', async () => (await status(apps, { token })) === 401);
  });
});

describe('forged front proxy headers in direct calls', () => {
  const headers = { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' };

  it('count for nothing without a certificate', async () => {
    expect(await status(apps, { headers })).toBe(401);
  });

  it('do not change the user of a token', async () => {
    const { status: answered, text } = await direct(apps, {
      headers,
      token: await tokenOf(cluster, namespace, 'stranger'),
    });
    expect(answered).toBe(403);
    expect(text).toContain(`system:serviceaccount:${namespace}:stranger`);
  });

  it("do not change the user of a certificate of the cluster's client CA", async () => {
    const mallory = await makeClientCertificate(cluster, 'mallory');
    const honest = await direct(apps, mallory);
    expect(honest.status, honest.text).toBe(403);
    const forged = await direct(apps, { ...mallory, headers });
    expect(forged.status).toBe(403);
    for (const { text } of [honest, forged]) expect(text).toContain('User \\"mallory\\" cannot list');
  });

  it('count for nothing with a certificate of another CA, whatever its name', async () => {
    const authority = await createAuthority();
    expect(await status(apps, { ...(await authority.issue('CN=front-proxy-client')), headers })).toBe(401);
    expect(await status(apps, { ...(await authority.issue('CN=admin,O=system:masters')) })).toBe(401);
  });

  it('do not allow impersonation either', async () => {
    const token = await tokenOf(cluster, namespace, 'reader');
    const asMaster = { 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' };
    expect(await status(apps, { token, headers: asMaster })).toBe(403);
  });
});

describe('health is shown to everybody', () => {
  it.each(['/livez', '/readyz', '/healthz'])('%s', async (path) => {
    expect(await status(path)).toBe(200);
  });

  it('but not version and metrics', async () => {
    expect(await status('/version')).toBe(401);
    expect(await status('/metrics')).toBe(401);
    expect(await status('/metrics', { token: await tokenOf(cluster, namespace, 'reader') })).toBe(403);
  });
});

const unreachable = whyOutOfReach();
describe.skipIf(unreachable !== undefined)(`while kube-apiserver does not answer${unreachable ?? ''}`, () => {
  it('refuses everybody, also users who were let in shortly before', { timeout: 120_000 }, async () => {
    const known = await tokenOf(cluster, namespace, 'reader');
    const fresh = await tokenOf(cluster, namespace, 'reader');
    expect(await status(apps, { token: known })).toBe(200);
    const front = kubeApiServer();
    front.pause();
    try {
      const refused = await direct(apps, { token: fresh });
      expect([401, 503]).toContain(refused.status);
      expect(refused.text).not.toContain('sample');
      // Earlier decisions are kept for ten seconds.
      await sleep(11_000);
      const late = await direct(apps, { token: known });
      expect([401, 503]).toContain(late.status);
      expect(await status('/livez')).toBe(200);
    } finally {
      front.resume();
    }
    await eventually('the token to be taken again', async () => (await status(apps, { token: known })) === 200);
  });
});
