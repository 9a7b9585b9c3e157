/** What commands in containers look like from outside. */
import type { Clock } from '../../runtime/clock.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { ContainerGoneError, ExecTimeoutError, type ExecResult } from '../contract.ts';

/** Counts the attempt while it lasts, and its duration by outcome. */
type ObserveExec = (attempt: () => Promise<ExecResult>) => Promise<ExecResult>;

const buckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1200];

/** @param waiting how many wait for their turn */
export function createExecMetrics(metrics: Metrics, clock: Clock, waiting: () => number): ObserveExec {
  const inflight = metrics.gauge('kubedirector_exec_inflight', 'Commands running in containers now.');
  metrics.gauge('kubedirector_exec_waiting', 'Commands that wait for their turn.', [], (gauge) => {
    gauge.set(waiting());
  });
  const duration = metrics.histogram(
    'kubedirector_exec_duration_seconds',
    'Time a command in a container took once it had its turn, by outcome.',
    ['outcome'],
    buckets,
  );
  return async (attempt) => {
    const began = clock.monotonic();
    let outcome = 'completed';
    inflight.inc();
    try {
      return await attempt();
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      inflight.dec();
      duration.observe({ outcome }, (clock.monotonic() - began) / 1000);
    }
  };
}

function outcomeOf(error: unknown): 'container_gone' | 'timeout' | 'unavailable' {
  if (error instanceof ContainerGoneError) return 'container_gone';
  return error instanceof ExecTimeoutError ? 'timeout' : 'unavailable';
}
