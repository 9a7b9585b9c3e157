/** How the work of a function grows with its input, in processor time: what else the machine does has little part in it. */
import process from 'node:process';

/** Below this, a measure is mostly noise. */
const shortestMs = 2;
const runs = 5;

/** Processor time that the whole process spends until the work is done, in milliseconds. */
export async function processorMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  const done = work();
  if (done instanceof Promise) await done;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The least of several runs. */
async function leastMs(work: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) best = Math.min(best, await processorMs(work));
  return best;
}

/**
 * How many times the work grows where the input grows eightfold: about 8 for what is linear, 64 for what is quadratic.
 * @param work makes its input of a size, outside of the measure, and returns what is to be measured
 */
export async function growth(work: (size: number) => () => unknown, size: number): Promise<number> {
  const small = work(size);
  const large = work(8 * size);
  await processorMs(large);
  return (await leastMs(large)) / Math.max(await leastMs(small), shortestMs);
}

/** Half way (in powers) between what is linear and what is quadratic. */
export const linearGrowth = 22;
