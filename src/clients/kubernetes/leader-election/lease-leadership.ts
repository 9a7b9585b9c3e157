/**
 * Leadership by a Lease (coordination.k8s.io/v1), with the times and the record of client-go, so that `kubectl get lease`
 * and every tool that knows Kubernetes' controllers can read it. Source: client-go tools/leaderelection
 *
 * A Lease does not exclude: a process that stood still may act for a moment after another one has taken over. Whoever
 * writes as leader needs a fence besides, see docs/adr.
 */
import { setMaxListeners } from 'node:events';
import type { Lease } from '../../../apis/kubernetes/types.ts';
import type { NamespacedName, Stored } from '../../../meta/object.ts';
import type { Clock } from '../../../runtime/clock.ts';
import {
  beginTerm,
  LeadershipLostError,
  workOf,
  type Leadership,
  type LeaderWork,
  type Term,
} from '../../../runtime/leadership.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { Metrics } from '../../../runtime/metrics.ts';
import { pause, withTimeLimit } from '../../../runtime/time-limit.ts';
import type { EventRecorder } from '../../contract.ts';
import { createElectionMetrics, type ElectionMetrics } from './metrics.ts';
import { LeaseLock, type LeaseClient } from './lease-lock.ts';

/** Milliseconds. Others rely on the first two of the process that leads: give all replicas the same. */
export interface ElectionTimings {
  /** How long others wait after the last sign of life; whole seconds. */
  readonly leaseDurationMs: number;
  /** How long a leader goes on without a renewal. Less than leaseDurationMs. */
  readonly renewDeadlineMs: number;
  /** Between two attempts. Less than renewDeadlineMs / 1.2. */
  readonly retryPeriodMs: number;
}

interface LeaseLeadershipOptions {
  readonly leases: LeaseClient;
  readonly target: NamespacedName;
  /** Of this process; no other one may ever have it. */
  readonly identity: string;
  readonly timings: ElectionTimings;
  readonly clock: Clock;
  /** Returns [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventRecorder;
}

/** Of client-go. */
const jitterFactor = 1.2;
const late = 'it could not renew its Lease in time';

/** What is wrong with these times; undefined where nothing is. Source: client-go NewLeaderElector */
export function timingsProblem({
  leaseDurationMs,
  renewDeadlineMs,
  retryPeriodMs,
}: ElectionTimings): string | undefined {
  if (leaseDurationMs <= renewDeadlineMs) return 'the lease duration must be longer than the renew deadline';
  if (renewDeadlineMs <= jitterFactor * retryPeriodMs)
    return `the renew deadline must be longer than ${jitterFactor} times the retry period`;
  return undefined;
}

/** Leads while it holds the Lease. Nothing is asked of kube-apiserver before `lead`. */
export function createLeaseLeadership(options: LeaseLeadershipOptions): Leadership {
  return new LeaseLeadership(options);
}

class LeaseLeadership implements Leadership {
  readonly #options: LeaseLeadershipOptions;
  readonly #lock: LeaseLock;
  readonly #metrics: ElectionMetrics;
  readonly #logger: Logger;
  /** Up to when the Lease is held for sure, on the monotonic clock. */
  #until = Number.NEGATIVE_INFINITY;
  /** Aborted when the Lease can be taken at once. */
  #free = new AbortController();
  #shown = '';

  constructor(options: LeaseLeadershipOptions) {
    const { namespace, name } = options.target;
    this.#options = options;
    this.#metrics = createElectionMetrics(options.metrics, name);
    this.#logger = options.logger.child({ lease: `${namespace}/${name}` });
    const { leases, target, identity, clock } = options;
    const durationMs = options.timings.leaseDurationMs;
    const onSlowPath = (): void => this.#metrics.slowPath();
    this.#lock = new LeaseLock({ leases, target, identity, clock, durationMs, onSlowPath, logger: options.logger });
  }

