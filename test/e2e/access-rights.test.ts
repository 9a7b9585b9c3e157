import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectlOf } from '../support/kubectl.ts';
import { clusterOf, eventually } from './support/cluster.ts';
import { openFront, type Front } from './support/front.ts';
import { installation, systemNamespace } from './support/installation.ts';
import { group, sampleApp, sampleCluster, type ClusterStatus } from './support/samples.ts';
import { bind, makeServiceAccount, tokenOf, writeKubeconfig } from './support/users.ts';

const cluster = clusterOf(installation());
const { kubectl, ok } = cluster;
let namespace: string;
let front: Front;
const inNamespace = (): string => `--namespace=${namespace}`;

const roles = { vera: 'view', edith: 'edit', adam: 'admin' } as const;
const users = ['nora', ...Object.keys(roles)];

beforeAll(async () => {
  namespace = await cluster.makeNamespace('rights');
  front = await openFront(cluster);
  for (const [user, role] of Object.entries(roles)) await bind(cluster, namespace, role, user);
  await cluster.apply([sampleApp({ namespace }), sampleCluster({ namespace, name: 'one' })]);
  await ok('wait', '--for=condition=Ready', 'kdcluster/one', inNamespace(), '--timeout=55s');
  await eventually(
    'the aggregated ClusterRoles to hold',
    async () => (await kubectl('auth', 'can-i', 'list', `kdapps.${group}`, '--as=vera', inNamespace())).code === 0,
  );
});
afterAll(async () => {
  await front.close();
  await cluster.dropNamespaces(namespace);
});

type Users = readonly (keyof typeof roles)[];
const all: Users = ['vera', 'edith', 'adam'];
const editors: Users = ['edith', 'adam'];
const admins: Users = ['adam'];
const reads = ['get', 'list', 'watch'] as const;
const writes = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const;
type Verb = (typeof reads)[number] | (typeof writes)[number];

/** Users who may write; everybody with a role in the namespace may read. */
const writers: Readonly<Record<string, Users>> = {
  kubedirectorapps: editors,
  kubedirectorbackups: editors,
  kubedirectorclusters: editors,
  kubedirectorconfigs: admins,
  kubedirectorstatusbackups: admins,
  kubedirectorroles: [],
  kubedirectorendpoints: [],
};
const subresources: readonly (readonly [string, Verb, Users])[] = [
  ['kubedirectorendpoints/proxy', 'get', editors],
  ['kubedirectorendpoints/proxy', 'create', editors],
  ['kubedirectorclusters/status', 'get', all],
  ['kubedirectorclusters/status', 'update', []],
  ['kubedirectorclusters/status', 'patch', []],
  ['kubedirectorclusters/scale', 'get', all],
  ['kubedirectorclusters/scale', 'update', editors],
  ['kubedirectorclusters/scale', 'patch', editors],
  ['kubedirectorclusters/endpoints', 'get', all],
  ['kubedirectorconfigs/status', 'get', all],
  ['kubedirectorconfigs/status', 'update', []],
  ['kubedirectorconfigs/status', 'patch', []],
  ['kubedirectorroles/scale', 'get', all],
  ['kubedirectorroles/scale', 'update', editors],
  ['kubedirectorroles/scale', 'patch', editors],
];
const rules = [
  ...Object.entries(writers).flatMap(([resource, who]) => [
    ...reads.map((verb) => [resource, verb, all] as const),
    ...writes.map((verb) => [resource, verb, who] as const),
  ]),
  ...subresources,
];

/** A request of that verb that changes nothing, as it names what does not exist, or is a dry run. */
async function attempt(user: string, resource: string, verb: Verb): Promise<number> {
  const [name = '', subresource] = resource.split('/');
  const collection = `/apis/${group}/v1beta1/namespaces/${namespace}/${name}`;
  const one = `${collection}/no-such${subresource === undefined ? '' : `/${subresource}`}`;
  const ask = async (path: string, asked: object = {}): Promise<number> =>
    (await front.ask(path, { user, ...asked })).status;
  switch (verb) {
    case 'get':
      return ask(one);
    case 'list':
      return ask(collection);
    case 'watch':
      return ask(`${collection}?watch=1&timeoutSeconds=5`);
    case 'create':
      return ask(`${subresource === undefined ? collection : one}?dryRun=All`, { method: 'POST', body: '{}' });
    case 'update':
      return ask(`${one}?dryRun=All`, { method: 'PUT', body: '{}' });
    case 'patch':
      return ask(`${one}?dryRun=All`, { method: 'PATCH', body: '{}', contentType: 'application/merge-patch+json' });
    case 'delete':
      return ask(`${one}?dryRun=All`, { method: 'DELETE' });
    case 'deletecollection':
      return ask(`${collection}?dryRun=All&labelSelector=no%3Dsuch`, { method: 'DELETE' });
  }
}

