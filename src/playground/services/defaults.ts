/** What kube-apiserver fills in of Services, besides the addresses and ports that allocation.ts allocates. */
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

const isExternal = ({ type }: ServiceSpec): boolean => type === 'NodePort' || type === 'LoadBalancer';

/** Sets the defaults. Source: SetDefaults_Service in k8s.io/kubernetes/pkg/apis/core/v1/defaults.go */
export function defaultServiceSpec(spec: ServiceSpec): ServiceSpec {
  const common: ServiceSpec = {
    ...omit(spec, 'sessionAffinityConfig'),
    ...affinity(spec),
    type: spec.type || 'ClusterIP',
    ...(spec.ports ? { ports: spec.ports.map(defaultPort) } : {}),
  };
  if (common.type === 'ExternalName') return common;
  return {
    ...common,
    ...(isExternal(common) ? { externalTrafficPolicy: spec.externalTrafficPolicy || 'Cluster' } : {}),
    internalTrafficPolicy: spec.internalTrafficPolicy || 'Cluster',
    ...(common.type === 'LoadBalancer'
      ? { allocateLoadBalancerNodePorts: spec.allocateLoadBalancerNodePorts ?? true }
      : {}),
  };
}

/**
 * What kube-apiserver settles before it allocates addresses and ports: the families of addresses, and fields of another
 * type, which go. The field manager of the write does not own what is set here. Source:
 * k8s.io/kubernetes/pkg/registry/core/service/storage
 */
export function settledServiceSpec(spec: ServiceSpec): ServiceSpec {
  const fitting = isExternal(spec) ? spec : omit(spec, 'externalTrafficPolicy');
  if (spec.type === 'ExternalName') return omit(fitting, 'internalTrafficPolicy');
  return {
    ...fitting,
    ipFamilies: spec.ipFamilies ?? ['IPv4'],
    ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack',
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
