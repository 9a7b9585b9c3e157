/**
 * On a cluster: `KUBECONFIG=… npm run bench:cluster [-- --json] [-- --workloads]`. The kubeconfig's first user must be an
 * administrator with a client certificate.
 *
 * Without a flag: what the built program can do beside a CRD of the same schema on the same kube-apiserver, asked
 * directly and through the aggregation layer: apps, then clusters, on which our controller works meanwhile.
 * kube-apiserver must be on this machine: it calls a server that runs on it.
 * With --workloads: how fast an installed server's clusters become configured, grow and shrink; names of workloads may
 * follow.
 */
import { parseArgs } from 'node:util';
import { createClient, readKubeconfig } from '../client.ts';
import { formatTable, type Figure } from '../figure.ts';
import { asClusters, clusterLoads, requestLoads, storeObjects } from '../requests.ts';
import { connections, type Stage } from '../scenario.ts';
import { measureWatch } from '../watch.ts';
import { prepareTargets, type ClusterTarget } from './targets.ts';
import { measureWorkloads } from './workloads.ts';

async function measure({ name, server, target, clusters, idleApp }: ClusterTarget): Promise<Figure[]> {
  const stage: Stage = { server, client: createClient(server.credentials, connections) };
  const figures: Figure[] = [];
  try {
    await storeObjects(stage, target);
    figures.push(...(await measureWatch(stage, target.path)));
    for (const load of requestLoads) {
      process.stderr.write(`${name}: ${load.about}\n`);
      figures.push(...(await load.run(stage, target)));
      process.stderr.write(formatTable(figures.slice(-1)));
    }
    await stage.client.send('POST', target.path, idleApp);
    await storeObjects(stage, clusters);
    for (const load of clusterLoads) {
      process.stderr.write(`${name}: ${load.about}\n`);
      figures.push(...asClusters(await load.run(stage, clusters)));
      process.stderr.write(formatTable(figures.slice(-1)));
    }
  } finally {
    stage.client.close();
  }
  return figures.map((figure) => ({ ...figure, name: `${name} ${figure.name}` }));
}

async function measureRequests(kubeconfig: string): Promise<Figure[]> {
  const prepared = await prepareTargets(kubeconfig);
  try {
    const figures: Figure[] = [];
    for (const target of prepared.targets) figures.push(...(await measure(target)));
    return figures;
  } finally {
    await prepared.remove();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, workloads: { type: 'boolean', default: false } },
});
const kubeconfig = process.env['KUBECONFIG'] ?? '';
const figures = values.workloads
  ? await measureWorkloads(readKubeconfig(kubeconfig), positionals.length === 0 ? undefined : positionals)
  : await measureRequests(kubeconfig);
process.stdout.write(values.json ? `${JSON.stringify(figures, undefined, 2)}\n` : formatTable(figures));
