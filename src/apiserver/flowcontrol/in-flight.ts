/** Limits the requests in flight; reads, writes and long-running requests have separate limits. */
import { tooManyRequests } from '../../meta/status.ts';
import type { Metrics } from '../../runtime/metrics.ts';

/** Which limit a request counts against. */
export type RequestKind = 'readOnly' | 'mutating' | 'longRunning';

/** The most requests of each kind at a time. */
export type InFlightLimits = Readonly<Record<RequestKind, number>>;

/**
 * The defaults; readOnly and mutating as kube-apiserver's --max-requests-inflight and --max-mutating-requests-inflight.
 */
export const defaultInFlightLimits: InFlightLimits = { readOnly: 400, mutating: 200, longRunning: 10_000 };

/** The part of the limit for writes that one user may take. */
const shareOfOne = 0.75;

/** Counts the requests in flight. */
export interface InFlight {
  /**
   * Counts a request in.
   * @param user the requesting user. One user's writes take at most three quarters of the limit, so that others can
   *        write too. Absent: before authentication
   * @returns the function to call when the request ends; further calls do nothing
   * @throws StatusError 429 with Retry-After if the limit is reached
   */
  enter(kind: RequestKind, user?: string): () => void;
  count(kind: RequestKind): number;
}

/** Counters at zero, with their metric. */
export function createInFlight(limits: InFlightLimits, metrics: Metrics): InFlight {
  const counts: Record<RequestKind, number> = { readOnly: 0, mutating: 0, longRunning: 0 };
  const current = metrics.gauge(
    'apiserver_current_inflight_requests',
    'Requests being answered now, by kind; long-running ones are apiserver_longrunning_requests.',
    ['request_kind'],
  );
  const gauges = { readOnly: current.labels('readOnly'), mutating: current.labels('mutating') };
  const mostOfOne = Math.ceil(limits.mutating * shareOfOne);
  /** Running writes by user; users without any have no entry. */
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

/** The kind of a request; watches and other streams are long-running. */
export function requestKind(verb: string, longRunning: boolean): RequestKind {
  if (longRunning) return 'longRunning';
  return readVerbs.has(verb) ? 'readOnly' : 'mutating';
}