describe('RBAC decides, whoever asks through kube-apiserver', () => {
  it.each(rules)('%s: %s is for %o', async (resource, verb, allowed) => {
    for (const user of users) {
      const status = await attempt(user, resource, verb);
      const may = (allowed as readonly string[]).includes(user);
      expect.soft(status === 403, `${user} got ${status}`).toBe(!may);
      expect.soft(status, user).toBeLessThan(500);
    }
  });

  it('names the user and the request that it refuses', async () => {
    const { code, stderr } = await kubectl('get', 'kdclusters', '--as=nora', inNamespace());
    expect(code).toBe(1);
    expect(stderr).toContain(
      `kubedirectorclusters.${group} is forbidden: User "nora" cannot list resource "kubedirectorclusters" in API group "${group}" in the namespace "${namespace}"`,
    );
  });

  it('lets only users with a role in a namespace use it', async () => {
    expect((await kubectl('get', 'kdclusters', '--as=adam', '-n', 'default')).stderr).toContain('forbidden');
    expect((await kubectl('get', 'kdclusters', '--as=adam', '-A')).stderr).toContain('forbidden');
  });

  it('uses the groups of the impersonated user', async () => {
    const asGroup = ['--as=somebody', '--as-group=e2e-watchers', inNamespace()];
    expect((await kubectl('get', 'kdclusters', ...asGroup)).stderr).toContain('forbidden');
    await ok('create', 'rolebinding', 'watchers', '--clusterrole=view', '--group=e2e-watchers', inNamespace());
    await eventually('the binding to count', async () => (await kubectl('get', 'kdclusters', ...asGroup)).code === 0);
    expect((await kubectl('delete', 'kdcluster/one', ...asGroup)).stderr).toContain('forbidden');
  });

  it('refuses impersonation without the right', async () => {
    const asMaster = ['get', 'kdclusters', '--as=nora', '--as-group=system:masters', inNamespace()];
    expect(await kubectl(...asMaster)).toMatchObject({ code: 0, stderr: '' });
    await makeServiceAccount(cluster, namespace, 'pretender', 'admin');
    const { directory } = installation();
    const file = join(directory, 'pretender.kubeconfig');
    await writeKubeconfig(file, cluster, await tokenOf(cluster, namespace, 'pretender'));
    const pretender = kubectlOf('kubectl', file, join(directory, 'pretender-cache'));
    await eventually(
      'the role of the service account to count',
      async () => (await pretender('get', 'kdclusters', inNamespace())).code === 0,
    );
    for (const args of [asMaster, ['get', 'kdclusters', '--as=vera', inNamespace()]]) {
      const { code, stdout, stderr } = await pretender(...args);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^Error from server \(Forbidden\): .*system:serviceaccount:\S*:pretender.* impersonate/);
    }
  });
});

describe('secrets in objects', () => {
  const tokenSeen = async (user: string): Promise<string | undefined> => {
    const seen = await cluster.read<{ status: ClusterStatus }>('kdcluster', 'one', inNamespace(), `--as=${user}`);
    return seen?.status.roles.flatMap(({ members }) => members)[0]?.authToken;
  };

  it('the token of a member is shown to users who may get kubedirectorclusters/authtoken', async () => {
    expect(await tokenSeen('edith')).toMatch(/\S{16,}/);
    expect(await tokenSeen('adam')).toMatch(/\S{16,}/);
    expect(await tokenSeen('vera')).toBeUndefined();
    const endpoints = `/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorclusters/one/endpoints`;
    const token = (await tokenSeen('edith')) ?? '';
    expect((await front.ask(endpoints, { user: 'edith' })).text).toContain(token);
    expect((await front.ask(endpoints, { user: 'vera' })).text).not.toContain(token);
    const watched = await kubectl('get', 'kdcluster', '-o', 'json', '--as=vera', inNamespace());
    expect(watched.stdout).not.toContain(token);
  });

  it('the master key is shown to users who may get kubedirectorconfigs/masterkey', async () => {
    const masterEncryptionKey = '0123456789abcdef'.repeat(4);
    const metadata = { name: 'kd-global-config', namespace: systemNamespace };
    const apiVersion = `${group}/v1beta1`;
    await bind(cluster, systemNamespace, 'view', 'vera');
    await bind(cluster, systemNamespace, 'kubedirector-view', 'keith');
    const keys = ['role', 'keys', '-n', systemNamespace];
    await ok('create', ...keys, '--verb=get', `--resource=kubedirectorconfigs.${group}/masterkey`);
    await ok('create', 'rolebinding', 'keith-keys', '-n', systemNamespace, '--role=keys', '--user=keith');
    try {
      await cluster.apply({ apiVersion, kind: 'KubeDirectorConfig', metadata, spec: { masterEncryptionKey } });
      const seen = async (user: string): Promise<string> =>
        ok('get', 'kdconfig/kd-global-config', '-n', systemNamespace, '-o', 'json', `--as=${user}`);
      await eventually('the bindings to count', async () => (await seen('keith')).includes(masterEncryptionKey));
      expect(await seen('vera')).not.toContain(masterEncryptionKey);
    } finally {
      await ok('delete', 'rolebinding', 'vera-view', 'keith-kubedirector-view', 'keith-keys', '-n', systemNamespace);
      await ok('delete', ...keys);
      await ok('delete', 'kdcluster', '--all', inNamespace(), '--timeout=55s');
      await ok('delete', 'kdconfig/kd-global-config', '-n', systemNamespace, '--ignore-not-found');
    }
  });
});

