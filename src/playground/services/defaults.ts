/**
 * The defaults that kube-apiserver sets in Services. Source: kubernetes/pkg/apis/core/v1/defaults.go,
 * pkg/registry/core/service
 */
import { omit } from '../omit.ts';
import type { Service, ServicePort } from '../../apis/kubernetes/types.ts';

type ServiceSpec = NonNullable<Service['spec']>;

/** Whether the Service is headless: it has no cluster IP, and DNS returns the addresses of its pods. */
export const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';

/** Whether the Service gets node ports: it is reachable through a port on every node. */
export const usesNodePorts = (spec: ServiceSpec): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

/** Whether the Service gets a cluster IP. */
export const usesClusterIP = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName' && !isHeadless(spec);

function defaultPort(port: ServicePort): ServicePort {
  const { targetPort } = port;
  const given = targetPort !== undefined && targetPort !== 0 && targetPort !== '';
  return { ...port, protocol: port.protocol || 'TCP', targetPort: given ? targetPort : port.port };
}

function affinity(spec: ServiceSpec): Pick<ServiceSpec, 'sessionAffinity' | 'sessionAffinityConfig'> {
  if (spec.sessionAffinity !== 'ClientIP') return { sessionAffinity: spec.sessionAffinity || 'None' };
  const timeoutSeconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800;
  return { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds } } };
}

/** Sets all defaults except addresses and node ports, which services/allocation.ts allocates. */
export function defaultServiceSpec(spec: ServiceSpec): ServiceSpec {
  const { externalTrafficPolicy, internalTrafficPolicy, ...rest } = omit(spec, 'sessionAffinityConfig');
  const type = spec.type || 'ClusterIP';
  const common: ServiceSpec = {
    ...rest,
    ...affinity(spec),
    type,
    ...(spec.ports ? { ports: spec.ports.map(defaultPort) } : {}),
  };
  if (type === 'ExternalName') return common;
  const external = type === 'NodePort' || type === 'LoadBalancer';
  return {
    ...common,
    ...(external ? { externalTrafficPolicy: externalTrafficPolicy || 'Cluster' } : {}),
    internalTrafficPolicy: internalTrafficPolicy || 'Cluster',
    ipFamilies: spec.ipFamilies ?? ['IPv4'],
    ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack',
    ...(type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: spec.allocateLoadBalancerNodePorts ?? true } : {}),
  };
}

const samePort = (a: ServicePort, b: ServicePort): boolean =>
  a.port === b.port && (a.protocol || 'TCP') === (b.protocol || 'TCP');

/**
 * An update that leaves out allocated values keeps them, so that `kubectl replace` with the first manifest works.
 * Values that the new type does not use are removed. Source: kubernetes/pkg/registry/core/service/storage
 * patchAllocatedValues
 */
export function keepAllocated(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const ports = spec.ports?.map((port) => {
    const { nodePort, ...rest } = port;
    if (!usesNodePorts(spec)) return rest;
    const kept = nodePort || (usesNodePorts(old) ? old.ports?.find((one) => samePort(one, port))?.nodePort : undefined);
    return kept ? { ...rest, nodePort: kept } : rest;
  });
  const withPorts = {
    ...(spec.type === 'ExternalName' ? omit(spec, 'clusterIP', 'clusterIPs') : spec),
    ...(ports ? { ports } : {}),
  };
  if (spec.type === 'ExternalName' || spec.clusterIP || spec.clusterIPs?.length || !old.clusterIP) return withPorts;
  return { ...withPorts, clusterIP: old.clusterIP, ...(old.clusterIPs ? { clusterIPs: old.clusterIPs } : {}) };
}
