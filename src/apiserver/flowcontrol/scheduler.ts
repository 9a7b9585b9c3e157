/**
 * Decides when a request may begin, so that no user waits for another who asks for much. In calm each request begins at
 * once. When a turn of the event loop has had its work, or the limits of requests in flight are reached, requests wait:
 * see docs/adr/0044-flow-control.md.
 */
import { tooManyRequests, type StatusError } from '../../meta/status.ts';
import { afterPromises } from '../../runtime/after-promises.ts';
import type { Deadlines } from './deadlines.ts';
import type { Queued } from './fair-queue.ts';
import type { Entrant, InFlight, RequestKind } from './in-flight.ts';
import type { PausableConnection } from './paused-connections.ts';
import type { FlowMetrics, Rejection } from './scheduler-metrics.ts';
import { Lane, Waiting } from './waiting.ts';

/** A request that wants to begin. */
export interface Applicant {
  readonly kind: RequestKind;
  readonly user: string;
  /** In units of one get. Asked only where it counts. */
  cost(): number;
  /**
   * Asked only if it has to wait. @param listener called with the reason when it need not wait any more
   * @returns the function to call when it does not wait
   */
  onGone(listener: (reason: Error) => void): () => void;
}

/** Lets requests begin. */
export interface FlowControl {
  /**
   * @returns the function to call when the request ends, or a promise of it if the request has to wait
   * @throws StatusError 429 with Retry-After if too many wait already, or when it has waited for too long; the reason why it is gone
   */
  admit(applicant: Applicant): (() => void) | Promise<() => void>;
  /** A request without limits begins. @returns the function to call when it ends */
  exempt(kind: RequestKind): () => void;
  /** A request has ended, and its connection may be left unread for a while. */
  idle(connection: PausableConnection, last: Pick<Applicant, 'kind' | 'user' | 'cost'>): void;
}

/** How many requests may wait. */
export interface WaitingLimits {
  readonly ofUser: number;
  /** Above it, the newest request of the longest queue is refused. */
  readonly ofAll: number;
}

/** What is waiting costs memory: some 10 KiB each. */
export const defaultWaitingLimits: WaitingLimits = { ofUser: 2000, ofAll: 4000 };

interface SchedulerOptions {
  readonly inFlight: InFlight;
  readonly waiting: WaitingLimits;
  /** Ends the waiting of those that have waited for too long. */
  readonly deadlines: Pick<Deadlines, 'begin'>;
  /** Ends the pauses of connections. */
  readonly pauses: Pick<Deadlines, 'begin'>;
  readonly metrics: FlowMetrics;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Milliseconds of work per turn of the event loop. */
  readonly sliceMs?: number;
  /** Work that each turn has at least, in units of one get. */
  readonly leastCost?: number;
}

const defaultSliceMs = 5;
/** Time passes without work where others have the processor: turns of one request each would cost more than the requests. */
const defaultLeastCost = 32;
/** The most requests that one counts as in the limits of those in flight. Source: k8s.io/apiserver MaximumListSeatsLimit */
const maxSeats = 10;
/** In seconds. Source: k8s.io/apiserver/pkg/server/filters */
const retryAfter = 1;

/** Starts with nothing waiting. */
export function createScheduler(options: SchedulerOptions): FlowControl {
  return new Scheduler(options);
}

