/**
 * The guards of writes: a strategy names what must not change from when an object is validated until it is stored. That
 * goes into the commit as conditions, so it holds whoever else writes to the store. If a guard fails, the write is
 * prepared and validated again (see retryConflicts).
 */
import { ConflictError, type Condition, type Revision, type Write } from '../../storage/contract.ts';
import type { Guard } from '../resource.ts';
import type { RegistryDependencies } from './dependencies.ts';

/** What goes into a commit besides the object. */
export interface Guarded {
  readonly require: readonly Condition[];
  readonly writes: readonly Write[];
}

/** Of a write that depends on its own object only. */
export const unguarded: Guarded = { require: [], writes: [] };

const touch = Buffer.from('{}');

/**
 * The guard with the revisions that the caches show now. To be called before what depends on its keys is looked up; what
 * is found then is at least as new, and the commit happens only if it is not newer.
 * @param since the revision that the caches showed when something was looked up already; absent: nothing was. That a key
 *        has gone since then is not noticed: reference keys go with their object, which has changed then, too
 */
export function guarded(
  { revisionOf }: Pick<RegistryDependencies, 'revisionOf'>,
  guard: Guard | undefined,
  since: Revision = Infinity,
): Guarded {
  if (guard === undefined) return unguarded;
  const require = guard.unchanged.map((key) => {
    const revision = revisionOf(key);
    // A key that has changed meanwhile is at no such revision any more: if the write is valid at all, it is begun anew.
    return { key, revision: revision === 'absent' || revision <= since ? revision : since };
  });
  return { require, writes: (guard.touched ?? []).map((key) => ({ key, value: touch })) };
}

/** For dry runs, which commit nothing. @throws ConflictError where the commit would fail */
export async function checkGuarded(
  { cache, revisionOf }: Pick<RegistryDependencies, 'cache' | 'revisionOf'>,
  { require }: Guarded,
): Promise<void> {
  if (require.length === 0) return;
  await cache.current();
  for (const { key, revision } of require) {
    const actual = revisionOf(key);
    if (actual !== revision) throw new ConflictError(key, actual);
  }
}
