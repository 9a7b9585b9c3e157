/** The metrics of one server, in Prometheus' text form. Source: https://prometheus.io/docs/instrumenting/exposition_formats/ */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { TextDistribution, type Distribution } from './distribution.ts';

/** Makes metrics and prints them. A name is registered once; asking again gives the same metric. */
export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  /** `collect` brings the gauge up to date whenever the metrics are read. */
  gauge(name: string, help: string, labels?: readonly string[], collect?: (gauge: Gauge) => void): Gauge;
  /** Buckets in the unit of the name (seconds, bytes). */
  histogram(name: string, help: string, labels: readonly string[], buckets: readonly number[]): Histogram;
  /** A histogram that is cheap to observe; buckets as there. */
  distribution(name: string, help: string, buckets: readonly number[]): Distribution;
  text(): Promise<string>;
  readonly contentType: string;
}

interface MetricsOptions {
  /** With process_… and nodejs_…: the memory, processor time, file descriptors and event loop of the whole process. */
  readonly process?: boolean;
}

/** Asking for the same name again gives the same metric. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  if (options.process === true) collectDefaultMetrics({ register: registry });
  const distributions = new Map<string, TextDistribution>();
  const known = new Map<string, Counter | Gauge | Histogram>();
  const collectors: (() => void)[] = [];
  function once<M extends Counter | Gauge | Histogram>(name: string, make: () => M): M {
    const metric = known.get(name) ?? make();
    known.set(name, metric);
    return metric as M;
  }
  const registers = [registry];
  return {
    counter: (name, help, labels = []) =>
      once(name, () => new Counter({ name, help, labelNames: [...labels], registers })),
    gauge(name, help, labels = [], collect?) {
      const gauge = once(name, () => new Gauge({ name, help, labelNames: [...labels], registers }));
      if (collect) {
        collectors.push(() => {
          collect(gauge);
        });
      }
      return gauge;
    },
    histogram: (name, help, labels, buckets) =>
      once(name, () => new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers })),
    distribution(name, help, buckets) {
      const distribution = distributions.get(name) ?? new TextDistribution(name, help, buckets);
      distributions.set(name, distribution);
      return distribution;
    },
    async text() {
      for (const collect of collectors) collect();
      const others = await registry.metrics();
      return [others, ...[...distributions.values()].map((one) => one.text())].join('\n');
    },
    contentType: registry.contentType,
  };
}
