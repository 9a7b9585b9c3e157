/** Where a Service is reached from within the cluster. Source: k8s.io/apiserver/pkg/util/proxy ResolveCluster */
import type { Service } from '../../apis/kubernetes/types.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { notFound, serviceUnavailable } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** @throws Error where it does not exist, has no such port, or no address */
export type ServiceResolver = (service: NamespacedName, port: number) => Promise<Address>;

/** So long may a Service that was changed be called where it was before. */
const keptMs = 5000;
const maxKept = 256;

interface ServiceResolverOptions {
  readonly read: (service: NamespacedName) => Promise<Stored<Service> | undefined>;
  readonly clock: Clock;
}

export function createServiceResolver({ read, clock }: ServiceResolverOptions): ServiceResolver {
  const kept = new Map<string, { readonly service: Promise<Stored<Service> | undefined>; readonly until: number }>();

  function current(target: NamespacedName): Promise<Stored<Service> | undefined> {
    const key = `${target.namespace}/${target.name}`;
    const known = kept.get(key);
    if (known !== undefined && known.until > clock.monotonic()) return known.service;
    if (kept.size >= maxKept) kept.clear();
    const entry = { service: read(target), until: clock.monotonic() + keptMs };
    kept.set(key, entry);
    entry.service.then(
      // One that is missing is about to be made.
      (found) => found ?? forget(key, entry),
      () => forget(key, entry),
    );
    return entry.service;
  }

  function forget(key: string, entry: object): void {
    if (kept.get(key) === entry) kept.delete(key);
  }

  return async (target, port) => addressOf(await current(target), target, port);
}

function addressOf(service: Stored<Service> | undefined, { name }: NamespacedName, port: number): Address {
  if (service === undefined) throw notFound({ group: '', resource: 'services' }, name);
  const { type = 'ClusterIP', clusterIP = '', externalName = '', ports = [] } = service.spec ?? {};
  if (type === 'ExternalName') return { host: externalName, port };
  if (clusterIP === 'None') throw new Error('cannot route to service with ClusterIP "None"');
  if (!ports.some((each) => each.port === port)) {
    throw serviceUnavailable(`no service port ${port} found for service "${name}"`);
  }
  return { host: clusterIP, port };
}
