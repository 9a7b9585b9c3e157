/** Where the services of a cluster's members can be reached. */
import type { Node, Service } from '../../apis/kubernetes/types.ts';
import { servicesOfRole } from '../../apis/kubedirector/app-lookups.ts';
import type {
  AppService,
  ClusterEndpoint,
  KubeDirectorApp,
  KubeDirectorCluster,
  MemberStatus,
  ServiceEndpoint,
} from '../../apis/kubedirector/types.ts';

/** What is known of the native objects behind a cluster's members. */
export interface Surroundings {
  /** A member's Service, by its name, in the cluster's namespace. */
  readonly service: (name: string) => Service | undefined;
  /** Where node ports answer. */
  readonly nodeAddresses: readonly string[];
  /** What follows the namespace in the DNS names of Services: ".svc.cluster.local". */
  readonly domainBase: string;
}

/** Every node answers for a node port; more addresses than these help nobody. */
const maxNodeAddresses = 3;

/** In the order of the cluster's roles, members, and the app's services; without auth tokens. */
export function clusterEndpoints(
  cluster: KubeDirectorCluster,
  app: KubeDirectorApp | undefined,
  surroundings: Surroundings,
): ClusterEndpoint[] {
  if (app === undefined) return [];
  return (cluster.status?.roles ?? []).flatMap((role) => {
    const services = servicesOfRole(app, role.id);
    return role.members.flatMap((member) =>
      services.flatMap(({ endpoint, ...service }) =>
        endpoint === undefined ? [] : endpointOf(cluster, role.id, member, service, endpoint, surroundings),
      ),
    );
  });
}

function endpointOf(
  cluster: KubeDirectorCluster,
  role: string,
  member: MemberStatus,
  service: AppService,
  endpoint: ServiceEndpoint,
  surroundings: Surroundings,
): ClusterEndpoint {
  const { port, urlScheme, path } = endpoint;
  const host = `${member.service}.${cluster.metadata.namespace ?? ''}${surroundings.domainBase}`;
  const url = (address: string, at: number): string =>
    `${urlScheme === undefined ? '' : `${urlScheme}://`}${bracketed(address)}:${at}${urlScheme === undefined ? '' : (path ?? '')}`;
  const native = surroundings.service(member.service);
  return {
    service: service.id,
    ...(service.label === undefined ? {} : { name: service.label.name }),
    role,
    member: member.pod,
    ...(urlScheme === undefined ? {} : { scheme: urlScheme }),
    port,
    ...(path === undefined ? {} : { path }),
    isDashboard: endpoint.isDashboard ?? false,
    url: url(host, port),
    externalURLs: externalAddresses(native, port, surroundings.nodeAddresses).map(([address, at]) => url(address, at)),
    ready: member.state === 'configured' && member.stateDetail.lastKnownContainerState === 'running',
  };
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** Addresses and ports from outside of what listens at this port. */
function externalAddresses(
  service: Service | undefined,
  port: number,
  nodeAddresses: readonly string[],
): [string, number][] {
  if (service?.spec?.type === 'LoadBalancer') {
    const ingress = service.status?.loadBalancer?.ingress ?? [];
    return ingress.flatMap(({ ip, hostname }) => {
      const address = ip ?? hostname;
      return address === undefined ? [] : [[address, port] as [string, number]];
    });
  }
  const nodePort = service?.spec?.ports?.find((one) => one.port === port)?.nodePort;
  if (service?.spec?.type !== 'NodePort' || nodePort === undefined) return [];
  return nodeAddresses.slice(0, maxNodeAddresses).map((address) => [address, nodePort]);
}

/** One address of each node that is in service: its external one, else its internal one; in the order of their names. */
export function nodeAddresses(nodes: readonly Node[]): string[] {
  return [...nodes]
    .sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
    .flatMap(({ status }) => {
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.status !== 'True') return [];
      const of = (type: string): string | undefined => status?.addresses?.find((one) => one.type === type)?.address;
      return of('ExternalIP') ?? of('InternalIP') ?? [];
    });
}
