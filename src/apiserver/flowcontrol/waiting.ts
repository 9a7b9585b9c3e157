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
 * So many requests of all users together may wait before connections are left unread: enough work for two turns of the event
 * loop. Each user may have a few in any case, so that his next request is there when it is his turn.
 */
const keptWaiting = 64;
const keptOfUser = 2;

/** Reads, starts of long-running requests among them, and writes do not wait for one another's limits. */
export class Lane {
  readonly queue = new FairQueue<Waiting>();
  readonly paused: PausedConnections;
  /** The cost of what has begun while somebody waits. */
  spent = 0;

  /** @param pauses ends the pauses of connections */
  constructor(pauses: Pick<Deadlines, 'begin'>) {
    this.paused = new PausedConnections(pauses);
  }

  /** How many more requests of a user may wait before his connections are left unread. */
  roomOf(user: string): number {
    const share = Math.floor(keptWaiting / Math.max(1, this.queue.users));
    return Math.max(keptOfUser, share) - this.queue.lengthOf(user);
  }

  /** Reads connections for which there is room again. @returns whether it has left some for the next turn */
  readOn(): boolean {
    return this.paused.size > 0 && this.paused.resume((user) => this.roomOf(user));
  }
}
