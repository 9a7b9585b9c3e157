/** What get, tree and doctor ask for and print. */
import type { CoreEvent, Pod } from '../../apis/kubernetes/types.ts';
import type { KubeDirectorApp, KubeDirectorCluster, KubeDirectorEndpoint } from '../../apis/kubedirector/types.ts';
import { isReason } from '../../meta/status.ts';
import { systemClock } from '../../runtime/clock.ts';
import { clusterView } from '../../view/cluster-view.ts';
import { diagnose } from '../../view/diagnose.ts';
import { connect, type ConnectionFlags } from './api-client.ts';
import type { Printed } from './frame.ts';
import { data, isData, nameLine, type OutputFlags } from './output.ts';
import { findingsText, listText, treeText } from './render.ts';

type Flags = ConnectionFlags & OutputFlags;
type Client = ReturnType<typeof connect>;

/** Flags of get. */
export interface GetFlags extends ConnectionFlags, OutputFlags {
  readonly allNamespaces: boolean;
  readonly selector?: string;
}

const root = '/apis/kubedirector.hpe.com/v1beta1';

/**
 * Clusters: those that are named, or all. @throws StatusError as the server answered; Error where it can't be asked, and
 * for names in all namespaces
 */
export function get(names: readonly string[], flags: GetFlags): Promise<Printed> {
  const { allNamespaces, selector, output } = flags;
  if (names.length > 0 && (allNamespaces || selector !== undefined))
    throw new Error(
      'clusters have a name in one namespace: leave out either the names or --all-namespaces and --selector',
    );
  return connected(flags, async (client) => {
    const path = clustersPath(allNamespaces ? undefined : client.namespace);
    const clusters =
      names.length === 0
        ? await client.list<KubeDirectorCluster>(path, selector === undefined ? {} : { labelSelector: selector })
        : await Promise.all(names.map((name) => client.get<KubeDirectorCluster>(clusterPath(client.namespace, name))));
    const views = clusters.map((cluster) => clusterView({ cluster }, systemClock.now()));
    if (isData(output)) return { text: data(views, output) };
    if (output === 'name') return { text: views.map(({ name }) => nameLine('kubedirectorcluster', name)).join('') };
    return { text: listText(views, { withNamespace: allNamespaces, isWide: output === 'wide' }) };
  });
}

/** One cluster with all that belongs to it. @throws as get */
export function tree(name: string, flags: Flags): Promise<Printed> {
  return connected(flags, async (client) => {
    const path = `${root}${below(client.namespace)}`;
    const cluster = await client.get<KubeDirectorCluster>(`${path}/kubedirectorclusters/${encodeURIComponent(name)}`);
    const [endpoints, app] = await Promise.all([
      allowed(client.list<KubeDirectorEndpoint>(`${path}/kubedirectorendpoints`, ofCluster(name))),
      cluster.spec.appCatalog === 'local'
        ? allowed(client.get<KubeDirectorApp>(`${path}/kubedirectorapps/${encodeURIComponent(cluster.spec.app)}`))
        : undefined,
    ]);
    const objects = { cluster, ...(app && { app }), ...(endpoints && { endpoints }) };
    const view = clusterView(objects, systemClock.now());
    return { text: isData(flags.output) ? data(view, flags.output) : treeText(view) };
  });
}

/** What is wrong with a cluster. @throws as get */
export function doctor(name: string, flags: Flags): Promise<Printed> {
  return connected(flags, async (client) => {
    const { namespace } = client;
    const path = `${root}${below(namespace)}/kubedirectorclusters/${encodeURIComponent(name)}`;
    const cluster = await client.get<KubeDirectorCluster>(path);
    const about = `involvedObject.kind=KubeDirectorCluster,involvedObject.name=${name}`;
    const [pods, events] = await Promise.all([
      allowed(client.list<Pod>(`/api/v1${below(namespace)}/pods`, ofCluster(name))),
      allowed(client.list<CoreEvent>(`/api/v1${below(namespace)}/events`, { fieldSelector: about })),
    ]);
    const findings = diagnose({ cluster, ...(pods && { pods }), ...(events && { events }) });
    const unread = [...(pods ? [] : ['pods']), ...(events ? [] : ['events'])];
    return {
      text: isData(flags.output) ? data({ findings, unread }, flags.output) : findingsText(findings, unread),
      isWell: findings.every(({ level }) => level !== 'error'),
    };
  });
}

const below = (namespace: string): string => `/namespaces/${encodeURIComponent(namespace)}`;
/** The path of our objects of a namespace. */
export const namespacePath = (namespace: string): string => `${root}${below(namespace)}`;
/** The path of all clusters of a namespace, or of all. */
export const clustersPath = (namespace: string | undefined): string =>
  `${namespace === undefined ? root : namespacePath(namespace)}/kubedirectorclusters`;
/** The path of a cluster. */
export const clusterPath = (namespace: string, name: string): string =>
  `${namespacePath(namespace)}/kubedirectorclusters/${encodeURIComponent(name)}`;
/** The query for what belongs to a cluster. */
export const ofCluster = (name: string): Readonly<Record<string, string>> => ({
  labelSelector: `kubedirector.hpe.com/kdcluster=${name}`,
});

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
