/**
 * Where members' Services answer from outside the cluster. It is part of status, so that the endpoints of a cluster follow
 * from stored objects alone and are the same on every replica of the server.
 */
import type { ExternalAccess } from '../../../apis/kubedirector/types.ts';
import type { Service } from '../../../apis/kubernetes/types.ts';
import { allMembers, type Draft } from '../draft.ts';

/** Writes into the status where each member is reached now. */
export function tellExternalAccess(draft: Draft): void {
  const { services, nodeAddresses } = draft.observed;
  for (const { member } of allMembers(draft)) {
    const service = services.get(member.service);
    // Not known yet: what was known before stays.
    if (nodeAddresses === undefined && service?.spec?.type === 'NodePort') continue;
    const access = externalAccess(service, nodeAddresses ?? []);
    if (access === undefined) delete member.external;
    else member.external = access;
  }
}

/**
 * @param nodeAddresses where node ports answer
 * @returns undefined if nothing outside reaches the Service
 */
export function externalAccess(
  service: Service | undefined,
  nodeAddresses: readonly string[],
): ExternalAccess | undefined {
  switch (service?.spec?.type) {
    case 'LoadBalancer': {
      const ingress = service.status?.loadBalancer?.ingress ?? [];
      const addresses = ingress.flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
      return addresses.length === 0 ? undefined : { addresses };
    }
    case 'NodePort': {
      const nodePorts = new Map<number, number>();
      for (const { port, nodePort } of service.spec.ports ?? []) {
        if (nodePort !== undefined && !nodePorts.has(port)) nodePorts.set(port, nodePort);
      }
      if (nodePorts.size === 0 || nodeAddresses.length === 0) return undefined;
      return {
        addresses: [...nodeAddresses],
        nodePorts: [...nodePorts].map(([port, nodePort]) => ({ port, nodePort })),
      };
    }
    default:
      return undefined;
  }
}
