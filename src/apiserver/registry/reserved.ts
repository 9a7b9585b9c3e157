/** Writes that a strategy keeps apart from other writes (beginCreate, beginUpdate, beginDelete). */
import type { FinishFunc } from '../resource.ts';

/**
 * Waits for the reservation, does the work, and then ends the reservation, also if the work fails.
 * @param begin of beginCreate, beginUpdate or beginDelete; undefined if nothing has to be kept apart
 * @throws what `begin` or the work throws
 */
export async function underReservation<R>(begin: Promise<FinishFunc> | undefined, work: () => Promise<R>): Promise<R> {
  const finish = await begin;
  try {
    return await work();
  } finally {
    finish?.();
  }
}
