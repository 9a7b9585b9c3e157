import type { Metrics } from '../../runtime/metrics.ts';

/** The metrics of the engine. */
export interface JournalMetrics {
  fsync(seconds: number): void;
  /** Of all journal files that a start would have to read. */
  journalBytes(bytes: number): void;
  snapshot(result: 'success' | 'failure', seconds: number): void;
  objects(count: number): void;
  failedWrites(count: number): void;
}

/** Registers the metrics of the journal; without `metrics` nothing is counted. */
export function journalMetrics(metrics: Metrics | undefined): JournalMetrics {
  const fsync = metrics?.histogram(
    'kubedirector_journal_fsync_duration_seconds',
    'Time to make a batch of writes durable.',
    [],
    [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  );
  const bytes = metrics?.gauge('kubedirector_journal_bytes', 'Size of the journal since the last snapshot.');
  const snapshots = metrics?.counter('kubedirector_journal_snapshots_total', 'Snapshots written, by result.', [
    'result',
  ]);
  const duration = metrics?.histogram(
    'kubedirector_journal_snapshot_duration_seconds',
    'Time to write a snapshot beside the running writes.',
    [],
    [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60],
  );
  const objects = metrics?.gauge('kubedirector_journal_objects', 'Number of stored objects.');
  const failed = metrics?.counter('kubedirector_journal_failed_writes_total', 'Writes that could not be made durable.');
  return {
    fsync: (seconds) => fsync?.observe(seconds),
    journalBytes: (count) => bytes?.set(count),
    snapshot: (result, seconds) => {
      snapshots?.inc({ result });
      if (result === 'success') duration?.observe(seconds);
    },
    objects: (count) => objects?.set(count),
    failedWrites: (count) => failed?.inc(count),
  };
}
