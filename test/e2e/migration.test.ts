/** The steps of docs/migrate.md, with their commands: the objects of CRDs are taken over, and nothing that runs is touched. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually, type Shown } from './support/cluster.ts';
import { dataFolderOf } from './support/data-folder.ts';
import { crds, installExisting, nativesOf } from './support/existing-operator.ts';
import { apiServiceName, installation, testLabel } from './support/installation.ts';
import { isAvailable, serverOf, type Server } from './support/server.ts';

describe('objects of CRDs', () => {
  const cluster = clusterOf(installation());
  const folder = join(installation().directory, 'migration');
  const dump = join(folder, 'kubedirector-crds.yaml');
  const apiService = join(folder, 'apiservice.json');
  let namespace: string;
  let installed: Server;
  let server: Server;
  let before: Awaited<ReturnType<typeof nativesOf>>;

  const data = dataFolderOf(installation(), cluster, join(folder, 'data'));
  const isExternal = async (): Promise<boolean> => {
    const found = await cluster.read<{ spec: { service?: object } }>('apiservice', apiServiceName);
    return found?.spec.service !== undefined;
  };
  /** What must not change: who they are, and how often their containers were started. */
  const identities = (all: typeof before): string[] =>
    [...all].map(([name, { metadata, status }]) => {
      const restarts = (status.containerStatuses ?? []).map(({ restartCount }) => restartCount);
      return `${name} ${metadata.uid} ${restarts.join()}`;
    });

  beforeAll(async () => {
    const nothingLeft = async (): Promise<boolean> => (await cluster.list('namespaces', '-l', testLabel)).length === 0;
    await eventually('the namespaces of other tests to go', nothingLeft, 120_000);
    mkdirSync(folder, { recursive: true });
    installed = serverOf(installation(), cluster);
    // In form node, the installed server itself, with other data.
    server = serverOf({ ...installation(), directory: folder }, cluster);
    const found = await cluster.read<{ metadata: { labels?: object }; spec: Record<string, unknown> }>(
      ...['apiservice', apiServiceName],
    );
    const metadata = { name: apiServiceName, labels: found?.metadata.labels ?? {} };
    const manifest = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata, spec: found?.spec };
    writeFileSync(apiService, JSON.stringify(manifest));
    await installed.stop('SIGTERM');
    await cluster.ok('delete', 'apiservice', apiServiceName);
    namespace = await cluster.makeNamespace('migration');
    await installExisting(cluster, namespace);
    before = await nativesOf(cluster, namespace);
  }, 240_000);

  afterAll(async () => {
    if (await isExternal()) {
      await cluster.ok('delete', 'kdcluster', '--all', '-n', namespace, '--timeout=60s');
      await cluster.ok('delete', 'kdapp', '--all', '-n', namespace, '--timeout=60s');
      await server.stop('SIGTERM');
    }
    await data.restore();
    await cluster.ok('delete', 'crd', ...crds, '--ignore-not-found', '--timeout=60s');
    await cluster.ok('apply', '-f', apiService);
    await installed.start();
    await eventually('the APIService to lead to the installed server', isExternal);
    await cluster.dropNamespaces(namespace);
  }, 240_000);

  it('are imported from a file, and a second time changes nothing', async () => {
    const kinds = 'kubedirectorapps,kubedirectorclusters,kubedirectorconfigs,kubedirectorstatusbackups';
    writeFileSync(dump, await cluster.ok('get', kinds, '-A', '-o', 'yaml'));
    await data.open();
    expect(await data.storage('import', dump)).toMatch(/3 /);
    await data.storage('import', dump);
    const checked = await data.storage('check');
    for (const kind of ['kubedirectorapps', 'kubedirectorclusters', 'kubedirectorconfigs'])
      expect(checked).toContain(kind);
  }, 60_000);

  it('are served by the server when the APIService leads to it, with their uids and status', async () => {
    const old = await cluster.read(`${crds[1] ?? ''}/sample`, '-n', namespace);
    await cluster.ok(
      'patch',
      'kubedirectorcluster',
      'sample',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":null}}',
    );
    await data.release();
    await server.start();
    await cluster.ok('replace', '-f', apiService);
    await eventually('the APIService to lead to the server', isExternal);
    await isAvailable(cluster);
    const taken = await eventually('the cluster from the server', async () => {
      const found = await cluster.read('kdcluster/sample', '-n', namespace);
      return found !== undefined && Number(found.metadata.resourceVersion) > 1_000_000_000 && found;
    });
    expect(taken.metadata.uid).toBe(old?.metadata.uid);
    expect(taken.status).toMatchObject({ state: 'configured' });
  }, 120_000);

  it('keep what runs: StatefulSets become OnDelete in one write, and no pod is made or started again', async () => {
    await eventually(
      'StatefulSets to be OnDelete',
      async () => {
        const sets = [...(await nativesOf(cluster, namespace)).values()].filter(({ kind }) => kind === 'StatefulSet');
        return sets.every(
          ({ spec }) => (spec?.['updateStrategy'] as { type?: string } | undefined)?.type === 'OnDelete',
        );
      },
      60_000,
    );
    await eventually('the cluster to be ready', async () => {
      await cluster.ok('wait', '--for=condition=Ready', 'kdcluster/sample', '-n', namespace, '--timeout=10s');
      return true;
    });
    expect(identities(await nativesOf(cluster, namespace))).toEqual(identities(before));
  }, 120_000);

  it('leave nothing behind when the CRDs are changed, and deleted after that', async () => {
    const description = 'served by an aggregated API';
    const patch = [{ op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/description', value: description }];
    for (const crd of crds) await cluster.ok('patch', 'crd', crd, '--type=json', '-p', JSON.stringify(patch));
    // In the place of an hour: the garbage collector has seen an object that was made after the change go.
    await collected('after the change');
    await cluster.ok('delete', 'crd', ...crds, '--timeout=60s');
    await collected('after the deletion');
    await sleep(3_000);
    expect(identities(await nativesOf(cluster, namespace))).toEqual(identities(before));
    expect(await isExternal()).toBe(true);
    await cluster.ok('wait', '--for=condition=Ready', 'kdcluster/sample', '-n', namespace, '--timeout=30s');
  }, 240_000);

  /** Resolves when the garbage collector has deleted a dependent of an app of the server that was deleted. */
  async function collected(when: string): Promise<void> {
    const name = when.replaceAll(' ', '-');
    const app = await cluster.read<Shown & { apiVersion: string }>('kdapp/golden', '-n', namespace);
    await cluster.apply({
      apiVersion: app?.apiVersion,
      kind: app?.kind,
      metadata: { name, namespace },
      spec: app?.spec,
    });
    const { metadata } = (await cluster.read(`kdapp/${name}`, '-n', namespace)) ?? {};
    const owner = { apiVersion: app?.apiVersion, kind: app?.kind, name, uid: metadata?.uid };
    const dependent = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ownerReferences: [owner] } };
    await cluster.apply(dependent);
    await cluster.ok('delete', `kdapp/${name}`, '-n', namespace, '--timeout=30s');
    await eventually(
      `the garbage collector, ${when}`,
      async () => (await cluster.read(`configmap/${name}`, '-n', namespace)) === undefined,
      120_000,
    );
  }
});
