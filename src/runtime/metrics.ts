/** The metrics of one server, in Prometheus' text form. Source: https://prometheus.io/docs/instrumenting/exposition_formats/ */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** Buckets in the unit of the name (seconds, bytes). */
  histogram(name: string, help: string, labels: readonly string[], buckets: readonly number[]): Histogram;
  text(): Promise<string>;
  readonly contentType: string;
}

/** Asking for the same name again gives the same metric. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const known = new Map<string, Counter | Gauge | Histogram>();
  function once<M extends Counter | Gauge | Histogram>(name: string, make: () => M): M {
    const metric = known.get(name) ?? make();
    known.set(name, metric);
    return metric as M;
  }
  const registers = [registry];
  return {
    counter: (name, help, labels = []) =>
      once(name, () => new Counter({ name, help, labelNames: [...labels], registers })),
    gauge: (name, help, labels = []) => once(name, () => new Gauge({ name, help, labelNames: [...labels], registers })),
    histogram: (name, help, labels, buckets) =>
      once(name, () => new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers })),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
