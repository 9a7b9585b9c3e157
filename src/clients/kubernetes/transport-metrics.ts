/** What requests cost, under client-go's names. Source: k8s.io/component-base/metrics/prometheus/restclient */
import type { Metrics } from '../../runtime/metrics.ts';

/** Counts the requests of one transport. */
export interface TransportMetrics {
  /** @param code of the answer; '<error>' where there was none */
  answered(code: number | '<error>', method: string): void;
  /** From the first byte out to the last byte in. */
  took(verb: string, seconds: number): void;
}

const seconds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** Registers the metrics; `host` is their label for kube-apiserver. */
export function createTransportMetrics(metrics: Metrics, host: string): TransportMetrics {
  const total = metrics.counter(
    'rest_client_requests_total',
    'Number of HTTP requests, partitioned by status code, method, and host.',
    ['code', 'method', 'host'],
  );
  const duration = metrics.distribution(
    'rest_client_request_duration_seconds',
    'Request latency in seconds. Broken down by verb, and host.',
    seconds,
  );
  return {
    answered: (code, method) => total.inc({ code: String(code), method, host }),
    took: (verb, value) => duration.labels({ verb, host }).observe(value),
  };
}
