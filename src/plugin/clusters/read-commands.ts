/** What get, tree and doctor ask for and print. */
import type { CoreEvent, Pod } from '../../apis/kubernetes/types.ts';
import type { KubeDirectorApp, KubeDirectorCluster, KubeDirectorEndpoint } from '../../apis/kubedirector/types.ts';
import type { KubeList } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import { systemClock } from '../../runtime/clock.ts';
import { clusterView } from '../../view/cluster-view.ts';
import { diagnose } from '../../view/diagnose.ts';
import { connect, type ConnectionFlags } from './api-client.ts';
import type { Printed } from './frame.ts';
import { findingsText, listText, treeText } from './render.ts';

/** How a command prints. */
export interface OutputFlags {
  readonly output: 'text' | 'json';
}

type Flags = ConnectionFlags & OutputFlags;
type Client = ReturnType<typeof connect>;

const root = '/apis/kubedirector.hpe.com/v1beta1';

/** A list of clusters. @throws StatusError as the server answered; Error where it can't be asked */
export function get(flags: Flags & { readonly allNamespaces: boolean }): Promise<Printed> {
  return connected(flags, async (client) => {
    const path = `${root}${flags.allNamespaces ? '' : below(client.namespace)}/kubedirectorclusters`;
    const { items } = await client.get<KubeList<KubeDirectorCluster>>(path);
    const views = items.map((cluster) => clusterView({ cluster }, systemClock.now()));
    return { text: flags.output === 'json' ? json(views) : listText(views, flags.allNamespaces) };
  });
}

/** One cluster with all that belongs to it. @throws as get */
export function tree(name: string, flags: Flags): Promise<Printed> {
  return connected(flags, async (client) => {
    const path = `${root}${below(client.namespace)}`;
    const cluster = await client.get<KubeDirectorCluster>(`${path}/kubedirectorclusters/${encodeURIComponent(name)}`);
    const selector = encodeURIComponent(`kubedirector.hpe.com/kdcluster=${name}`);
    const [endpoints, app] = await Promise.all([
      allowed(client.get<KubeList<KubeDirectorEndpoint>>(`${path}/kubedirectorendpoints?labelSelector=${selector}`)),
      cluster.spec.appCatalog === 'local'
        ? allowed(client.get<KubeDirectorApp>(`${path}/kubedirectorapps/${encodeURIComponent(cluster.spec.app)}`))
        : undefined,
    ]);
    const objects = { cluster, ...(app && { app }), ...(endpoints && { endpoints: endpoints.items }) };
    const view = clusterView(objects, systemClock.now());
    return { text: flags.output === 'json' ? json(view) : treeText(view) };
  });
}

/** What is wrong with a cluster. @throws as get */
export function doctor(name: string, flags: Flags): Promise<Printed> {
  return connected(flags, async (client) => {
    const { namespace } = client;
    const path = `${root}${below(namespace)}/kubedirectorclusters/${encodeURIComponent(name)}`;
    const cluster = await client.get<KubeDirectorCluster>(path);
    const selector = encodeURIComponent(`kubedirector.hpe.com/kdcluster=${name}`);
    const about = encodeURIComponent(`involvedObject.kind=KubeDirectorCluster,involvedObject.name=${name}`);
    const [pods, events] = await Promise.all([
      allowed(client.get<KubeList<Pod>>(`/api/v1${below(namespace)}/pods?labelSelector=${selector}`)),
      allowed(client.get<KubeList<CoreEvent>>(`/api/v1${below(namespace)}/events?fieldSelector=${about}`)),
    ]);
    const findings = diagnose({
      cluster,
      ...(pods && { pods: pods.items }),
      ...(events && { events: events.items }),
    });
    const unread = [...(pods ? [] : ['pods']), ...(events ? [] : ['events'])];
    return {
      text: flags.output === 'json' ? json({ findings, unread }) : findingsText(findings, unread),
      isWell: findings.every(({ level }) => level !== 'error'),
    };
  });
}

const below = (namespace: string): string => `/namespaces/${encodeURIComponent(namespace)}`;
/** The path of our objects of a namespace. */
export const namespacePath = (namespace: string): string => `${root}${below(namespace)}`;
/** The path of a cluster. */
export const clusterPath = (namespace: string, name: string): string =>
  `${namespacePath(namespace)}/kubedirectorclusters/${encodeURIComponent(name)}`;
/** What programs read. */
export const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

async function connected(flags: Flags, work: (client: Client) => Promise<Printed>): Promise<Printed> {
  const client = connect(flags, systemClock);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** Undefined for what the user may not read, or what is not there: the rest is shown. */
async function allowed<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isReason(error, 'Forbidden') || isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
