/** The addresses behind a Service. Source: kubernetes/pkg/controller/endpoint, staging/src/k8s.io/endpointslice */
import type { Endpoints, Pod, Service } from '../../apis/kubernetes/types.ts';
import type { Stored } from '../../meta/object.ts';
import type { EndpointSlice } from '../kinds.ts';
import { isOver, isReady } from '../pods/status.ts';

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];
type Port = NonNullable<Subset['ports']>[number];

/** Whether the pod has an address and is not terminating. Terminating pods count if publishNotReadyAddresses is set. */
function counts(pod: Pod, service: Service): boolean {
  if (!pod.status?.podIP || isOver(pod)) return false;
  return pod.metadata.deletionTimestamp === undefined || service.spec?.publishNotReadyAddresses === true;
}

function portsFor(service: Service, pod: Pod): Port[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const target = port.targetPort ?? port.port;
    const number =
      typeof target === 'number'
        ? target
        : pod.spec?.containers.flatMap((one) => one.ports ?? []).find((one) => one.name === target)?.containerPort;
    if (number === undefined) return [];
    return [{ ...(port.name ? { name: port.name } : {}), port: number, protocol: port.protocol ?? 'TCP' }];
  });
}

function addressOf(pod: Stored<Pod>, service: Service): Address {
  const { hostname, subdomain, nodeName } = pod.spec ?? {};
  const named = hostname !== undefined && subdomain === service.metadata.name;
  return {
    ip: pod.status?.podIP ?? '',
    ...(named ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: {
      kind: 'Pod',
      name: pod.metadata.name,
      namespace: pod.metadata.namespace ?? '',
      uid: pod.metadata.uid,
    },
  };
}

const byIP = (a: Address, b: Address): number => (a.ip < b.ip ? -1 : Number(a.ip > b.ip));

/** The subsets of an Endpoints object. Pods with different port numbers (named target ports) get separate subsets. */
export function subsetsOf(service: Service, pods: readonly Stored<Pod>[]): Subset[] {
  const groups = new Map<string, { ports: Port[]; ready: Address[]; notReady: Address[] }>();
  for (const pod of pods.filter((one) => counts(one, service))) {
    const ports = portsFor(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, ready: [], notReady: [] };
    groups.set(key, group);
    const ready = isReady(pod) || service.spec?.publishNotReadyAddresses === true;
    (ready ? group.ready : group.notReady).push(addressOf(pod, service));
  }
  return [...groups.values()].map(({ ports, ready, notReady }) => ({
    ...(ready.length > 0 ? { addresses: ready.sort(byIP) } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady.sort(byIP) } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  }));
}

type SliceEndpoint = NonNullable<EndpointSlice['endpoints']>[number];

/** The content of the one EndpointSlice of a Service. It is never split: playground Services have few members. */
export function sliceOf(
  service: Stored<Service>,
  pods: readonly Stored<Pod>[],
): Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'> {
  const members = pods.filter((pod) => counts(pod, service));
  const endpoints = members.map((pod): SliceEndpoint => {
    const { targetRef, ip, hostname, nodeName } = addressOf(pod, service);
    const serving = isReady(pod);
    const terminating = pod.metadata.deletionTimestamp !== undefined;
    const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
    return {
      addresses: [ip],
      conditions: { ready, serving, terminating },
      ...(hostname ? { hostname } : {}),
      ...(nodeName ? { nodeName } : {}),
      ...(targetRef ? { targetRef } : {}),
    };
  });
  const [first] = members;
  const ports = first ? portsFor(service, first).map((port) => ({ ...port, name: port.name ?? '' })) : [];
  const order = (a: SliceEndpoint, b: SliceEndpoint): number =>
    (a.addresses[0] ?? '') < (b.addresses[0] ?? '') ? -1 : 1;
  return { addressType: 'IPv4', endpoints: endpoints.sort(order), ports };
}
