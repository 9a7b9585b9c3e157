/**
 * On a cluster: `KUBECONFIG=… npm run bench:cluster [-- --json] [-- --workloads | --connections | --rest]`. Its first user must be an
 * administrator with a client certificate.
 *
 * Without a flag: compares the built program with a CRD of the same schema on the same kube-apiserver. The program gets
 * requests directly and through the aggregation layer: first apps, then clusters, which our controller reconciles.
 * kube-apiserver must run on this machine, because it calls a server that runs here.
 * `--storage etcd --replicas 3`: the program keeps its data in an etcd of its own, instead of a folder.
 * For a short run: `--only direct,crd` selects targets, and arguments select figures (watch gets lists patches creates
 * cluster-patches status cluster-creates).
 * With --workloads: measures how fast the clusters of an installed server become configured, grow and shrink. Arguments
 * select workloads.
 * With --connections: compares an installed server's proxy of endpoints with kube-apiserver's proxy of Services.
 * With --rest: measures what clusters cost the built program while nothing changes. Their containers need not run.
 */
import { parseArgs } from 'node:util';
import { createClient, readKubeconfig } from '../client.ts';
import { formatTable, type Figure } from '../figure.ts';
import { asClusters, clusterLoadName, clusterLoads, requestLoads, storeObjects, type Target } from '../requests.ts';
import { connections, type Stage } from '../scenario.ts';
import { measureWatch, watchScenario } from '../watch.ts';
import { measureConnections } from './connections.ts';
import { prepareTargets, targetNames, type ClusterTarget, type Storage } from './targets.ts';
import { measureRest } from './rest.ts';
import { measureWorkloads } from './workloads.ts';

/** A figure, and the collection that it is measured on. */
interface Measurement {
  readonly name: string;
  readonly about: string;
  readonly on: 'apps' | 'clusters';
  readonly run: (stage: Stage, target: Target) => Promise<Figure[]>;
}

/** In this order they can run one after the other. */
const measurements: readonly Measurement[] = [
  { name: 'watch', about: watchScenario.about, on: 'apps', run: (stage, { path }) => measureWatch(stage, path) },
  ...requestLoads.map((load) => ({ ...load, on: 'apps' as const })),
  ...clusterLoads.map((load) => ({
    ...load,
    name: clusterLoadName(load),
    on: 'clusters' as const,
    run: async (stage: Stage, target: Target) => asClusters(await load.run(stage, target)),
  })),
];

/** @returns all known names if `names` is empty @throws Error for an unknown name */
function chosen<T extends string>(names: readonly string[], known: readonly T[]): readonly T[] {
  const unknown = names.find((name) => !known.some((one) => one === name));
  if (unknown !== undefined) throw new Error(`there is no ${unknown}; choose from ${known.join(', ')}`);
  return names.length === 0 ? known : known.filter((name) => names.includes(name));
}

async function measure(
  { name, server, target, clusters, idleApp }: ClusterTarget,
  wanted: readonly Measurement[],
): Promise<Figure[]> {
  const stage: Stage = { server, client: createClient(server.credentials, connections) };
  const figures: Figure[] = [];
  const run = async (one: Measurement, on: Target): Promise<void> => {
    process.stderr.write(`${name}: ${one.about}\n`);
    const found = await one.run(stage, on);
    process.stderr.write(formatTable(found));
    figures.push(...found);
  };
  try {
    const [ofApps, ofClusters] = (['apps', 'clusters'] as const).map((on) => wanted.filter((one) => one.on === on));
    if (ofApps?.length) await storeObjects(stage, target);
    for (const one of ofApps ?? []) await run(one, target);
    await stage.client.send('POST', target.path, idleApp);
    if (ofClusters?.length) await storeObjects(stage, clusters);
    for (const one of ofClusters ?? []) await run(one, clusters);
  } finally {
    stage.client.close();
  }
  return figures.map((figure) => ({ ...figure, name: `${name} ${figure.name}` }));
}

async function measureRequests(
  kubeconfig: string,
  storage: Storage,
  only: string,
  named: readonly string[],
): Promise<Figure[]> {
  const ways = chosen(only === '' ? [] : only.split(','), targetNames);
  const names = chosen(
    named,
    measurements.map(({ name }) => name),
  );
  const wanted = measurements.filter(({ name }) => names.includes(name));
  const prepared = await prepareTargets(kubeconfig, storage);
  try {
    const figures: Figure[] = [];
    for (const target of prepared.targets) {
      if (ways.some((way) => way === target.name)) figures.push(...(await measure(target, wanted)));
    }
    const detail = 'resident, of the program after all of these';
    return [...figures, { name: 'memory', value: prepared.memory(), unit: 'MB', detail }];
  } finally {
    await prepared.remove();
  }
}

function chosenFigures(): Promise<Figure[]> {
  if (values.rest) return measureRest(kubeconfig);
  if (values.connections) return measureConnections(readKubeconfig(kubeconfig));
  if (!values.workloads) return measureRequests(kubeconfig, storage, values.only, positionals);
  return measureWorkloads(readKubeconfig(kubeconfig), positionals.length === 0 ? undefined : positionals);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    workloads: { type: 'boolean', default: false },
    connections: { type: 'boolean', default: false },
    rest: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    storage: { type: 'string', default: 'lowdb' },
    replicas: { type: 'string', default: '1' },
  },
});
const kubeconfig = process.env['KUBECONFIG'] ?? '';
const storage: Storage =
  values.storage === 'etcd' ? { engine: 'etcd', replicas: Number(values.replicas) } : { engine: 'lowdb' };
const figures = await chosenFigures();
process.stdout.write(values.json ? `${JSON.stringify(figures, undefined, 2)}\n` : formatTable(figures));
