/** Commits of one key, as most tests make them. */
import type { Revision, Store } from '../../src/storage/contract.ts';

/** @param expected the revision that the key must have */
export function write(
  store: Pick<Store, 'commit'>,
  key: string,
  expected: Revision | 'absent',
  value: Buffer | 'deleted',
): Promise<Revision> {
  return store.commit({ require: [{ key, revision: expected }], writes: [{ key, value }] });
}
