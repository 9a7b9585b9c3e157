/** Writes that a strategy keeps apart from others. */
import type { FinishFunc } from './contract.ts';

/**
 * Does the work once it may begin, and finishes what began however the work ends.
 * @param begin of beginCreate, beginUpdate or beginDelete; undefined: nothing has to be kept apart
 * @throws what either of them throws
 */
export async function begun<R>(begin: Promise<FinishFunc> | undefined, work: () => Promise<R>): Promise<R> {
  const finish = await begin;
  try {
    return await work();
  } finally {
    finish?.();
  }
}
