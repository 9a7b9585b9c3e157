/** Where the services of a cluster's members can be reached. */
import { appOfMember, servicesOfRole } from '../../apis/kubedirector/app-lookups.ts';
import type {
  AppService,
  ClusterEndpoint,
  ExternalAccess,
  KubeDirectorApp,
  KubeDirectorCluster,
  MemberStatus,
  ServiceEndpoint,
} from '../../apis/kubedirector/types.ts';

/** The apps whose services the members of a cluster offer. */
export interface AppsOfCluster {
  /** That of the spec. */
  readonly app: KubeDirectorApp | undefined;
  /** The one that members run which have not moved yet, or not gone back; absent where there is none. */
  readonly other?: KubeDirectorApp | undefined;
}

/**
 * In the order of the cluster's roles, members, and the services of the app that a member runs; without auth tokens.
 * @param domainBase what follows the namespace in the DNS names of Services: ".svc.cluster.local"
 */
export function clusterEndpoints(
  cluster: KubeDirectorCluster,
  { app, other }: AppsOfCluster,
  domainBase: string,
): ClusterEndpoint[] {
  if (app === undefined) return [];
  return (cluster.status?.roles ?? []).flatMap((role) => {
    const services = servicesOfRole(app, role.id);
    const others = other === undefined ? services : servicesOfRole(other, role.id);
    return role.members.flatMap((member) => {
      const isOther = other !== undefined && appOfMember(cluster, member) === other.metadata.name;
      return (isOther ? others : services).flatMap(({ endpoint, ...service }) =>
        endpoint === undefined ? [] : endpointOf(cluster, role.id, member, service, endpoint, domainBase),
      );
    });
  });
}

function endpointOf(
  cluster: KubeDirectorCluster,
  role: string,
  member: MemberStatus,
  service: AppService,
  endpoint: ServiceEndpoint,
  domainBase: string,
): ClusterEndpoint {
  const { port, urlScheme, path } = endpoint;
  const host = `${member.service}.${cluster.metadata.namespace ?? ''}${domainBase}`;
  const url = (address: string, at: number): string =>
    `${urlScheme === undefined ? '' : `${urlScheme}://`}${bracketed(address)}:${at}${urlScheme === undefined ? '' : (path ?? '')}`;
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
    externalURLs: externalAddresses(member.external, port).map(([address, at]) => url(address, at)),
    ready: member.ready ?? (member.state === 'configured' && member.stateDetail.lastKnownContainerState === 'running'),
  };
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** Addresses and ports from outside of what listens at this port. */
function externalAddresses(external: ExternalAccess | undefined, port: number): (readonly [string, number])[] {
  if (external === undefined) return [];
  const { addresses, nodePorts } = external;
  const reached = nodePorts === undefined ? port : nodePorts.find((one) => one.port === port)?.nodePort;
  return reached === undefined ? [] : addresses.map((address) => [address, reached]);
}
