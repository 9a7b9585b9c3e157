/** Attempts and how long they took, by result. */
import type { Clock } from '../runtime/clock.ts';
import type { Metrics } from '../runtime/metrics.ts';

/** Seconds: 1 ms, and twice as many each time. Source: k8s.io/apiserver/pkg/endpoints/filters/metrics.go */
const buckets = Array.from({ length: 15 }, (_, index) => 0.001 * 2 ** index);

/** Name and help text. */
type Description = readonly [name: string, help: string];

/**
 * @param results values of the label `result`
 * @returns for each result a function that counts one attempt with its seconds
 */
export function createOutcomes<R extends string>(
  metrics: Metrics,
  results: readonly R[],
  { attempts, durations }: { readonly attempts: Description; readonly durations: Description },
): Readonly<Record<R, (seconds: number) => void>> {
  const counter = metrics.counter(...attempts, ['result']);
  const distribution = metrics.distribution(...durations, buckets);
  const recorders = results.map((result): [R, (seconds: number) => void] => {
    // Finding a counter by its labels is slower than counting.
    const [counted, series] = [counter.labels(result), distribution.labels({ result })];
    // Shown from the start: an alert needs a value to compare with.
    counted.inc(0);
    const record = (seconds: number): void => {
      counted.inc();
      series.observe(seconds);
    };
    return [result, record];
  });
  return Object.fromEntries(recorders) as Record<R, (seconds: number) => void>;
}

/** Reports the result of an attempt and its seconds. */
interface AttemptObserver<T> {
  succeeded(value: T, seconds: number): void;
  failed(seconds: number): void;
}

/** Returns what the attempt returns: not a promise if it answers at once. @throws what the attempt throws */
export function observed<T>(clock: Clock, attempt: () => T | Promise<T>, observer: AttemptObserver<T>): T | Promise<T> {
  const startedAt = clock.monotonic();
  const since = (): number => (clock.monotonic() - startedAt) / 1000;
  const succeeded = (value: T): T => {
    observer.succeeded(value, since());
    return value;
  };
  const failed = (reason: unknown): never => {
    observer.failed(since());
    throw reason;
  };
  try {
    const value = attempt();
    return value instanceof Promise ? value.then(succeeded).catch(failed) : succeeded(value);
  } catch (reason) {
    return failed(reason);
  }
}
