/** Installs the server for all suites. Afterwards uninstalls it, and checks that nothing is left. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../support/free-port.ts';
import { clusterOf, eventually, type Cluster } from './cluster.ts';
import { apiServiceName, systemNamespace, testLabel, type Form, type Installation } from './installation.ts';
import { renderManifests } from './manifests.ts';
import { group, sampleApp, sampleCluster } from './samples.ts';
import { serverOf, type Server } from './server.ts';

const run = promisify(execFile);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const installation = await makeInstallation();
  const cluster = clusterOf(installation);
  const server = serverOf(installation, cluster);
  await refuseInhabited(cluster);
  try {
    await install(installation, cluster, server);
  } catch (error) {
    const log = await server.log().catch(() => '(there is no log of the server)');
    await uninstall(installation, server, '--abandon').catch(() => undefined);
    throw new Error(`the server could not be installed; it printed:\n${log}`, { cause: error });
  }
  project.provide('installation', installation);
  return async () => {
    await dropLeftNamespaces(cluster);
    // With a kubelet it takes too long for what each run does.
    const inhabited = installation.form === 'host' ? await leaveClusters(cluster) : undefined;
    await uninstall(installation, server);
    await nothingIsLeft(cluster);
    if (inhabited !== undefined) await noClusterIsLeft(cluster, inhabited);
    if (process.env['E2E_KEEP'] === undefined) rmSync(installation.directory, { recursive: true });
  };
}

async function makeInstallation(): Promise<Installation> {
  const form = process.env['E2E_FORM'] ?? 'node';
  if (form !== 'host' && form !== 'node') throw new Error(`E2E_FORM is host or node, not ${form}`);
  const directory = mkdtempSync(join(tmpdir(), 'kubedirector-e2e-'));
  mkdirSync(join(directory, 'data'));
  return { form: form satisfies Form, directory, port: await freePort() };
}

/** Uninstalling would remove an installation of somebody else. */
async function refuseInhabited(cluster: Cluster): Promise<void> {
  const found = await cluster.read('apiservice', apiServiceName);
  if (found !== undefined) {
    throw new Error(`this cluster has an APIService ${apiServiceName} already: the tests need one without`);
  }
}

async function install(installation: Installation, cluster: Cluster, server: Server): Promise<void> {
  const { form, directory } = installation;
  // Where images come from a registry, they are there already.
  if (form === 'node' && process.env['KD_LAB'] !== undefined) {
    await run('test/e2e/node-image.sh', [join(directory, 'images')], { maxBuffer: 1 << 26 });
  }
  const manifests = await renderManifests(cluster.kubectl, installation);
  const { code, stderr } = await cluster.kubectl.withInput(manifests, 'apply', '-f', '-');
  if (code !== 0) throw new Error(`kubectl apply ended with ${code}: ${stderr}`);
  await server.start();
}

/** As the documentation says; the server has to be there for it. */
async function uninstall({ form }: Installation, server: Server, ...args: readonly string[]): Promise<void> {
  await run('sh', ['manifests/uninstall.sh', '--yes', ...args], { maxBuffer: 1 << 26 });
  if (form === 'host') await server.stop('SIGTERM');
}

/** Suites drop theirs without waiting. */
async function dropLeftNamespaces(cluster: Cluster): Promise<void> {
  const left = await cluster.list('namespaces', '-l', testLabel);
  await cluster.dropNamespaces(...left.map(({ metadata }) => metadata.name));
  await eventually(
    `the namespaces of the tests to go (${left.map(({ metadata }) => metadata.name).join(', ')})`,
    async () => (await cluster.list('namespaces', '-l', testLabel)).length === 0,
    120_000,
  );
}

/** Clusters that uninstalling must remove: a running one, and one that waits for its backup. Resolves with their namespace. */
async function leaveClusters(cluster: Cluster): Promise<string> {
  const namespace = await cluster.makeNamespace('uninstall');
  const waiting = sampleCluster({ namespace, name: 'waiting' }) as { metadata: object };
  const labels = { [`${group}/restoring`]: '' };
  await cluster.apply([
    sampleApp({ namespace }),
    sampleCluster({ namespace, name: 'working' }),
    { ...waiting, metadata: { ...waiting.metadata, labels } },
  ]);
  const ready = ['--for=condition=Ready', 'kdcluster/working', '-n', namespace];
  await cluster.ok('wait', ...ready, '--timeout=55s');
  return namespace;
}

/** @throws Error that names what is left */
async function noClusterIsLeft(cluster: Cluster, namespace: string): Promise<void> {
  const left = await cluster.ok('get', 'statefulsets,services,pods', '-n', namespace, '-o', 'name');
  if (left !== '') throw new Error(`uninstalling left of clusters: ${left}`);
  await dropLeftNamespaces(cluster);
}

/** @throws Error that names what is left */
async function nothingIsLeft(cluster: Cluster): Promise<void> {
  const kinds = 'apiservices,clusterroles,clusterrolebindings,namespaces';
  const ours = await cluster.ok('get', kinds, '-l', 'app.kubernetes.io/part-of=kubedirector', '-o', 'name');
  const bindings = await cluster.ok('get', 'rolebindings', '-A', '-o', 'name');
  const left = [...ours.split('\n'), ...bindings.split('\n')].filter((name) => name.includes('kubedirector'));
  if (left.length > 0) throw new Error(`uninstalling left behind: ${left.join(', ')}`);
  if ((await cluster.read('namespace', systemNamespace)) !== undefined) {
    throw new Error(`uninstalling left the namespace ${systemNamespace} behind`);
  }
}
