/** kubedirectorendpoints, with proxy: which server a request to an endpoint is passed on to. */
import type { Stored } from '../../meta/object.ts';
import { badRequest, notFound, serviceUnavailable } from '../../meta/status.ts';
import type { Pod } from '../../apis/kubernetes/types.ts';
import {
  group,
  type KubeDirectorApp,
  type KubeDirectorCluster,
  type KubeDirectorEndpoint,
} from '../../apis/kubedirector/types.ts';
import type { ProxySubresource, ProxyTarget } from '../../apiserver/proxy-subresource.ts';
import type { ResourceDefinition } from '../../apiserver/resource.ts';
import type { ResourceCache } from '../../apiserver/watchcache/contract.ts';
import {
  PodUnreachableError,
  type AccessReviewer,
  type NativeClients,
  type PodConnector,
} from '../../clients/contract.ts';
import type { BaseDefinition } from './definition.ts';
import { ownPod, type MemberOf } from './member-pod.ts';
import { mayReadTokens } from './redactions.ts';

interface EndpointProxyDependencies {
  readonly endpoints: ResourceCache<KubeDirectorEndpoint>;
  readonly clusters: ResourceCache<KubeDirectorCluster>;
  readonly appOf: (cluster: KubeDirectorCluster) => KubeDirectorApp | undefined;
  readonly native: () => Pick<NativeClients, 'pods' | 'statefulSets'>;
  readonly pods: () => PodConnector;
  /** Who may read auth tokens; absent: nobody may. */
  readonly access?: AccessReviewer;
}

/** KubeDirectorEndpoints. @param dependencies without pods there is no proxy */
export function endpointsDefinition(
  base: BaseDefinition<KubeDirectorEndpoint>,
  {
    pods,
    ...dependencies
  }: Omit<EndpointProxyDependencies, 'pods'> & {
    readonly pods: EndpointProxyDependencies['pods'] | undefined;
  },
): ResourceDefinition<KubeDirectorEndpoint> {
  const subresources = pods === undefined ? {} : { proxy: endpointProxy({ ...dependencies, pods }) };
  return { ...base, strategy: {}, subresources };
}

/**
 * Every part of the address is the controller's or the kubelet's: the endpoint follows from app and cluster, the pod is
 * found by its owners, and its address stands in its status. Users can choose none of them.
 */
export function endpointProxy(dependencies: EndpointProxyDependencies): ProxySubresource {
  const { endpoints, clusters, appOf, native, pods, access } = dependencies;
  const readsTokens = mayReadTokens(access);
  return {
    type: 'proxy',
    async connect(context, { namespace, name }): Promise<ProxyTarget> {
      const { spec, status } = endpoints.get(namespace, name)?.object ?? {};
      const cluster = spec && clusters.get(namespace, spec.cluster)?.object;
      if (spec === undefined || cluster === undefined) throw missing(name);
      const role = cluster.status?.roles?.find(({ id }) => id === spec.role);
      const member = role?.members.find(({ pod }) => pod === spec.member);
      if (role === undefined || member === undefined) throw missing(name);
      const scheme = schemeOf(spec.scheme, name);
      const title = `member ${JSON.stringify(spec.member)}, port ${spec.port}`;
      const pod = readyPod(native(), { namespace, cluster, role, member });
      const service = appOf(cluster)?.spec.services?.find(({ id }) => id === spec.service);
      const token = service?.endpoint?.hasAuthToken === true ? member.authToken : undefined;
      const shown = token !== undefined && (await readsTokens(context, { namespace, name: spec.cluster }));
      return {
        title,
        scheme,
        server: `${pod.metadata.uid} ${scheme} ${spec.port}`,
        host: hostOf(status?.url, spec),
        home: homeOf(spec.path),
        ...(shown ? { authorization: `${service?.endpoint?.authTokenScheme ?? 'token'} ${token}` } : {}),
        open: (signal) =>
          pods()
            .connect(pod, spec.port, { tls: scheme === 'https', signal })
            .catch((cause: unknown) => {
              if (!(cause instanceof PodUnreachableError)) throw cause;
              throw serviceUnavailable(`nobody answers at ${title}: ${cause.message}`);
            }),
      };
    },
  };
}

const missing = (name: string) => notFound({ group, resource: 'kubedirectorendpoints' }, name);

function schemeOf(scheme: string | undefined, name: string): 'http' | 'https' {
  if (scheme === undefined || scheme === 'http') return 'http';
  if (scheme === 'https') return 'https';
  throw badRequest(`the endpoint ${JSON.stringify(name)} speaks ${JSON.stringify(scheme)}: only http and https pass`);
}

/** The name under which members know themselves, so that their redirects and checks of Host agree with it. */
function hostOf(url: string | undefined, { member, port }: { member: string; port: number }): string {
  return url !== undefined && URL.canParse(url) && url.includes('://') ? new URL(url).host : `${member}:${port}`;
}

/** The path is text of the app's author. */
function homeOf(path: string | undefined): string {
  const base = 'http://member';
  const from = `${base}/${(path ?? '').replace(/^\/+/, '')}`;
  const { pathname, search } = new URL(URL.canParse(from) ? from : base);
  return `${pathname}${search}`;
}

/** @throws StatusError 503 if the member is not configured, or has no pod that runs and is the cluster's */
function readyPod(native: Pick<NativeClients, 'pods' | 'statefulSets'>, of: MemberOf): Stored<Pod> {
  const { member } = of;
  const title = `member ${JSON.stringify(member.pod)}`;
  if (member.state !== 'configured') throw serviceUnavailable(`${title} is not configured: it is ${member.state}`);
  const pod = ownPod(native, of);
  if (pod === undefined) throw serviceUnavailable(`${title} has no pod`);
  if (pod.status?.phase !== 'Running') throw serviceUnavailable(`the pod of ${title} does not run`);
  return pod;
}
