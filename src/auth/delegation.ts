/** Asking kube-apiserver for its opinion: counted, bounded in time, and never mistaken for a yes or a no when it fails. */
import { internalError, serviceUnavailable, StatusError } from '../meta/status.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { withTimeLimit } from '../runtime/time-limit.ts';

/**
 * @param review to be given up once its signal aborts: whoever waited has been told by then that there is no answer
 * @throws StatusError 503 where there was no answer, 500 where kube-apiserver did not let this server ask; with the
 *         cause
 */
type Delegation = <T>(review: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** The same time as in k8s.io/apiserver. */
const limitMs = 10_000;
/** Seconds, as k8s.io/apiserver has them. */
const buckets = [0.25, 0.5, 0.7, 1, 1.5, 3, 5, 10];
/** Created: what kube-apiserver answers to a review. */
const answered = '201';
/** The code in Kubernetes' metrics for an answer that never came. */
const unanswered = '<error>';

/** Metrics apiserver_delegated_KIND_request_total and …_duration_seconds. Source: k8s.io/apiserver authenticatorfactory */
export function createDelegation(kind: 'authn' | 'authz', options: { metrics: Metrics; clock: Clock }): Delegation {
  const { metrics, clock } = options;
  const name = `apiserver_delegated_${kind}_request`;
  const total = metrics.counter(`${name}_total`, 'Number of HTTP requests partitioned by status code.', ['code']);
  const duration = metrics.histogram(
    `${name}_duration_seconds`,
    'Request latency in seconds. Broken down by status code.',
    ['code'],
    buckets,
  );
  return async (review) => {
    const startedAt = clock.monotonic();
    const count = (code: string): void => {
      total.inc({ code });
      duration.observe({ code }, (clock.monotonic() - startedAt) / 1000);
    };
    const limit = new AbortController();
    const late = (): Error => {
      const error = new Error(`no answer within ${limitMs / 1000} s`);
      limit.abort(error);
      return error;
    };
    try {
      const answer = await withTimeLimit(review(limit.signal), { clock, milliseconds: limitMs, late });
      count(answered);
      return answer;
    } catch (error) {
      count(error instanceof StatusError ? String(error.code) : unanswered);
      throw failure(error);
    }
  };
}

/** After the first, clients may try again. The second must be corrected by the operator of this server. */
function failure(cause: unknown): StatusError {
  const isRefusal = cause instanceof StatusError && cause.code < 500 && cause.code !== 408 && cause.code !== 429;
  return isRefusal
    ? internalError(cause)
    : serviceUnavailable('kube-apiserver cannot be asked at the moment', { cause });
}
