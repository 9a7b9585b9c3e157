/** The metrics of an election, as client-go's have them. Source: k8s.io/component-base/metrics/prometheus/clientgo/leaderelection */
import type { Metrics } from '../../../runtime/metrics.ts';

/** What an elector tells on /metrics. */
export interface ElectionMetrics {
  leads(isLeader: boolean): void;
  /** A renewal had to read the Lease first. */
  slowPath(): void;
}

/** @param name of the Lease */
export function createElectionMetrics(metrics: Metrics, name: string): ElectionMetrics {
  const status = metrics.gauge(
    'leader_election_master_status',
    "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master. 'name' is the string used to identify the lease. Please make sure to group by name.",
    ['name'],
  );
  const slow = metrics.counter(
    'leader_election_slowpath_total',
    "Total number of slow path exercised in renewing leader leases. 'name' is the string used to identify the lease. Please make sure to group by name.",
    ['name'],
  );
  status.set({ name }, 0);
  return {
    leads: (isLeader) => status.set({ name }, isLeader ? 1 : 0),
    slowPath: () => slow.inc({ name }),
  };
}
