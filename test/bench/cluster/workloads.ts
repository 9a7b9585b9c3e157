/** How long real pods take to become members. It needs an installed server, on a cluster with the guest image. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client, type Credentials } from '../client.ts';
import { formatTable, type Figure } from '../figure.ts';

export const group = '/apis/kubedirector.hpe.com/v1beta1';
export const apiVersion = 'kubedirector.hpe.com/v1beta1';
export const image = process.env['E2E_GUEST_IMAGE'] ?? 'kd.lab/guest:1';
const timeoutMs = 180_000;
/** Time after the last change for its consequences. */
export const settleMs = 20_000;
/** How long nothing changes. */
export const restMs = 60_000;

const app = (defaultConfigPackage: object | null) => ({
  apiVersion,
  kind: 'KubeDirectorApp',
  metadata: { name: 'bench' },
  spec: {
    label: { name: 'Bench' },
    distroID: 'bench/bare',
    version: '1',
    configSchemaVersion: 7,
    defaultImageRepoTag: image,
    defaultConfigPackage,
    services: [{ id: 'web', label: { name: 'web' }, endpoint: { port: 80, urlScheme: 'http' } }],
    roles: [{ id: 'member', cardinality: '1+' }],
    config: { selectedRoles: ['member'], roleServices: [{ roleID: 'member', serviceIDs: ['web'] }] },
  },
});

/** A package whose configure takes one second. */
const oneSecond = { packageURL: 'file:///packages/one-second.tgz' };

/** Small requests, so that many pods fit on a node, and higher limits. */
const resources = { limits: { cpu: '2', memory: '64Mi' }, requests: { cpu: '5m', memory: '8Mi' } };

const cluster = (name: string, members: number) => ({
  apiVersion,
  kind: 'KubeDirectorCluster',
  metadata: { name },
  spec: {
    app: 'bench',
    serviceType: 'ClusterIP',
    roles: [{ id: 'member', members, resources }],
  },
});

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly generation?: number };
    readonly status?: {
      readonly state?: string;
      readonly phase?: string;
      readonly observedGeneration?: number;
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
      readonly containerStatuses?: readonly { readonly state?: { readonly running?: object } }[];
    };
  }[];
}
type Item = Listed['items'][number];

/** Whether the controller has set up all members, notified them, and observed the last change. */
export const isConfigured = ({ metadata, status }: Item): boolean =>
  status?.state === 'configured' && status.observedGeneration === metadata.generation;
/** Whether nothing is left to do: all members have what the spec says, and are in service. */
export const isSettled = (item: Item): boolean => {
  const is = (type: string): string | undefined => item.status?.conditions?.find((one) => one.type === type)?.status;
  return isConfigured(item) && is('Ready') === 'True' && is('Progressing') === 'False';
};
const isRunning = ({ status }: Item): boolean => status?.containerStatuses?.[0]?.state?.running !== undefined;
/** Whether a list has so many items, all of which are so. */
export const all =
  (count: number, is: (item: Item) => boolean) =>
  ({ items }: Listed): boolean =>
    items.length === count && items.every(is);

/** Resolves when the list satisfies the condition. @throws Error if it takes too long */
export async function until(client: Client, path: string, satisfied: (list: Listed) => boolean): Promise<number> {
  const begun = performance.now();
  while (performance.now() - begun < timeoutMs) {
    if (satisfied(JSON.parse((await client.send('GET', path)).text()) as Listed)) return performance.now();
    await sleep(50);
  }
  throw new Error(`${path} did not come to what was waited for within ${timeoutMs / 1000} s`);
}

