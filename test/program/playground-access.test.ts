import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { adminOf, get, type Ask, type Reply } from './support/https.ts';
import { startProgram, type RunningProgram } from './support/program.ts';

const kdGroup = '/apis/kubedirector.hpe.com/v1beta1';
const rbac = '/apis/rbac.authorization.k8s.io/v1';

let directory: string;
let server: RunningProgram;
let ask: Ask;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-access-'));
  server = await startProgram({ directory });
  ask = adminOf(directory, server.output());
  await vi.waitFor(
    async () =>
      expect((await ask('GET', `${rbac}/clusterroles/admin`)).text).toContain('kubedirectorclusters/authtoken'),
    { timeout: 30_000, interval: 100 },
  );
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

interface Kubeconfig {
  readonly clusters: readonly [{ cluster: Record<string, string> }];
  readonly users: readonly [{ user: Record<string, string> }];
}

/** GET as whoever a kubeconfig makes of its holder. */
function holder(name: string): (path: string, headers?: Record<string, string>) => Promise<Reply> {
  const config = parse(readFileSync(join(directory, name), 'utf8')) as Kubeconfig;
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const pem = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString();
  const caller = {
    ca: pem(cluster['certificate-authority-data']),
    cert: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
  };
  return (path, headers) => get(`${cluster['server'] ?? ''}${path}`, caller, headers);
}

const whoami = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
async function userAs(headers: Record<string, string>): Promise<unknown> {
  const { text } = await ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', whoami, headers);
  return (JSON.parse(text) as { status?: { userInfo?: unknown } }).status?.userInfo;
}
const message = ({ text }: Reply): string => (JSON.parse(text) as { message: string }).message;

describe('the viewer of a playground', () => {
  it('has a kubeconfig beside the administrator’s, readable by its owner only, and named in the output', () => {
    expect(statSync(join(directory, 'kubeconfig-viewer')).mode & 0o777).toBe(0o600);
    expect(server.output()).toContain(`kubectl --kubeconfig ${directory}/kubeconfig-viewer get kdcluster`);
  });

  it('can read every namespace, without secrets, and cannot change anything', async () => {
    const viewer = holder('kubeconfig-viewer');
    expect((await viewer(`${kdGroup}/kubedirectorclusters`)).status).toBe(200);
    expect((await viewer('/api/v1/namespaces/kube-system/pods')).status).toBe(200);
    expect((await viewer('/openapi/v3')).status).toBe(200);
    const refused = await viewer('/api/v1/secrets');
    expect(refused.status).toBe(403);
    expect(message(refused)).toBe(
      'secrets is forbidden: User "viewer" cannot list resource "secrets" in API group "" at the cluster scope',
    );
    expect((await holder('kubeconfig')('/api/v1/secrets')).status).toBe(200);
  });
});

