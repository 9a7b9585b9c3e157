/** How much may be under way at once; reads, writes and long-running requests each have their own room. */
import { tooManyRequests } from '../../meta/status.ts';
import type { Metrics } from '../../runtime/metrics.ts';

export type RequestKind = 'readOnly' | 'mutating' | 'longRunning';

/** How many of each kind at most. */
export type InFlightLimits = Readonly<Record<RequestKind, number>>;

/** The first two as kube-apiserver's --max-requests-inflight and --max-mutating-requests-inflight. */
export const defaultInFlightLimits: InFlightLimits = { readOnly: 400, mutating: 200, longRunning: 10_000 };

export interface InFlight {
  /**
   * @returns the function that ends it, once
   * @throws StatusError 429 with Retry-After where there is no room
   */
  enter(kind: RequestKind): () => void;
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
  function change(kind: RequestKind, by: 1 | -1): void {
    counts[kind] += by;
    if (kind !== 'longRunning') gauges[kind].set(counts[kind]);
  }
  return {
    enter(kind) {
      if (counts[kind] >= limits[kind]) throw tooManyRequests('too many requests, please try again later', 1);
      change(kind, 1);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        change(kind, -1);
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