describe('objects that a cluster names must be readable for its author', () => {
  const references: Readonly<Record<string, { spec?: object; head?: object }>> = {
    secrets: { spec: { defaultSecret: { name: 'NAME', mountPath: '/secret' } } },
    'connected secrets': { spec: { connections: { secrets: ['NAME'] } } },
    'connected configmaps': { spec: { connections: { configmaps: ['NAME'] } } },
    serviceaccounts: { head: { serviceAccountName: 'NAME' } },
    persistentvolumeclaims: { head: { volumeProjections: [{ pvcName: 'NAME', mountPath: '/claim' }] } },
  };
  const create = (user: string, kind: string, name: string) => {
    const options = JSON.parse(JSON.stringify(references[kind]).replace('NAME', name)) as object;
    const wished = JSON.stringify(sampleCluster({ namespace, name: 'referring', ...options }));
    return kubectl.withInput(wished, 'create', '--dry-run=server', '-f', '-', `--as=${user}`);
  };

  beforeAll(async () => {
    // May edit clusters, and nothing else.
    await bind(cluster, namespace, 'kubedirector-edit', 'dora');
    await bind(cluster, namespace, 'kubedirector-view', 'dora');
    // May get service accounts and claims, which is not enough to run pods as one or to mount the other.
    await bind(cluster, namespace, 'kubedirector-edit', 'vic');
    await bind(cluster, namespace, 'view', 'vic');
    await ok('create', 'secret', 'generic', 'there', inNamespace());
    await ok('create', 'configmap', 'there', inNamespace());
    await ok('create', 'serviceaccount', 'there', inNamespace());
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'there', namespace },
      spec: claim,
    });
  });

  it.each(Object.keys(references))('%s', async (kind) => {
    const allowed = await create('edith', kind, 'there');
    expect(allowed.code, allowed.stderr).toBe(0);
    const refused = await create('dora', kind, 'there');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/Forbidden|forbidden/);
    // Users who may not read it do not learn whether it exists.
    const guessed = await create('dora', kind, 'not-there');
    expect(guessed.stderr).toBe(refused.stderr.replaceAll('"there"', '"not-there"'));
  });

  it.each(['serviceaccounts', 'persistentvolumeclaims'])('%s: to get one is not enough', async (kind) => {
    await eventually(
      'the bindings to count',
      async () => (await kubectl('auth', 'can-i', 'get', kind, '--as=vic', inNamespace())).code === 0,
    );
    const { code, stderr } = await create('vic', kind, 'there');
    expect(code).toBe(1);
    expect(stderr).toContain('create on pods');
  });

  it('and authors who put code beside it need the same rights', async () => {
    const name = 'beside';
    const secretive = sampleCluster({ namespace, name, ...references['secrets'] });
    await cluster.apply(JSON.parse(JSON.stringify(secretive).replace('NAME', 'there')) as typeof secretive);
    await ok('wait', '--for=condition=Ready', `kdcluster/${name}`, inNamespace(), '--timeout=55s');
    const added = [
      { op: 'add', path: '/spec/roles/0/fileInjections', value: [{ srcURL: 'https://127.0.0.1/x', destDir: '/srv' }] },
    ];
    const patch = [
      'patch',
      `kdcluster/${name}`,
      '--dry-run=server',
      '--type=json',
      '-p',
      JSON.stringify(added),
      inNamespace(),
    ];
    const refused = await kubectl(...patch, '--as=dora');
    expect(refused.stderr).toContain('user "dora" cannot get secrets "there"');
    expect((await kubectl(...patch, '--as=edith')).stderr).not.toContain('cannot get');
    await ok('label', `kdcluster/${name}`, 'a=b', inNamespace(), '--as=dora');
    await ok('delete', `kdcluster/${name}`, inNamespace(), '--timeout=55s');
  });
});