class Scheduler implements FlowControl {
  readonly #options: SchedulerOptions;
  readonly #sliceMs: number;
  readonly #leastCost: number;
  readonly #reads: Lane;
  readonly #writes: Lane;
  /** Made once: thousands may be refused in a second. */
  readonly #refusal: StatusError = tooManyRequests('too many requests, please try again later', retryAfter);
  /** When the work of this turn of the event loop began; undefined if none did. */
  #begun: number | undefined;
  /** What this turn has had, in units of one get. */
  #had = 0;
  #isPlanned = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#reads = new Lane(options.pauses);
    this.#writes = new Lane(options.pauses);
    this.#sliceMs = options.sliceMs ?? defaultSliceMs;
    this.#leastCost = options.leastCost ?? defaultLeastCost;
    options.metrics.follow(
      (kind) => this.#waitingOf(kind),
      () => this.#pausedConnections,
    );
  }

  admit(applicant: Applicant): (() => void) | Promise<() => void> {
    const { kind, user } = applicant;
    const cost = applicant.cost();
    const lane = this.#laneOf(kind);
    const request = { kind, user, cost, seats: kind === 'readOnly' ? Math.min(cost, maxSeats) : 1 };
    const { inFlight, metrics } = this.#options;
    const isFree = inFlight.hasRoom(request) && inFlight.hasShare(request);
    // It may take hours until one of them ends.
    if (kind === 'longRunning' && !isFree) throw this.#refuse(kind, 'concurrency-limit');
    if (lane.queue.length > 0 || !isFree || !this.#hasTime()) return this.#wait(request, lane, applicant);
    lane.queue.charge(request);
    lane.begin(request);
    this.#had += cost;
    metrics.began(kind, 0);
    return this.#enter(request);
  }

  exempt(kind: RequestKind): () => void {
    return this.#options.inFlight.enterExempt(kind);
  }

  idle(connection: PausableConnection, last: Pick<Applicant, 'kind' | 'user' | 'cost'>): void {
    const lane = this.#laneOf(last.kind);
    if (!lane.hasEnough(last.user)) return;
    lane.paused.pause(last.user, connection, last.cost());
    this.#plan();
  }

  /** Starts of long-running requests wait with the reads. */
  #laneOf(kind: RequestKind): Lane {
    return kind === 'mutating' ? this.#writes : this.#reads;
  }

  get #pausedConnections(): number {
    return this.#reads.paused.size + this.#writes.paused.size;
  }

  #enter(request: Entrant): () => void {
    const leave = this.#options.inFlight.enter(request);
    return () => {
      leave();
      if (this.#length > 0) this.#plan();
    };
  }

  get #length(): number {
    return this.#reads.queue.length + this.#writes.queue.length;
  }

  #waitingOf(kind: RequestKind): number {
    return kind === 'longRunning' ? 0 : this.#laneOf(kind).queue.length;
  }

  /** Whether the work of this turn may go on. */
  #hasTime(): boolean {
    const now = this.#options.now();
    if (this.#begun !== undefined) return this.#had < this.#leastCost || now - this.#begun < this.#sliceMs;
    this.#begun = now;
    this.#had = 0;
    this.#plan();
    return true;
  }

  #wait(request: Queued & Entrant, lane: Lane, applicant: Applicant): Promise<() => void> {
    const { kind, user } = request;
    const { waiting, deadlines, now } = this.#options;
    if (lane.queue.lengthOf(user) >= waiting.ofUser) throw this.#refuse(kind, 'queue-full');
    if (this.#length >= waiting.ofAll) this.#refuseLongest(lane, request);
    const entry = new Waiting(request, lane, now());
    entry.stopLimit = deadlines.begin(() => this.#giveUp(entry, 'time-out', this.#refusal));
    entry.stopListening = applicant.onGone((reason) => this.#giveUp(entry, 'cancelled', reason));
    this.#add(entry);
    return entry.entered;
  }

  #giveUp(entry: Waiting, reason: Rejection, error: Error): void {
    if (!entry.lane.queue.remove(entry)) return;
    entry.stopLimit();
    entry.stopListening();
    this.#options.metrics.rejected(entry.kind, reason, (this.#options.now() - entry.since) / 1000);
    entry.reject(error);
    if (this.#pausedConnections > 0) this.#plan();
  }

  #add(entry: Waiting): void {
    const { lane } = entry;
    const other = lane === this.#reads ? this.#writes : this.#reads;
    // Who has not waited for a while is not owed that time.
    if (lane.queue.length === 0 && other.queue.length > 0) lane.spent = Math.max(lane.spent, other.spent);
    lane.queue.add(entry);
    this.#plan();
  }

  /** Makes room for one more. @throws StatusError if its own user is the one with the most */
  #refuseLongest(lane: Lane, { kind, user }: Entrant): void {
    const longest = [this.#reads, this.#writes].map(({ queue }) => queue.newestOfLongest());
    const [first, second] = longest.map((entry) => (entry === undefined ? 0 : entry.lane.queue.lengthOf(entry.user)));
    const loser = (first ?? 0) >= (second ?? 0) ? longest[0] : longest[1];
    if (loser === undefined) throw this.#refuse(kind, 'queue-full');
    if (loser.lane === lane && loser.user === user) throw this.#refuse(kind, 'queue-full');
    this.#giveUp(loser, 'queue-full', this.#refusal);
  }

  #refuse(kind: RequestKind, reason: Rejection): Error {
    this.#options.metrics.rejected(kind, reason, 0);
    return this.#refusal;
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#begun = undefined;
      for (const lane of [this.#reads, this.#writes]) lane.turn();
      if (this.#length > 0) this.#drain();
      else this.#rest();
    });
  }

  #drain(): void {
    const begun = this.#options.now();
    let had = 0;
    const step = (): void => {
      const next = this.#next();
      if (next !== undefined && (had < this.#leastCost || this.#options.now() - begun < this.#sliceMs)) {
        had += next.cost;
        this.#begin(next);
        afterPromises(step);
      } else if (this.#length === 0) this.#rest();
      else if (this.#readOn() || next !== undefined) this.#plan();
    };
    step();
  }

  /** What comes over connections that are read again enters in the next turn. @returns whether others should follow then */
  #readOn(): boolean {
    const [reads, writes] = [this.#reads.readOn(), this.#writes.readOn()];
    return reads || writes;
  }

  /** Nobody waits. */
  #rest(): void {
    if (this.#readOn()) {
      this.#plan();
      return;
    }
    for (const lane of [this.#reads, this.#writes]) {
      lane.queue.forget();
      lane.spent = 0;
    }
  }

  #begin(entry: Waiting): void {
    const { lane, kind, since } = entry;
    lane.queue.begin(entry);
    lane.begin(entry);
    this.#options.metrics.began(kind, (this.#options.now() - since) / 1000);
    entry.stopLimit();
    entry.stopListening();
    entry.resolve(this.#enter(entry));
  }

  /** What may begin now, of the lane that has had less. */
  #next(): Waiting | undefined {
    const { inFlight } = this.#options;
    const [less, more] =
      this.#reads.spent <= this.#writes.spent ? [this.#reads, this.#writes] : [this.#writes, this.#reads];
    for (const { queue } of [less, more]) {
      const next = queue.next((entry) => inFlight.hasShare(entry));
      if (next !== undefined && inFlight.hasRoom(next)) return next;
    }
    return undefined;
  }
}
