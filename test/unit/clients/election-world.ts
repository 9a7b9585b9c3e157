/** One Lease, and processes that want it: each with a clock of its own and a connection that can fail. */
import type { Lease } from '../../../src/apis/kubernetes/types.ts';
import { createLeaseLeadership } from '../../../src/clients/kubernetes/leader-election/index.ts';
import { serviceUnavailable } from '../../../src/meta/status.ts';
import type { Term } from '../../../src/runtime/leadership.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';
import { createFakeResource, type Universe } from '../../controller/support/fake-resource.ts';
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts';

export const leaseTarget = { namespace: 'kd', name: 'kubedirector' };
export const timings = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };

/** `hangs`: requests are neither answered nor refused. `paused`: neither its clock nor its code goes on. */
type Trouble = 'none' | 'refused' | 'hangs';

export interface Candidate {
  readonly name: string;
  readonly metrics: Metrics;
  trouble: Trouble;
  paused: boolean;
  /** What a watch would tell does not arrive. */
  deaf: boolean;
  /** Every term of it, in order; the last one may be going on. */
  readonly terms: Term[];
  /** How many terms' work is going on. */
  working: number;
  /** The work of a term goes on after its signal has aborted, until this is called. */
  lingers: boolean;
  finish: () => void;
  /** Makes the work of the present term fail. */
  fail: (error: Error) => void;
  readonly events: string[];
  /** Ends it as a clean stop does. */
  stop(): Promise<void>;
  /** Its `lead`. */
  readonly ended: Promise<void>;
  readonly clock: ManualClock;
}

/** Everything that can happen without time passing has happened. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export class ElectionWorld {
  readonly #universe: Universe = { revision: 0, uids: 0, now: () => new Date(0), gate: () => undefined };
  readonly leases = createFakeResource<Lease>('leases', this.#universe);
  readonly candidates: Candidate[] = [];
  readonly #rates = new Map<Candidate, number>();

  get spec(): NonNullable<Lease['spec']> {
    return this.leases.get(leaseTarget.namespace, leaseTarget.name)?.spec ?? {};
  }

  /** Those that act as leader now. */
  get leaders(): string[] {
    return this.candidates.filter((one) => one.terms.at(-1)?.isCurrent() === true).map(({ name }) => name);
  }

  /**
   * @param start what its wall clock says
   * @param rate how fast its clock goes
   */
  async join(name: string, { start = new Date('2026-01-02T03:04:05Z'), rate = 1 } = {}): Promise<Candidate> {
    const clock = createManualClock(start);
    const metrics = createMetrics();
    const stopped = new AbortController();
    const candidate: Candidate = {
      ...{ name, metrics, clock, trouble: 'none', paused: false, deaf: false, lingers: false },
      ...{ terms: [], events: [], working: 0, finish: () => undefined, fail: () => undefined },
      ended: Promise.resolve(),
      stop: async () => {
        stopped.abort();
        await candidate.ended;
      },
    };
    const leadership = createLeaseLeadership({
      ...{ target: leaseTarget, identity: name, timings, clock, metrics, logger: silentLogger },
      leases: this.#connection(candidate),
      random: () => 0.5,
      events: {
        record: (about, _type, reason, message) => candidate.events.push(`${about.kind} ${reason}: ${message}`),
      },
    });
    const work = async (term: Term): Promise<void> => {
      candidate.terms.push(term);
      candidate.working += 1;
      await new Promise<void>((resolve, reject) => {
        candidate.finish = resolve;
        candidate.fail = reject;
        const aborted = (): void => {
          if (!candidate.lingers) resolve();
        };
        if (term.signal.aborted) aborted();
        term.signal.addEventListener('abort', aborted);
      }).finally(() => (candidate.working -= 1));
    };
    Object.assign(candidate, { ended: leadership.lead(work, stopped.signal) });
    candidate.ended.catch(() => undefined);
    this.candidates.push(candidate);
    this.#rates.set(candidate, rate);
    await settle();
    return candidate;
  }

  /** @param observe called after every tenth of a second */
  async advance(milliseconds: number, observe: () => void = () => undefined): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 100) {
      for (const one of this.candidates) if (!one.paused) one.clock.advance(100 * (this.#rates.get(one) ?? 1));
      await settle();
      observe();
    }
  }

  #connection(candidate: Candidate): typeof this.leases {
    const { leases } = this;
    const through = async <T>(call: () => Promise<T>): Promise<T> => {
      if (candidate.trouble === 'refused') throw serviceUnavailable('cut off');
      if (candidate.trouble === 'hangs') await new Promise(() => undefined);
      return call();
    };
    return {
      ...leases,
      read: (target) => through(() => leases.read(target)),
      create: (lease) => through(() => leases.create(lease)),
      update: (lease) => through(() => leases.update(lease)),
      watchOne: (target, listener) =>
        leases.watchOne(target, (lease) => {
          if (!candidate.deaf && candidate.trouble === 'none' && !candidate.paused) listener(lease);
        }),
    };
  }
}
