/** Whether work grows with the size of what it is done on, or with its square. */

const rounds = 5;
/** Milliseconds of the processor below which nobody minds, and nothing can be told of growth. */
const negligible = 25;

/**
 * How many times the work grows when the size grows fourfold: about 4 where it is linear, 16 where it is quadratic. Counts
 * processor time, the best of several runs, so that it holds on a busy machine.
 * @param prepare makes, for a size, the work on it; what it does itself does not count
 */
export function growth(size: number, prepare: (size: number) => () => unknown): number {
  const large = least(prepare(4 * size));
  return large < negligible ? 0 : large / Math.max(least(prepare(size)), 0.1);
}

/** What `growth` is below where work is linear, with room for the machine's moods. */
export const linear = 9;

function least(work: () => unknown): number {
  let best = Infinity;
  for (let round = 0; round < rounds && best > negligible / 4; round++) best = Math.min(best, processorMs(work));
  return best;
}

/** Milliseconds of the processor; what the work throws is part of it. */
export function processorMs(work: () => unknown): number {
  const before = process.cpuUsage();
  try {
    work();
  } catch {
    // A refusal is an end like any other.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
