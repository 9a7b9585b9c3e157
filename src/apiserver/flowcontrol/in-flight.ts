/** How much may be under way at once; reads, writes and long-running requests each have their own room. */
import { tooManyRequests } from '../../meta/status.ts';
import type { Metrics } from '../../runtime/metrics.ts';

export type RequestKind = 'readOnly' | 'mutating' | 'longRunning';

/** How many of each kind at most. */
export type InFlightLimits = Readonly<Record<RequestKind, number>>;

/** The first two as kube-apiserver's --max-requests-inflight and --max-mutating-requests-inflight. */
export const defaultInFlightLimits: InFlightLimits = { readOnly: 400, mutating: 200, longRunning: 10_000 };

/** Of the room for writes, for one user. */
const shareOfOne = 0.75;

export interface InFlight {
  /**
   * @param user whose request it is: writes of one user take three quarters of the room for writes at most, so that
   *   there is some left for others. Absent: nobody's, as requests before authentication
   * @returns the function that ends it, once
   * @throws StatusError 429 with Retry-After where there is no room
   */
  enter(kind: RequestKind, user?: string): () => void;
  count(kind: RequestKind): number;
}

export function createInFlight(limits: InFlightLimits, metrics: Metrics): InFlight {
  const counts: Record<RequestKind, number> = { readOnly: 0, mutating: 0, longRunning: 0 };
  const current = metrics.gauge(
    'apiserver_current_inflight_requests',
    'Requests being answered now, by kind; long-running ones are apiserver_longrunning_requests.',
    ['request_kind'],
  );
  const gauges = { readOnly: current.labels('readOnly'), mutating: current.labels('mutating') };
  const mostOfOne = Math.ceil(limits.mutating * shareOfOne);
  /** Writes under way by user; no entry for none. */
  const writing = new Map<string, number>();
  function leave(user: string): void {
    const rest = (writing.get(user) ?? 0) - 1;
    if (rest > 0) writing.set(user, rest);
    else writing.delete(user);
  }
  function change(kind: RequestKind, by: 1 | -1): void {
    counts[kind] += by;
    if (kind !== 'longRunning') gauges[kind].set(counts[kind]);
  }
  return {
    enter(kind, user) {
      if (counts[kind] >= limits[kind]) throw tooManyRequests('too many requests, please try again later', 1);
      const writer = kind === 'mutating' ? user : undefined;
      const own = writer === undefined ? 0 : (writing.get(writer) ?? 0);
      if (own >= mostOfOne) {
        throw tooManyRequests(`too many writes of user ${JSON.stringify(user)} at a time, please try again later`, 1);
      }
      if (writer !== undefined) writing.set(writer, own + 1);
      change(kind, 1);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        change(kind, -1);
        if (writer !== undefined) leave(writer);
      };
    },
    count: (kind) => counts[kind],
  };
}

const readVerbs = new Set(['get', 'list', 'watch', 'head', 'options']);

/** Of a request's verb; watches, streams and their like are long-running. */
export function requestKind(verb: string, longRunning: boolean): RequestKind {
  if (longRunning) return 'longRunning';
  return readVerbs.has(verb) ? 'readOnly' : 'mutating';
}
