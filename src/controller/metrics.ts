/** The controller's own metrics; the workqueues' are under client-go's names. */
import type { MemberState } from '../apis/kubedirector/types.ts';
import type { KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import type { Metrics } from '../runtime/metrics.ts';

const memberStates: readonly MemberState[] = [
  'create pending',
  'creating',
  'configured',
  'delete pending',
  'deleting',
  'config error',
  'suspended',
];

/** What the controller tells of itself on /metrics. */
export interface ControllerMetrics {
  reconciled(outcome: 'done' | 'error' | 'conflict', seconds: number): void;
  /** What this cluster counts for in the gauges from now on; undefined once it is gone. */
  show(key: string, cluster: KubeDirectorCluster | undefined): void;
  /** No cluster counts any more: another process may lead. */
  clear(): void;
}

/** Registers the controller's metrics; once for each `Metrics`. */
export function createControllerMetrics(metrics: Metrics): ControllerMetrics {
  const total = metrics.counter('kubedirector_reconcile_total', 'Reconciles, by outcome.', ['outcome']);
  const duration = metrics.histogram(
    'kubedirector_reconcile_duration_seconds',
    'Time a reconcile took.',
    [],
    [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
  );
  const gauge = metrics.gauge('kubedirector_members', 'Members of all clusters, by state.', ['state']);
  const shown = new Map<string, ReadonlyMap<MemberState, number>>();
  function clear(): void {
    shown.clear();
    for (const state of memberStates) gauge.set({ state }, 0);
  }
  clear();

  function count(cluster: KubeDirectorCluster | undefined): ReadonlyMap<MemberState, number> {
    const counts = new Map<MemberState, number>();
    for (const role of cluster?.status?.roles ?? []) {
      for (const { state } of role.members) counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return counts;
  }

  return {
    reconciled(outcome, seconds) {
      total.inc({ outcome });
      duration.observe(seconds);
    },
    show(key, cluster) {
      const before = shown.get(key);
      const now = count(cluster);
      for (const state of memberStates) {
        const difference = (now.get(state) ?? 0) - (before?.get(state) ?? 0);
        if (difference !== 0) gauge.inc({ state }, difference);
      }
      if (cluster === undefined) shown.delete(key);
      else shown.set(key, now);
    },
    clear,
  };
}
