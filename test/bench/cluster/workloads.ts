/** How long real pods take to become members: for a server that is installed, on a cluster with the guest image. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client, type Credentials } from '../client.ts';
import type { Figure } from '../figure.ts';

const group = '/apis/kubedirector.hpe.com/v1beta1';
const apiVersion = 'kubedirector.hpe.com/v1beta1';
const image = process.env['E2E_GUEST_IMAGE'] ?? 'kd.lab/guest:1';
const timeoutMs = 180_000;

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

/** Its configure takes a second. */
const oneSecond = { packageURL: 'file:///packages/one-second.tgz' };

const cluster = (name: string, members: number) => ({
  apiVersion,
  kind: 'KubeDirectorCluster',
  metadata: { name },
  spec: {
    app: 'bench',
    serviceType: 'ClusterIP',
    roles: [{ id: 'member', members, resources: { limits: { cpu: '50m', memory: '32Mi' } } }],
  },
});

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status?: { readonly state?: string; readonly phase?: string };
  }[];
}

/** Resolves once the list satisfies. @throws Error where it takes too long */
async function until(client: Client, path: string, satisfied: (list: Listed) => boolean): Promise<number> {
  const begun = performance.now();
  while (performance.now() - begun < timeoutMs) {
    if (satisfied(JSON.parse((await client.send('GET', path)).text()) as Listed)) return performance.now();
    await sleep(50);
  }
  throw new Error(`${path} did not come to what was waited for within ${timeoutMs / 1000} s`);
}

interface Workload {
  readonly name: string;
  readonly clusters: number;
  readonly members: number;
  readonly configPackage: object | null;
}

async function measure(client: Client, { name, clusters, members, configPackage }: Workload): Promise<Figure[]> {
  const namespace = `kubedirector-bench-${name}`;
  const kind = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await client.send('POST', '/api/v1/namespaces', kind);
  const serviceAccounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await until(client, serviceAccounts, ({ items }) => items.some(({ metadata }) => metadata.name === 'default'));
  const base = `${group}/namespaces/${namespace}`;
  try {
    await client.send('POST', `${base}/kubedirectorapps`, app(configPackage));
    const begun = performance.now();
    const posts = Array.from({ length: clusters }, (_, index) =>
      client.send('POST', `${base}/kubedirectorclusters`, cluster(`one-${index}`, members)),
    );
    await Promise.all(posts);
    const total = clusters * members;
    const are = (count: number, what: 'phase' | 'state', value: string) => (list: Listed) =>
      list.items.filter(({ status }) => status?.[what] === value).length === count;
    const [running, configured] = await Promise.all([
      until(client, `/api/v1/namespaces/${namespace}/pods`, are(total, 'phase', 'Running')),
      until(client, `${base}/kubedirectorclusters`, are(clusters, 'state', 'configured')),
    ]);
    const what = configPackage === null ? 'without package' : 'with a package that takes 1 s';
    const detail = `${clusters} × ${members} members ${what}`;
    return [
      { name: `${name} running`, value: (running - begun) / 1000, unit: 's', detail: `${detail}: all pods Running` },
      {
        name: `${name} configured`,
        value: (configured - begun) / 1000,
        unit: 's',
        detail: `${detail}: all configured`,
      },
    ];
  } finally {
    await client.send('DELETE', `/api/v1/namespaces/${namespace}`);
  }
}

const workloads: readonly Workload[] = [
  { name: 'large', clusters: 1, members: 10, configPackage: null },
  { name: 'many', clusters: 30, members: 1, configPackage: null },
  { name: 'setup', clusters: 1, members: 10, configPackage: oneSecond },
];

export async function measureWorkloads(credentials: Credentials): Promise<Figure[]> {
  const client = createClient(credentials, 40);
  try {
    const figures: Figure[] = [];
    for (const workload of workloads) {
      figures.push(...(await measure(client, workload)));
      // The pods of one are gone before those of the next come.
      await sleep(15_000);
    }
    return figures;
  } finally {
    client.close();
  }
}