  async lead(work: LeaderWork, signal: AbortSignal): Promise<void> {
    const { identity, clock } = this.#options;
    this.#logger.info({ identity }, 'waiting for the Lease, to become the leader');
    while (await this.#acquire(signal)) {
      const term = beginTerm({ holder: identity, clock, signal, until: () => this.#until });
      this.#tell('became leader');
      this.#metrics.leads(true);
      try {
        await this.#serve(work, term);
      } finally {
        this.#metrics.leads(false);
        this.#tell('stopped leading');
        await this.#release();
      }
      // It is somebody else's turn.
      await pause(clock, this.#periodMs(), signal);
    }
  }

  /** False once the signal has aborted. */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { leases, target, clock } = this.#options;
    const unwatch = leases.watchOne(target, (lease) => this.#seen(lease));
    try {
      while (!signal.aborted) {
        this.#free = new AbortController();
        const attempt = await this.#lock.attempt();
        this.#show();
        if (attempt.type === 'held') {
          this.#until = attempt.since + this.#options.timings.renewDeadlineMs;
          return true;
        }
        await pause(clock, this.#patienceMs(), AbortSignal.any([signal, this.#free.signal]));
      }
      return false;
    } finally {
      unwatch();
    }
  }

  /** As client-go waits, but not longer than the Lease lasts. */
  #patienceMs(): number {
    const period = this.#periodMs();
    const { restMs } = this.#lock;
    // The candidates do not all come in the same moment.
    return restMs === 0 ? period : Math.min(period, restMs + 0.1 * period);
  }

  #periodMs(): number {
    const { timings, random } = this.#options;
    return timings.retryPeriodMs * (1 + jitterFactor * random());
  }

  /** A Lease that was given back is taken at once. What a watch shows may be old: the lock reads again. */
  #seen(lease: Stored<Lease> | undefined): void {
    if (lease === undefined) return;
    this.#lock.observe(lease);
    if (this.#lock.holder === '') this.#free.abort();
  }

  /** Renews while the work goes on. */
  async #serve(work: LeaderWork, term: Term): Promise<void> {
    const over = new AbortController();
    setMaxListeners(0, over.signal);
    const renewing = this.#renew(term, over.signal);
    try {
      await workOf(work, term);
    } finally {
      over.abort();
      await renewing;
    }
  }

  /** Until it is over, also while the work of a term that has ended comes to its end. */
  async #renew(term: Term, over: AbortSignal): Promise<void> {
    const { clock, timings } = this.#options;
    // A request without an answer must not hold it up.
    let cancel = this.#watch(term);
    try {
      for (;;) {
        await pause(clock, timings.retryPeriodMs, over);
        if (over.aborted) return;
        // After a pause: another process may have led in between, so a renewal would come too late.
        const attempt = this.#isLate() ? undefined : await this.#lock.attempt();
        this.#show();
        if (this.#isLate() || attempt?.type === 'foreign') {
          this.#lose(term, this.#isLate() ? late : `${this.#lock.holder} holds the Lease`);
          return;
        }
        if (attempt?.type !== 'held') continue;
        this.#until = attempt.since + timings.renewDeadlineMs;
        cancel();
        cancel = this.#watch(term);
      }
    } finally {
      cancel();
    }
  }

  #watch(term: Term): () => void {
    const restMs = this.#until - this.#options.clock.monotonic();
    return this.#options.clock.after(Math.max(0, restMs), () => this.#lose(term, late));
  }

  #isLate(): boolean {
    return this.#options.clock.monotonic() >= this.#until;
  }

  #lose(term: Term, why: string): void {
    this.#until = Number.NEGATIVE_INFINITY;
    this.#metrics.leads(false);
    if (!term.signal.aborted) this.#logger.warn({}, `leadership is lost: ${why}`);
    term.end(new LeadershipLostError(why));
  }

  /** Only a Lease that was held up to the end of the work: another process may hold it, or soon will, in the other case. */
  async #release(): Promise<void> {
    const { clock, timings } = this.#options;
    if (clock.monotonic() >= this.#until) return;
    const giveUp = new AbortController();
    const late = (): Error => {
      giveUp.abort();
      return new Error('kube-apiserver does not answer');
    };
    try {
      await withTimeLimit(this.#lock.release(giveUp.signal), {
        clock,
        milliseconds: timings.renewDeadlineMs / 2,
        late,
      });
    } catch (error) {
      this.#logger.warn({ error }, 'the Lease could not be given back: others wait until it runs out');
    } finally {
      this.#until = Number.NEGATIVE_INFINITY;
    }
  }

  #tell(what: 'became leader' | 'stopped leading'): void {
    const { identity, events } = this.#options;
    this.#logger.info({ identity }, what);
    const { lease } = this.#lock;
    if (lease !== undefined) events.record(lease, 'Normal', 'LeaderElection', `${identity} ${what}`);
  }

  #show(): void {
    const { holder } = this.#lock;
    if (holder === this.#shown) return;
    this.#shown = holder;
    if (holder !== '' && holder !== this.#options.identity)
      this.#logger.info({ leader: holder }, 'another process leads');
  }
}
