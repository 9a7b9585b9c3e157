/**
 * How the work of a function grows with its input, measured in processor time, so that other work on the machine hardly
 * matters.
 */
import process from 'node:process';

const runs = 3;
/** Milliseconds below which the cost does not matter, and growth cannot be measured. */
const negligibleMs = 25;

/** Processor time that the whole process spends until the work is done, in milliseconds. */
export async function processorMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  const done = work();
  if (done instanceof Promise) await done;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The same work, but an error counts as its end: it may refuse its input. */
export function orRefused(work: () => unknown): () => void {
  return () => {
    try {
      work();
    } catch {
      // The time until the refusal is what is measured.
    }
  };
}

/** The least of several runs; fewer where that is little already. */
async function leastMs(work: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs && best > negligibleMs / 4; run++) best = Math.min(best, await processorMs(work));
  return best;
}

const attempts = 3;

/**
 * How many times the work grows where the input grows eightfold: about 8 for what is linear, 64 for what is quadratic;
 * 0 where even the larger input costs next to nothing. What seems to grow too much is measured again: a busy machine may
 * make that of what is linear, and no measure makes little of what is quadratic.
 * @param prepare makes its input of a size, outside of the measure, and returns what is to be measured
 */
export async function growth(prepare: (size: number) => () => unknown, size: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts && least >= linearGrowth; attempt++) {
    least = Math.min(least, await measuredGrowth(prepare, size));
  }
  return least;
}

async function measuredGrowth(prepare: (size: number) => () => unknown, size: number): Promise<number> {
  const small = prepare(size);
  const large = prepare(8 * size);
  await processorMs(large);
  const largeMs = await leastMs(large);
  return largeMs < negligibleMs ? 0 : largeMs / Math.max(await leastMs(small), 0.1);
}

/** Half way (in powers) between what is linear and what is quadratic. */
export const linearGrowth = 22;
