/**
 * What connections to members cost: the same server in a pod, through our proxy of endpoints and through kube-apiserver's own
 * proxy of Services, in turn. It needs an installed server, on a cluster with the guest image that has Node.js.
 */
import { createClient, type Client, type Credentials } from '../client.ts';
import { formatValue, percentile, sorted, type Figure } from '../figure.ts';
import { openRawUser } from '../raw-clients.ts';
import { all, apiVersion, group, image, isSettled, until } from './workloads.ts';

const namespace = 'kubedirector-bench-connections';
const rounds = 5;
const roundMs = 3_000;
const largeBytes = 8 * 1024 * 1024;

const app = {
  apiVersion,
  kind: 'KubeDirectorApp',
  metadata: { name: 'pages' },
  spec: {
    label: { name: 'Pages' },
    distroID: 'bench/pages',
    version: '1',
    configSchemaVersion: 7,
    defaultImageRepoTag: `${image}-node`,
    defaultConfigPackage: { packageURL: 'file:///packages/pages.tgz' },
    services: [
      { id: 'page', label: { name: 'page' }, endpoint: { port: 8080, urlScheme: 'http', hasAuthToken: true } },
    ],
    roles: [{ id: 'head', cardinality: '1' }],
    config: { selectedRoles: ['head'], roleServices: [{ roleID: 'head', serviceIDs: ['page'] }] },
  },
};
const resources = { limits: { cpu: '2', memory: '256Mi' }, requests: { cpu: '5m', memory: '64Mi' } };
const cluster = {
  apiVersion,
  kind: 'KubeDirectorCluster',
  metadata: { name: 'pages' },
  spec: { app: 'pages', serviceType: 'ClusterIP', roles: [{ id: 'head', members: 1, resources }] },
};

/** One of the two ways to the member. */
type Way = 'endpoint' | 'service';
type Paths = Readonly<Record<Way, string>>;

interface Endpoints {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly member: string };
  }[];
}

/** Makes the member. @returns the paths of both proxies, without a slash at their end */
async function prepare(client: Client): Promise<Paths> {
  await client.send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const core = `/api/v1/namespaces/${namespace}`;
  await until(client, `${core}/serviceaccounts`, ({ items }) => items.length > 0);
  const base = `${group}/namespaces/${namespace}`;
  await client.send('POST', `${base}/kubedirectorapps`, app);
  await client.send('POST', `${base}/kubedirectorclusters`, cluster);
  await until(client, `${base}/kubedirectorclusters`, all(1, isSettled));
  const endpoints = JSON.parse((await client.send('GET', `${base}/kubedirectorendpoints`)).text()) as Endpoints;
  const [endpoint] = endpoints.items;
  const { items } = JSON.parse((await client.send('GET', `${base}/kubedirectorclusters`)).text()) as {
    items: [{ status: { roles: [{ members: [{ service: string }] }] } }];
  };
  const [{ service }] = items[0].status.roles[0].members;
  return {
    endpoint: `${base}/kubedirectorendpoints/${endpoint?.metadata.name ?? ''}/proxy`,
    service: `${core}/services/http:${service}:8080/proxy`,
  };
}

interface Result {
  readonly perSecond: number;
  readonly medianMs: number;
}

/** Sends the same request over all connections for some time, on each as soon as it is answered. @throws Error for an answer that is not 200 */
async function load(credentials: Credentials, path: string, connections: number): Promise<Result> {
  const latencies: number[] = [];
  const begun = performance.now();
  let left = connections;
  let over: (error?: Error) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => (over = (error) => (error ? reject(error) : resolve())));
  const user = await openRawUser({
    credentials,
    connections,
    answered(status, milliseconds) {
      if (status !== 200) over(new Error(`GET ${path}: ${status}`));
      latencies.push(milliseconds);
      if (performance.now() - begun > roundMs) {
        if (--left === 0) over();
      } else queueMicrotask(() => void user.send(path));
    },
  });
  try {
    const from = performance.now();
    for (let index = 0; index < connections; index++) user.send(path);
    await done;
    const seconds = (performance.now() - from) / 1000;
    return { perSecond: latencies.length / seconds, medianMs: percentile(sorted(latencies), 0.5) };
  } finally {
    user.close();
  }
}

const ways: readonly Way[] = ['service', 'endpoint'];
const median = (numbers: readonly number[]): number => percentile(sorted(numbers), 0.5);

/** Both ways in turn, after a round that does not count. @returns the median of the rounds for each */
async function compare(credentials: Credentials, paths: Paths, page: string, connections: number) {
  const results: Record<Way, Result[]> = { service: [], endpoint: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const way of ways) {
      const result = await load(credentials, `${paths[way]}${page}`, connections);
      if (round > 0) results[way].push(result);
    }
  }
  const of = (way: Way): Result => ({
    perSecond: median(results[way].map(({ perSecond }) => perSecond)),
    medianMs: median(results[way].map(({ medianMs }) => medianMs)),
  });
  return { endpoint: of('endpoint'), service: of('service') };
}

/** @param credentials of an administrator with a client certificate */
export async function measureConnections(credentials: Credentials): Promise<Figure[]> {
  const client = createClient(credentials, 2);
  try {
    const paths = await prepare(client);
    await client.send('PUT', `${paths.endpoint}/kept`, { text: 'x'.repeat(largeBytes - '{"text":""}'.length) });
    const figures: Figure[] = [];
    const rates = async (name: string, page: string, connections: number, bytes?: number): Promise<void> => {
      const { endpoint, service } = await compare(credentials, paths, page, connections);
      const scale = bytes === undefined ? 1 : bytes / 1e6;
      const unit = bytes === undefined ? '1/s' : 'MB/s';
      const ofService = formatValue(service.perSecond * scale);
      const ratio = formatValue(endpoint.perSecond / service.perSecond);
      const detail = `over ${connections} connections; proxy of the Service: ${ofService} ${unit}, ratio ${ratio}`;
      figures.push({ name, value: endpoint.perSecond * scale, unit, detail });
    };
    await rates('small answers', '/', 16);
    await rates('large answers', '/kept', 2, largeBytes);
    const { endpoint, service } = await compare(credentials, paths, '/', 1);
    figures.push({
      name: 'added latency',
      value: endpoint.medianMs - service.medianMs,
      unit: 'ms',
      detail: `median over 1 connection: ${formatValue(endpoint.medianMs)} ms, through the Service ${formatValue(service.medianMs)} ms`,
    });
    return figures;
  } finally {
    await client.send('DELETE', `/api/v1/namespaces/${namespace}`).catch(() => undefined);
    client.close();
  }
}
