/** Leadership by a Lease of the cluster. */
import { createLeaseClient, createLeaseLeadership } from '../../clients/kubernetes/index.ts';
import type { EventRecorder } from '../../clients/contract.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { processIdentity } from '../identity.ts';
import type { ElectionOptions } from './options.ts';

type Context = Parameters<typeof createLeaseClient>[0];

interface Election {
  /** Nothing is asked of the cluster before `lead`. */
  elect(options: ElectionOptions): Leadership;
  /** Ends watches. */
  stop(): void;
}

/** Milliseconds. Source: client-go resourcelock NewFromKubeconfig */
const shortestTimeoutMs = 1_000;

/** Makes electors. */
export function createElection(context: Context & { metrics: Metrics; events: EventRecorder }): Election {
  const stopped = new AbortController();
  return {
    elect({ target, timings }) {
      const timeoutMs = Math.max(shortestTimeoutMs, timings.renewDeadlineMs / 2);
      const leases = createLeaseClient(context, timeoutMs, stopped.signal);
      return createLeaseLeadership({ ...context, leases, target, timings, identity: processIdentity() });
    },
    stop: () => stopped.abort(),
  };
}
