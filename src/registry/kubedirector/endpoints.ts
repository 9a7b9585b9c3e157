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
  /** From where outside a member's Service can be reached, by its name, in the cluster's namespace; absent: nowhere. */
  readonly reach: (service: string) => ServiceReach | undefined;
  /** Where node ports answer. */
  readonly nodeAddresses: readonly string[];
  /** What follows the namespace in the DNS names of Services: ".svc.cluster.local". */
  readonly domainBase: string;
}

/** What of a Service says where it answers from outside. Small: it is remembered for every member. */
export interface ServiceReach {
  /** Of its load balancer: every port of the Service answers there. */
  readonly addresses?: readonly string[];
  /** Port of the Service → port of every node. */
  readonly nodePorts?: ReadonlyMap<number, number>;
}

/** Undefined where nothing outside reaches it. */
export function reachOf(service: Service | undefined): ServiceReach | undefined {
  switch (service?.spec?.type) {
    case 'LoadBalancer': {
      const ingress = service.status?.loadBalancer?.ingress ?? [];
      const addresses = ingress.flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
      return addresses.length === 0 ? undefined : { addresses };
    }
    case 'NodePort': {
      const ports = (service.spec.ports ?? []).flatMap(({ port, nodePort }) =>
        nodePort === undefined ? [] : [[port, nodePort] as const],
      );
      return ports.length === 0 ? undefined : { nodePorts: new Map(ports.reverse()) };
    }
    default:
      return undefined;
  }
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
  const reach = surroundings.reach(member.service);
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
    externalURLs: externalAddresses(reach, port, surroundings.nodeAddresses).map(([address, at]) => url(address, at)),
    ready: member.state === 'configured' && member.stateDetail.lastKnownContainerState === 'running',
  };
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** Addresses and ports from outside of what listens at this port. */
function externalAddresses(
  reach: ServiceReach | undefined,
  port: number,
  nodeAddresses: readonly string[],
): (readonly [string, number])[] {
  if (reach?.addresses !== undefined) return reach.addresses.map((address) => [address, port]);
  const nodePort = reach?.nodePorts?.get(port);
  if (nodePort === undefined) return [];
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
