/** Requests that wait until they may begin. */
import type { Deadlines } from './deadlines.ts';
import { FairQueue, type Queued } from './fair-queue.ts';
import type { Entrant, RequestKind } from './in-flight.ts';
import { PausedConnections } from './paused-connections.ts';

/** A request that waits. */
export class Waiting implements Queued, Entrant {
  readonly kind: RequestKind;
  readonly user: string;
  readonly cost: number;
  readonly seats: number;
  readonly lane: Lane;
  /** Milliseconds, monotonic. */
  readonly since: number;
  readonly entered: Promise<() => void>;
  resolve: (leave: () => void) => void = () => undefined;
  reject: (error: Error) => void = () => undefined;
  /** Called when it does not wait any more. */
  stopLimit: () => void = () => undefined;
  stopListening: () => void = () => undefined;

  constructor({ kind, user, cost, seats }: Queued & Entrant, lane: Lane, since: number) {
    this.kind = kind;
    this.user = user;
    this.cost = cost;
    this.seats = seats;
    this.lane = lane;
    this.since = since;
    this.entered = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/**
 * Work of all users together, in units of one get, that is read for a turn of the event loop while connections are paused: what
 * can begin there at once. It neither waits nor outlives the turn.
 */
const readAtOnce = 32;

/** Reads, starts of long-running requests among them, and writes do not wait for one another's limits. */
export class Lane {
  readonly queue = new FairQueue<Waiting>();
  readonly paused: PausedConnections;
  /** The cost of what has begun while somebody waits. */
  spent = 0;
  /** The cost of what has begun in this turn of the event loop, by user. Counted while connections are paused. */
  readonly #begun = new Map<string, number>();

  /** @param pauses ends the pauses of connections */
  constructor(pauses: Pick<Deadlines, 'begin'>) {
    this.paused = new PausedConnections(pauses);
  }

  /** A request begins. */
  begin({ user, cost }: Queued): void {
    this.spent += cost;
    if (this.paused.size > 0) this.#begun.set(user, (this.#begun.get(user) ?? 0) + cost);
  }

  /** Another turn of the event loop begins. */
  turn(): void {
    if (this.#begun.size > 0) this.#begun.clear();
  }

  /** Whether the next request of a user is left to a later turn. */
  hasEnough(user: string): boolean {
    // Behind those that are paused already: a user's connections take turns, too.
    return this.paused.has(user) || this.queue.costOf(user) + (this.#begun.get(user) ?? 0) >= this.#share;
  }

  /** Reads connections for which there is room again. @returns whether it has left some for the next turn */
  readOn(): boolean {
    const share = this.#share;
    return this.paused.size > 0 && this.paused.resume((user) => share - this.queue.costOf(user));
  }

  /** How much work of each user is read for a turn, in units of one get: one request where it is less. */
  get #share(): number {
    return readAtOnce / Math.max(1, this.queue.users, this.paused.users);
  }
}
