/** The compared servers: kube-apiserver with our kinds as custom resources, and our server behind it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { kubedirectorResources } from '../../../src/apis/kubedirector/schemas.gen.ts';
import { customResourceDefinition, type CustomResourceDefinition, type Kind } from '../../../tools/custom-resources.ts';
import { clusterOf, eventually, type Cluster } from '../../e2e/support/cluster.ts';
import { apiServiceName, serviceName, systemNamespace, type Installation } from '../../e2e/support/installation.ts';
import { renderManifests } from '../../e2e/support/manifests.ts';
import { serverOf } from '../../e2e/support/server.ts';
import { freePort } from '../../support/free-port.ts';
import { LocalWebhook } from '../../support/webhook.ts';
import { targetOf, type Target } from '../target.ts';
import { webhookAnswers } from './webhooks.ts';

/** As long as our group, so that sizes are the same. */
const customGroup = 'kubedirector.example';
const group = 'kubedirector.hpe.com';
const kinds = Object.keys(kubedirectorResources) as Kind[];

export interface Lab {
  readonly kubernetes: Target;
  /** Our server, without kube-apiserver in between. */
  readonly direct: Target;
  readonly cluster: Cluster;
  readonly customGroup: string;
  readonly group: string;
  readonly webhook: LocalWebhook;
  /** Removes everything that was created in the cluster. */
  close(): Promise<void>;
}

/** @throws Error if the cluster already has one of our APIServices */
export async function openLab(kubeconfig: string): Promise<Lab> {
  const directory = mkdtempSync(join(tmpdir(), 'kubedirector-live-'));
  mkdirSync(join(directory, 'data'));
  const installation: Installation = { form: 'host', directory, port: await freePort() };
  const cluster = clusterOf(installation);
  if ((await cluster.read('apiservice', apiServiceName)) !== undefined) {
    throw new Error(`this cluster has an APIService ${apiServiceName} already: the tests need one without`);
  }
  const definitions = kinds.map((kind) => scalable(customResourceDefinition(customGroup, kind)));
  await cluster.apply(definitions, '--server-side');
  const server = serverOf(installation, cluster);
  const manifests = await renderManifests(cluster.kubectl, installation);
  await withInput(cluster, manifests, 'apply', '-f', '-');
  await server.start();
  const named = definitions.map(({ metadata }) => `crd/${metadata.name}`);
  await cluster.ok('wait', '--for=condition=Established', ...named, '--timeout=30s');
  await eventually('custom resources to be served', async () => {
    await cluster.ok('get', `kubedirectorapps.${customGroup},kubedirectorclusters.${customGroup}`, '-A');
    return true;
  });
  const webhook = await LocalWebhook.start();
  for (const [path, answer] of Object.entries(webhookAnswers)) webhook.answers.set(path, answer);
  const kubernetes = targetOf(kubeconfig);
  const direct = targetOf(await directKubeconfig(cluster, installation, kubeconfig));
  return {
    ...{ kubernetes, direct, cluster, customGroup, group, webhook },
    async close() {
      kubernetes.close();
      direct.close();
      await webhook.close();
      await cluster.ok('delete', ...named, '--wait=false');
      await withInput(cluster, manifests, 'delete', '-f', '-', '--wait=false', '--ignore-not-found');
      await server.stop('SIGTERM');
      rmSync(directory, { recursive: true });
    },
  };
}

async function withInput({ kubectl }: Cluster, input: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await kubectl.withInput(input, ...args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
}

/** Adds a field for replicas, because a CustomResourceDefinition cannot refer to a field in a list. */
function scalable(definition: CustomResourceDefinition): CustomResourceDefinition {
  const [version] = definition.spec.versions;
  if (version === undefined || !definition.metadata.name.startsWith('kubedirectorclusters.')) return definition;
  const { properties } = version.schema.openAPIV3Schema;
  const extended = {
    ...properties,
    spec: withProperties(properties['spec'], { replicas: { type: 'integer', format: 'int32', minimum: 0 } }),
    status: withProperties(properties['status'], {
      replicas: { type: 'integer', format: 'int32' },
      selector: { type: 'string' },
    }),
  };
  const scale = {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  };
  const changed = {
    ...version,
    subresources: { ...version.subresources, scale },
    schema: { openAPIV3Schema: { ...version.schema.openAPIV3Schema, properties: extended } },
  };
  return { ...definition, spec: { ...definition.spec, versions: [changed] } };
}

function withProperties(schema: object | undefined, more: object): Record<string, unknown> {
  const properties = schema !== undefined && 'properties' in schema ? (schema.properties as object) : {};
  return { ...schema, properties: { ...properties, ...more } };
}

/** Writes a kubeconfig for our server, with the user of `kubeconfig`, whose certificate our server trusts, too. */
async function directKubeconfig(
  cluster: Cluster,
  { directory, port }: Installation,
  kubeconfig: string,
): Promise<string> {
  const secret = await eventually('the serving certificate', async () => {
    const found = await cluster.read<{ data: Record<string, string> }>(
      'secret',
      `${serviceName}-serving`,
      '-n',
      systemNamespace,
    );
    return found?.data['ca.crt'];
  });
  const { users } = parse(readFileSync(kubeconfig, 'utf8')) as { users: object[] };
  const file = join(directory, 'direct.kubeconfig');
  const server = { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': secret };
  writeFileSync(file, JSON.stringify({ clusters: [{ name: 'direct', cluster: server }], users }), { mode: 0o600 });
  return file;
}
