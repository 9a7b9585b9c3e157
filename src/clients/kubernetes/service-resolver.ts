/** Where a Service is reached from within the cluster. Source: k8s.io/apiserver/pkg/util/proxy ResolveCluster */
import { LRUCache } from 'lru-cache';
import type { Service } from '../../apis/kubernetes/types.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { notFound, serviceUnavailable } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';

/** A host name or IP address, and a TCP port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** @throws Error where it does not exist, has no such port, or no address */
export type ServiceResolver = (service: NamespacedName, port: number) => Promise<Address>;

/** How long, in milliseconds, a changed Service may still be called at its old address. */
const keptMs = 5000;
const maxKept = 256;

interface ServiceResolverOptions {
  readonly read: (service: NamespacedName) => Promise<Stored<Service> | undefined>;
  readonly clock: Clock;
}

/** Keeps what it read of a Service for 5 s. */
export function createServiceResolver({ read, clock }: ServiceResolverOptions): ServiceResolver {
  const kept = new LRUCache<string, { readonly service: Promise<Stored<Service> | undefined>; readonly until: number }>(
    {
      max: maxKept,
    },
  );

  function current(target: NamespacedName): Promise<Stored<Service> | undefined> {
    const key = `${target.namespace}/${target.name}`;
    const known = kept.get(key);
    if (known !== undefined && known.until > clock.monotonic()) return known.service;
    const entry = { service: read(target), until: clock.monotonic() + keptMs };
    kept.set(key, entry);
    entry.service.then(
      // A missing Service may be created soon, so its absence is not kept.
      (found) => found ?? forget(key, entry),
      () => forget(key, entry),
    );
    return entry.service;
  }

  function forget(key: string, entry: object): void {
    if (kept.peek(key) === entry) kept.delete(key);
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
