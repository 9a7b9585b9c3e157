/** Builds the flow control of one server. */
import type { Clock } from '../../runtime/clock.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createDeadlines } from './deadlines.ts';
import { createInFlight, defaultInFlightLimits, type InFlightLimits } from './in-flight.ts';
import { createFlowMetrics } from './scheduler-metrics.ts';
import { createScheduler, defaultWaitingLimits, type FlowControl, type WaitingLimits } from './scheduler.ts';

/** What limits requests; each part has a default. */
export interface FlowLimits {
  readonly limits?: Partial<InFlightLimits>;
  /** How many requests may wait until they may begin. */
  readonly waiting?: Partial<WaitingLimits>;
}

interface FlowControlOptions extends FlowLimits {
  /** How long a request may take, in milliseconds. */
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** A request waits for a quarter of its time at most. Source: k8s.io/apiserver/pkg/server Config.RequestTimeout / 4 */
const partSpentWaiting = 4;

/** Milliseconds after which a connection is read again, so that what comes over it does not wait there for long. */
const pauseMs = 5_000;

/** Lets requests begin as soon as it exists, until `stop`, after which none waits in vain. */
export function createFlowControl(options: FlowControlOptions): FlowControl & { stop(): void } {
  const { limits, waiting, requestTimeoutMs, clock, metrics } = options;
  const deadlines = createDeadlines(clock, requestTimeoutMs / partSpentWaiting);
  const pauses = createDeadlines(clock, pauseMs);
  const flow = createScheduler({
    inFlight: createInFlight({ ...defaultInFlightLimits, ...limits }, metrics),
    waiting: { ...defaultWaitingLimits, ...waiting },
    ...{ deadlines, pauses, metrics: createFlowMetrics(metrics), now: () => clock.monotonic() },
  });
  return {
    admit: (applicant) => flow.admit(applicant),
    exempt: (kind) => flow.exempt(kind),
    idle: (connection, last) => flow.idle(connection, last),
    stop() {
      deadlines.stop();
      pauses.stop();
    },
  };
}