describe('acting for somebody else in a playground', () => {
  it('makes the caller the user in the headers, with the groups of such a user', async () => {
    expect(await userAs({ 'Impersonate-User': 'joe' })).toEqual({ username: 'joe', groups: ['system:authenticated'] });
    expect(
      await userAs({
        'Impersonate-User': 'jörg',
        'Impersonate-Group': 'staff',
        'Impersonate-Uid': '7',
        'Impersonate-Extra-a%2fb': 'c',
      }),
    ).toMatchObject({ groups: ['staff', 'system:authenticated'], uid: '7', extra: { 'a/b': ['c'] } });
    expect(await userAs({ 'Impersonate-User': 'system:serviceaccount:default:robot' })).toEqual({
      username: 'system:serviceaccount:default:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    });
  });

  it('needs a user', async () => {
    const refused = await ask('GET', '/api', undefined, { 'Impersonate-Group': 'staff' });
    expect([refused.status, message(refused)]).toEqual([
      400,
      'requested a group, uid or extra to impersonate without a user name',
    ]);
  });

  it('shows metrics, status and flags only to the group system:monitoring', async () => {
    const joe = { 'Impersonate-User': 'joe' };
    const monitor = { ...joe, 'Impersonate-Group': 'system:monitoring' };
    for (const path of ['/metrics', '/statusz', '/flagz']) {
      expect((await ask('GET', path, undefined, monitor)).status).toBe(200);
      expect((await ask('GET', path, undefined, joe)).status).toBe(403);
    }
  });

  it('gives the caller the rights that roles give that user', async () => {
    const joe = { 'Impersonate-User': 'joe' };
    expect((await ask('GET', '/api/v1/namespaces/default/pods', undefined, joe)).status).toBe(403);
    const roleRef = { kind: 'ClusterRole', name: 'edit' };
    const subjects = [{ kind: 'User', name: 'joe' }];
    const made = await ask('POST', `${rbac}/namespaces/default/rolebindings`, {
      metadata: { name: 'joe' },
      roleRef,
      subjects,
    });
    expect(made.status).toBe(201);
    await expect
      .poll(async () => (await ask('GET', '/api/v1/namespaces/default/pods', undefined, joe)).status)
      .toBe(200);
    expect((await ask('GET', '/api/v1/namespaces/kube-system/pods', undefined, joe)).status).toBe(403);
    const rules = await ask(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      { spec: { namespace: 'default' } },
      joe,
    );
    expect(JSON.parse(rules.text)).toMatchObject({ status: { incomplete: false } });
    expect(rules.text).toContain('"kubedirectorclusters/authtoken"');
    const nodes = { spec: { user: 'joe', resourceAttributes: { verb: 'list', resource: 'nodes' } } };
    const answer = await ask('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', nodes);
    expect(JSON.parse(answer.text)).toMatchObject({ status: { allowed: false } });
  });

  it('checks the rights that clusters need for that user: nobody can mount a secret that they may not read', async () => {
    const eve = { 'Impersonate-User': 'eve' };
    await ask('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 'key' }, stringData: { a: 'b' } });
    const rules = [{ apiGroups: ['kubedirector.hpe.com'], resources: ['kubedirectorclusters'], verbs: ['create'] }];
    await ask('POST', `${rbac}/namespaces/default/roles`, { metadata: { name: 'eve' }, rules });
    const roleRef = { kind: 'Role', name: 'eve' };
    const subjects = [{ kind: 'User', name: 'eve' }];
    await ask('POST', `${rbac}/namespaces/default/rolebindings`, { metadata: { name: 'eve' }, roleRef, subjects });
    const spark = parse(readFileSync('manifests/examples/spark/app.yaml', 'utf8')) as object;
    await ask('POST', `${kdGroup}/namespaces/default/kubedirectorapps`, spark);
    const cluster = (secret?: object) => ({
      metadata: { name: 'eves' },
      spec: { app: 'spark', roles: [{ id: 'master', members: 1, ...secret }] },
    });
    const path = `${kdGroup}/namespaces/default/kubedirectorclusters?dryRun=All`;
    const refused = await ask('POST', path, cluster({ secret: { name: 'key', mountPath: '/key' } }), eve);
    expect(refused.text).toContain('eve');
    expect([403, 422]).toContain(refused.status);
    expect(refused.text).toContain('secret');
  });

  it('needs the right to impersonate that user', async () => {
    const rules = [{ apiGroups: [''], resources: ['users'], resourceNames: ['bob'], verbs: ['impersonate'] }];
    await ask('POST', `${rbac}/clusterroles`, { metadata: { name: 'as-bob' }, rules });
    const roleRef = { kind: 'ClusterRole', name: 'as-bob' };
    await ask('POST', `${rbac}/clusterrolebindings`, {
      ...{ metadata: { name: 'as-bob' }, roleRef, subjects: [{ kind: 'User', name: 'viewer' }] },
    });
    const viewer = holder('kubeconfig-viewer');
    const pods = '/api/v1/namespaces/default/pods';
    const asked = async (headers: Record<string, string>): Promise<string> => message(await viewer(pods, headers));
    await expect
      .poll(() => asked({ 'Impersonate-User': 'bob' }))
      .toContain('User "bob" cannot list resource "pods" in API group "" in the namespace "default"');
    expect(await asked({ 'Impersonate-User': 'ann' })).toBe(
      'users "ann" is forbidden: User "viewer" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    expect(await asked({ 'Impersonate-User': 'bob', 'Impersonate-Group': 'system:masters' })).toBe(
      'groups "system:masters" is forbidden: User "viewer" cannot impersonate resource "groups" in API group "" at the cluster scope',
    );
    expect(await asked({ 'Impersonate-User': 'bob', 'Impersonate-Extra-scopes': 'all' })).toContain(
      'userextras.authentication.k8s.io "all" is forbidden: User "viewer" cannot impersonate resource "userextras/scopes"',
    );
    expect(await asked({ 'Impersonate-User': 'system:serviceaccount:default:robot' })).toContain(
      'serviceaccounts "robot" is forbidden: User "viewer" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "default"',
    );
  });
});
