/** pods/eviction. */
import type { PodEvictor } from '../contract.ts';
import { isReason } from '../../meta/status.ts';
import { objectPath, resources } from './resources.ts';
import type { ApiTransport } from './transport.ts';

/** A server that says how long to wait is asked again by whoever asked: nothing waits for it here. */
const timeoutMs = 5_000;

/** Source: https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ */
export function createPodEvictor(transport: Pick<ApiTransport, 'request'>): PodEvictor {
  return {
    async evict({ metadata: { namespace = '', name, uid } }) {
      const body = {
        ...{ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } },
        deleteOptions: { preconditions: { uid } },
      };
      const path = `${objectPath(resources.pods, { namespace, name })}/eviction`;
      try {
        await transport.request({ method: 'POST', path, body, timeoutMs });
      } catch (error) {
        if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return undefined;
        if (!isReason(error, 'TooManyRequests')) throw error;
        return refusal(error.status);
      }
      return undefined;
    },
  };
}

/** The message is the same for all; the cause names the budget and its numbers. */
function refusal({
  message = '',
  details,
}: {
  message?: string;
  details?: { causes?: readonly { message?: string }[] };
}) {
  return [message, ...(details?.causes ?? []).flatMap((cause) => cause.message ?? [])].join(' ');
}
