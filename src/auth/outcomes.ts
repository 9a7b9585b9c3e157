/** Attempts and how long they took, by what became of them. */
import type { Metrics } from '../runtime/metrics.ts';

/** Seconds: 1 ms, and twice as many each time. Source: k8s.io/apiserver/pkg/endpoints/filters/metrics.go */
const buckets = Array.from({ length: 15 }, (_, index) => 0.001 * 2 ** index);

/** Name and help. */
type Description = readonly [name: string, help: string];

/**
 * @param results values of the label `result`
 * @returns for each result what counts one more, that took so many seconds
 */
export function createOutcomes<R extends string>(
  metrics: Metrics,
  results: readonly R[],
  { attempts, durations }: { readonly attempts: Description; readonly durations: Description },
): Readonly<Record<R, (seconds: number) => void>> {
  const counter = metrics.counter(...attempts, ['result']);
  const distribution = metrics.distribution(...durations, buckets);
  const recorders = results.map((result): [R, (seconds: number) => void] => {
    // Finding a counter by its labels costs more than counting.
    const [counted, series] = [counter.labels(result), distribution.labels({ result })];
    // Shown before there is one: an alert needs something to compare with.
    counted.inc(0);
    const record = (seconds: number): void => {
      counted.inc();
      series.observe(seconds);
    };
    return [result, record];
  });
  return Object.fromEntries(recorders) as Record<R, (seconds: number) => void>;
}
