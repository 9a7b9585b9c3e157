import type { Metrics } from '../../runtime/metrics.ts';

/** The metrics of the engine. */
export interface EtcdMetrics {
  /** One call of a client of the store, with all its attempts. */
  request(operation: string, seconds: number): void;
  /** One attempt that failed; the code is gRPC's name for it. */
  error(operation: string, code: string): void;
  watchRestart(): void;
  compaction(result: 'success' | 'failure'): void;
}

interface Sources {
  /** True for each member that is well. */
  readonly members: () => readonly { readonly url: string; readonly well: boolean }[];
}

/** Registers the metrics of the engine; without `metrics` nothing is counted. */
export function etcdMetrics(metrics: Metrics | undefined, { members }: Sources): EtcdMetrics {
  const duration = metrics?.histogram(
    'kubedirector_etcd_request_duration_seconds',
    'Time until etcd answered, by operation, with repeated attempts.',
    ['operation'],
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  );
  const errors = metrics?.counter('kubedirector_etcd_request_errors_total', 'Attempts that failed.', [
    'operation',
    'code',
  ]);
  const restarts = metrics?.counter('kubedirector_etcd_watch_restarts_total', 'Watches that were opened again.');
  const compactions = metrics?.counter('kubedirector_etcd_compactions_total', 'Compactions, by result.', ['result']);
  metrics?.gauge('kubedirector_etcd_member_up', '1 if the member can be used now.', ['endpoint'], (gauge) => {
    for (const { url, well } of members()) gauge.set({ endpoint: url }, well ? 1 : 0);
  });
  return {
    request: (operation, seconds) => duration?.observe({ operation }, seconds),
    error: (operation, code) => errors?.inc({ operation, code }),
    watchRestart: () => restarts?.inc(),
    compaction: (result) => compactions?.inc({ result }),
  };
}
