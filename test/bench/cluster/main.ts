/**
 * What the built program can do beside a CRD of the same schema on the same kube-apiserver, asked directly and through
 * the aggregation layer: `KUBECONFIG=… npm run bench:cluster [-- --json]`. The kubeconfig's first user must be an
 * administrator with a client certificate, and kube-apiserver on this machine: it calls a server that runs on it.
 */
import { parseArgs } from 'node:util';
import { createClient } from '../client.ts';
import { formatTable, type Figure } from '../figure.ts';
import { requestLoads, storeObjects } from '../requests.ts';
import { connections, type Stage } from '../scenario.ts';
import { measureWatch } from '../watch.ts';
import { prepareTargets, type ClusterTarget } from './targets.ts';

async function measure({ name, server, target }: ClusterTarget): Promise<Figure[]> {
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
  } finally {
    stage.client.close();
  }
  return figures.map((figure) => ({ ...figure, name: `${name} ${figure.name}` }));
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const prepared = await prepareTargets(process.env['KUBECONFIG'] ?? '');
try {
  const figures: Figure[] = [];
  for (const target of prepared.targets) {
    figures.push(...(await measure(target)));
  }
  process.stdout.write(values.json ? `${JSON.stringify(figures, undefined, 2)}\n` : formatTable(figures));
} finally {
  await prepared.remove();
}