/** The number of commands that were run in containers so far, as kube-apiserver counts them. */
async function execs(client: Client): Promise<number> {
  const lines = (await client.send('GET', '/metrics')).text().split('\n');
  const counts = lines
    .filter((line) => line.startsWith('apiserver_request_total{') && line.includes('subresource="exec"'))
    .map((line) => Number(line.split(' ').at(-1)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * The processor seconds of the container of the server so far, as its kubelet counts them.
 * @throws Error if no server runs as a pod in the namespace kubedirector
 */
async function serverSeconds(client: Client): Promise<number> {
  const { items } = JSON.parse((await client.send('GET', '/api/v1/nodes')).text()) as Listed;
  for (const { metadata } of items) {
    const text = (await client.send('GET', `/api/v1/nodes/${metadata.name}/proxy/metrics/resource`)).text();
    const found = /^container_cpu_usage_seconds_total\{[^}]*namespace="kubedirector",[^}]*\} (\S+)/m.exec(text);
    if (found !== null) return Number(found[1]);
  }
  throw new Error('no kubelet knows of a container in namespace kubedirector');
}

/** The share of a core that the server uses while nothing changes. */
async function measureRest(client: Client, name: string, detail: string): Promise<Figure> {
  await sleep(settleMs);
  const before = await serverSeconds(client);
  await sleep(restMs);
  const share = ((await serverSeconds(client)) - before) / (restMs / 1000);
  const rest = `${detail}: share of one core for ${restMs / 1000} s, nothing changing`;
  return { name: `${name} at rest`, value: share * 100, unit: '%', detail: rest };
}

interface Workload {
  readonly name: string;
  readonly clusters: number;
  readonly members: number;
  readonly configPackage: object | null;
  /** Sizes to which its only cluster is then scaled, one after the other. */
  readonly sizes?: readonly number[];
  /** Whether its only cluster is then changed: another variable, another cpu limit. */
  readonly changes?: boolean;
  /** Whether its only cluster is then stopped and started. */
  readonly stops?: boolean;
  /** Whether the server is then measured while it has nothing to do. */
  readonly rest?: boolean;
}

async function measure(client: Client, workload: Workload): Promise<Figure[]> {
  const { name, clusters, members, configPackage, sizes = [], rest = false } = workload;
  const namespace = `kubedirector-bench-${name}`;
  const kind = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await client.send('POST', '/api/v1/namespaces', kind);
  const serviceAccounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await until(client, serviceAccounts, ({ items }) => items.some(({ metadata }) => metadata.name === 'default'));
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const base = `${group}/namespaces/${namespace}`;
  const configured = () => until(client, `${base}/kubedirectorclusters`, all(clusters, isConfigured));
  const figure = (what: string, from: number, to: number, detail: string): Figure => ({
    ...{ name: `${name} ${what}`, value: (to - from) / 1000, unit: 's', detail },
  });
  try {
    await client.send('POST', `${base}/kubedirectorapps`, app(configPackage));
    const before = await execs(client);
    const begun = performance.now();
    const posts = Array.from({ length: clusters }, (_, index) =>
      client.send('POST', `${base}/kubedirectorclusters`, cluster(`one-${index}`, members)),
    );
    await Promise.all(posts);
    const [running, done] = await Promise.all([until(client, pods, all(clusters * members, isRunning)), configured()]);
    const detail = `${clusters} × ${members} members ${configPackage === null ? 'without package' : 'with a package that takes 1 s'}`;
    const figures = [
      figure('running', begun, running, `${detail}: all pods Running`),
      figure('configured', begun, done, `${detail}: all configured`),
      figure('lag', running, done, `${detail}: from Running to configured`),
      {
        name: `${name} execs`,
        value: ((await execs(client)) - before) / (clusters * members),
        unit: '',
        detail: `${detail}: commands run in a container of each`,
      },
    ];
    if (rest) figures.push(await measureRest(client, name, detail));
    if (workload.changes === true) figures.push(...(await measureChanges(client, { name, base, members })));
    if (workload.stops === true) figures.push(...(await measureStop(client, { name, base, members, pods })));
    for (const [index, size] of sizes.entries()) {
      const old = sizes[index - 1] ?? members;
      const changed = performance.now();
      await client.send('PATCH', `${base}/kubedirectorclusters/one-0`, {
        spec: { roles: [{ id: 'member', members: size, resources }] },
      });
      const settled = await configured();
      await until(client, pods, all(size, isRunning));
      figures.push(figure(`${old} to ${size}`, changed, settled, `members ${old} → ${size}, all of them told`));
    }
    return figures;
  } finally {
    await client.send('DELETE', `/api/v1/namespaces/${namespace}`);
    await until(client, pods, ({ items }) => items.length === 0);
  }
}

interface OneCluster {
  readonly name: string;
  /** Of the API paths in its namespace. */
  readonly base: string;
  readonly members: number;
}

/** Patches the cluster's spec. @returns seconds until nothing is left to do */
async function changeSeconds(client: Client, { base }: OneCluster, spec: object): Promise<number> {
  const begun = performance.now();
  await client.send('PATCH', `${base}/kubedirectorclusters/one-0`, { spec });
  return ((await until(client, `${base}/kubedirectorclusters`, all(1, isSettled))) - begun) / 1000;
}

/** What a change costs that restarts members one by one, and one that resizes them in place. */
async function measureChanges(client: Client, one: OneCluster): Promise<Figure[]> {
  const { name, members } = one;
  const role = { id: 'member', members, resources };
  const env = [{ name: 'BENCH', value: '1' }];
  const roll = await changeSeconds(client, one, { roles: [{ ...role, env }] });
  const limits = { ...resources.limits, cpu: '1' };
  const resized = { ...role, env, resources: { ...resources, limits } };
  const resize = await changeSeconds(client, one, { roles: [resized] });
  return [
    { name: `${name} roll`, value: roll, unit: 's', detail: `another variable for ${members} members, one by one` },
    { name: `${name} resize`, value: resize, unit: 's', detail: `another cpu limit for ${members} members` },
  ];
}

async function measureStop(client: Client, one: OneCluster & { readonly pods: string }): Promise<Figure[]> {
  const { name, base, members, pods } = one;
  const begun = performance.now();
  await client.send('PATCH', `${base}/kubedirectorclusters/one-0`, { spec: { suspend: true } });
  const stop = ((await until(client, pods, ({ items }) => items.length === 0)) - begun) / 1000;
  const start = await changeSeconds(client, one, { suspend: false });
  return [
    { name: `${name} stop`, value: stop, unit: 's', detail: `${members} members: until no pod is left` },
    { name: `${name} start`, value: start, unit: 's', detail: `${members} members: until all are configured again` },
  ];
}

const workloads: readonly Workload[] = [
  { name: 'large', clusters: 1, members: 10, configPackage: null },
  { name: 'many', clusters: 30, members: 1, configPackage: null },
  { name: 'setup', clusters: 1, members: 10, configPackage: oneSecond, sizes: [12, 8] },
  { name: 'change', clusters: 1, members: 10, configPackage: oneSecond, changes: true },
  { name: 'fifty', clusters: 1, members: 50, configPackage: oneSecond, stops: true },
  { name: 'hundred', clusters: 100, members: 1, configPackage: oneSecond, rest: true },
];

/** @param only the names of the workloads to run; all if absent */
export async function measureWorkloads(credentials: Credentials, only?: readonly string[]): Promise<Figure[]> {
  const client = createClient(credentials, 40);
  try {
    const figures: Figure[] = [];
    for (const workload of workloads) {
      if (only?.includes(workload.name) === false) continue;
      figures.push(...(await measure(client, workload)));
      process.stderr.write(formatTable(figures.slice(-6)));
      await sleep(5_000);
    }
    return figures;
  } finally {
    client.close();
  }
}
