/** The headless Service of a cluster and the Service of each member. */
import { servicePortName } from '../../../apis/kubedirector/service-validation.ts';
import type { Service } from '../../../apis/kubernetes/types.ts';
import { headlessLabel, podNameLabel } from '../../../apis/kubedirector/well-known.ts';
import { prettyNameAnnotation } from '../names.ts';
import type { ResolvedRole } from '../roles.ts';
import { clusterLabels, ownedBy, serviceAnnotations, serviceLabels, type ObjectContext } from './metadata.ts';

/** Nobody listens there; a Service must have a port. */
const unusedPort = 8888;

/** The Service under whose name members have their DNS records. */
export function headlessService(context: ObjectContext): Service {
  const { cluster, config, clusterService, prettyName } = context;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: clusterService,
      namespace: cluster.metadata.namespace ?? '',
      labels: { ...config.serviceLabels, ...clusterLabels(cluster) },
      annotations: { ...config.serviceAnnotations, [prettyNameAnnotation]: prettyName },
      ownerReferences: [ownedBy(cluster)],
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { [headlessLabel]: cluster.metadata.name },
      ports: [{ name: 'port', port: unusedPort, protocol: 'TCP', targetPort: unusedPort }],
    },
  };
}

interface MemberServiceInput {
  readonly name: string;
  readonly pod: string;
  readonly authToken: string | undefined;
  /** At least one. */
  readonly ports: readonly MemberPort[];
}

/** A port of a member's Service, which is the same as that of the member. */
export interface MemberPort {
  readonly name: string;
  readonly port: number;
}

/** The port of a service that listens somewhere. */
export const portOfService = ({ service, port }: ResolvedRole['ports'][number]): MemberPort => {
  return { name: servicePortName(service.id, service.endpoint?.urlScheme), port };
};

/** For members that have ports. */
export function memberService(context: ObjectContext, role: ResolvedRole, member: MemberServiceInput): Service {
  const { cluster, config } = context;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: member.name,
      namespace: cluster.metadata.namespace ?? '',
      labels: serviceLabels(context, role),
      annotations: serviceAnnotations(context, role, member.authToken),
      ownerReferences: [ownedBy(cluster)],
    },
    spec: {
      type: cluster.spec.serviceType ?? config.defaultServiceType ?? 'LoadBalancer',
      publishNotReadyAddresses: true,
      selector: { [podNameLabel]: member.pod },
      ports: member.ports.map(({ name, port }) => ({ name, port, protocol: 'TCP', targetPort: port })),
    },
  };
}
