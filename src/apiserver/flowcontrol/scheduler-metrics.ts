/**
 * What flow control does, under the names of API Priority and Fairness. Users are no labels: there is no limit to how many there are.
 * Source: k8s.io/apiserver/pkg/util/flowcontrol/metrics
 */
import type { Metrics } from '../../runtime/metrics.ts';
import type { RequestKind } from './in-flight.ts';

/** Why a request did not begin. */
export type Rejection = 'queue-full' | 'time-out' | 'concurrency-limit' | 'cancelled';

/** Where flow control counts. */
export interface FlowMetrics {
  /** Both are asked whenever the metrics are read. */
  follow(waitingOf: (kind: RequestKind) => number, pausedConnections: () => number): void;
  /** @param waited seconds */
  began(kind: RequestKind, waited: number): void;
  rejected(kind: RequestKind, reason: Rejection, waited: number): void;
}

/** Seconds. */
const buckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const kinds = ['readOnly', 'mutating', 'longRunning'] as const;
const reasons = ['queue-full', 'time-out', 'concurrency-limit', 'cancelled'] as const;

/** Registers the metrics. */
export function createFlowMetrics(metrics: Metrics): FlowMetrics {
  const rejected = metrics.counter(
    'apiserver_flowcontrol_rejected_requests_total',
    'Requests that did not begin, by kind and reason.',
    ['request_kind', 'reason'],
  );
  for (const request_kind of kinds) for (const reason of reasons) rejected.inc({ request_kind, reason }, 0);
  const waits = metrics.distribution(
    'apiserver_flowcontrol_request_wait_duration_seconds',
    'How long requests waited until they began (execute="true") or were refused, in seconds.',
    buckets,
  );
  const series = (execute: string) => ({
    readOnly: waits.labels({ request_kind: 'readOnly', execute }),
    mutating: waits.labels({ request_kind: 'mutating', execute }),
    longRunning: waits.labels({ request_kind: 'longRunning', execute }),
  });
  const [begun, refused] = [series('true'), series('false')];
  return {
    follow(waitingOf, pausedConnections) {
      metrics.gauge(
        'apiserver_flowcontrol_current_inqueue_requests',
        'Requests that wait until they may begin; starts of long-running ones count as readOnly.',
        ['request_kind'],
        (gauge) => {
          for (const kind of ['readOnly', 'mutating'] as const) gauge.set({ request_kind: kind }, waitingOf(kind));
        },
      );
      metrics.gauge(
        'apiserver_flowcontrol_paused_connections',
        'Connections over HTTP/1.1 that are not read now, because their user asks for more than his part.',
        [],
        (gauge) => gauge.set(pausedConnections()),
      );
    },
    began: (kind, waited) => begun[kind].observe(waited),
    rejected(kind, reason, waited) {
      rejected.inc({ request_kind: kind, reason });
      refused[kind].observe(waited);
    },
  };
}
