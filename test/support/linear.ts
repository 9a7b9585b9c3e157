/** How the work of a function grows with its input, in processor time: what else the machine does has little part in it. */
import process from 'node:process';

/** Below this, a measure is mostly noise. */
const shortestMs = 2;
const runs = 5;

/** The least processor time of several runs, in milliseconds. The work is synchronous. */
export function processorMs(work: () => unknown, times = runs): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < times; run++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/**
 * How many times the work grows where the input grows eightfold: about 8 for what is linear, 64 for what is quadratic.
 * @param work makes its input of a size, outside of the measure, and returns what is to be measured
 */
export function growth(work: (size: number) => () => unknown, size: number): number {
  const small = work(size);
  const large = work(8 * size);
  large();
  return processorMs(large) / Math.max(processorMs(small), shortestMs);
}

/** Half way (in powers) between what is linear and what is quadratic. */
export const linearGrowth = 22;
