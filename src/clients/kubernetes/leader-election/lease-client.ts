/** Leases of a cluster, for elections. */
import type { Lease } from '../../../apis/kubernetes/types.ts';
import type { ClientContext } from '../client-context.ts';
import { createNamedReader } from '../named-reader.ts';
import { createObjectClient } from '../object-client.ts';
import { resources } from '../resources.ts';
import type { LeaseClient } from './lease-lock.ts';

/**
 * @param timeoutMs of one request: an election cannot wait as long as others. Source: client-go resourcelock
 *        NewFromKubeconfig
 * @param signal ends all watches
 */
export function createLeaseClient(context: ClientContext, timeoutMs: number, signal: AbortSignal): LeaseClient {
  const { transport } = context;
  const hurried = createObjectClient<Lease>(
    { request: (request) => transport.request({ timeoutMs, ...request }) },
    resources.leases,
  );
  return {
    ...createNamedReader<Lease>(context, resources.leases, hurried, signal),
    create: (lease) => hurried.create(lease),
    update: (lease) => hurried.update(lease),
  };
}
