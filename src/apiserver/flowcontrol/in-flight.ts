/** Limits the requests in flight; reads, writes and long-running requests have separate limits. */
import type { Metrics } from '../../runtime/metrics.ts';

/** Which limit a request counts against. */
export type RequestKind = 'readOnly' | 'mutating' | 'longRunning';

/** The most requests of each kind at a time. */
export type InFlightLimits = Readonly<Record<RequestKind, number>>;

/**
 * The defaults; readOnly and mutating as kube-apiserver's --max-requests-inflight and --max-mutating-requests-inflight.
 */
export const defaultInFlightLimits: InFlightLimits = { readOnly: 400, mutating: 200, longRunning: 10_000 };

/** The part of a limit that one user may take, so that there is room for others. */
const shareOfOne = 0.75;

/** A request that wants room. */
export interface Entrant {
  readonly kind: RequestKind;
  readonly user: string;
  /** As how many requests it counts. */
  readonly seats: number;
}

/** Counts the requests in flight. */
export interface InFlight {
  /** Whether the user's share of the limit has room. */
  hasShare(entrant: Entrant): boolean;
  /** Whether the limit has room. */
  hasRoom(entrant: Entrant): boolean;
  /** Counts a request in, whether there is room or not. @returns the function to call when it ends; further calls do nothing */
  enter(entrant: Entrant): () => void;
  /** Counts a request in that has no limit, and takes no room of others. */
  enterExempt(kind: RequestKind): () => void;
  count(kind: RequestKind): number;
}

/** Counters at zero, with their metric. */
export function createInFlight(limits: InFlightLimits, metrics: Metrics): InFlight {
  const rooms = {
    readOnly: new Room(limits.readOnly),
    mutating: new Room(limits.mutating),
    longRunning: new Room(limits.longRunning),
  };
  metrics.gauge(
    'apiserver_current_inflight_requests',
    'Requests being answered now, by kind; long-running ones are apiserver_longrunning_requests.',
    ['request_kind'],
    (gauge) => {
      for (const kind of ['readOnly', 'mutating'] as const) gauge.set({ request_kind: kind }, rooms[kind].requests);
    },
  );
  return {
    hasShare: ({ kind, user, seats }) => rooms[kind].hasShare(user, seats),
    hasRoom: ({ kind, seats }) => rooms[kind].hasRoom(seats),
    enter: ({ kind, user, seats }) => rooms[kind].enter(user, seats),
    enterExempt: (kind) => rooms[kind].enterExempt(),
    count: (kind) => rooms[kind].requests,
  };
}

class Room {
  readonly #limit: number;
  readonly #mostOfOne: number;
  /** Seats by user; users without any have no entry. */
  readonly #taken = new Map<string, number>();
  #seats = 0;
  requests = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#mostOfOne = Math.ceil(limit * shareOfOne);
  }

  hasShare(user: string, seats: number): boolean {
    return (this.#taken.get(user) ?? 0) + this.#width(seats) <= this.#mostOfOne;
  }

  hasRoom(seats: number): boolean {
    return this.#seats + this.#width(seats) <= this.#limit;
  }

  enter(user: string, seats: number): () => void {
    const width = this.#width(seats);
    this.#add(user, width);
    this.requests += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.requests -= 1;
      this.#add(user, -width);
    };
  }

  enterExempt(): () => void {
    this.requests += 1;
    let left = false;
    return () => {
      if (!left) this.requests -= 1;
      left = true;
    };
  }

  #add(user: string, seats: number): void {
    this.#seats += seats;
    const own = (this.#taken.get(user) ?? 0) + seats;
    if (own > 0) this.#taken.set(user, own);
    else this.#taken.delete(user);
  }

  /** However small the limit: a request that takes many seats is not shut out for ever. */
  #width(seats: number): number {
    return Math.max(1, Math.min(seats, this.#mostOfOne));
  }
}

const readVerbs = new Set(['get', 'list', 'watch', 'head', 'options']);

/** The kind of a request; watches and other streams are long-running. */
export function requestKind(verb: string, longRunning: boolean): RequestKind {
  if (longRunning) return 'longRunning';
  return readVerbs.has(verb) ? 'readOnly' : 'mutating';
}
