/** Runs the same operation with many workers, and measures rate and latency. */
import { formatValue, percentile, sorted } from './figure.ts';
import type { Served } from './scenario.ts';

export interface LoadOptions {
  /** The number of operations that run at the same time. */
  readonly workers: number;
  /** The highest number of operations; there are fewer if the time is over. */
  readonly operations: number;
  readonly maxMs: number;
}

export interface LoadResult {
  readonly perSecond: number;
  /** "4,000 in 2.1 s by 16; median 7.1 ms, p99 20 ms; processor: server 0.51 ms each (98 %), client 60 %". */
  readonly detail: string;
}

/** Runs every operation once, with its number from 0. Stops at the first failure, and throws its error. */
export async function runLoad(
  server: Pick<Served, 'cpuSeconds'>,
  { workers, operations, maxMs }: LoadOptions,
  operation: (index: number) => Promise<unknown>,
): Promise<LoadResult> {
  const latencies: number[] = [];
  const serverCpu = server.cpuSeconds();
  const clientCpu = process.cpuUsage();
  const begin = performance.now();
  let next = 0;
  let failed = false;
  async function work(): Promise<void> {
    while (next < operations && !failed && performance.now() - begin < maxMs) {
      const index = next++;
      const before = performance.now();
      try {
        await operation(index);
      } catch (error) {
        failed = true;
        throw error;
      }
      latencies.push(performance.now() - before);
    }
  }
  await Promise.all(Array.from({ length: workers }, work));
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(clientCpu);
  const order = sorted(latencies);
  const share = (cpuSeconds: number): string => `${formatValue((cpuSeconds / seconds) * 100)} %`;
  const served = server.cpuSeconds() - serverCpu;
  return {
    perSecond: latencies.length / seconds,
    detail:
      `${latencies.length.toLocaleString('en-US')} in ${formatValue(seconds)} s by ${workers}; ` +
      `median ${formatValue(percentile(order, 0.5))} ms, p99 ${formatValue(percentile(order, 0.99))} ms; ` +
      `processor: server ${formatValue((served * 1000) / latencies.length)} ms each (${share(served)}), ` +
      `client ${share((user + system) / 1e6)}`,
  };
}
