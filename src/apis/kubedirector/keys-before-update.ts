/** The secretKeys that roles had before an update: see before-update.ts. */
import type { KubeDirectorCluster, SecretKey } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

/** The encrypted values that a role had before the update; none where it has not changed. */
export function keysBeforeUpdate(
  { status }: WellShaped<Pick<KubeDirectorCluster, 'status'>>,
  id: string | undefined,
): readonly SecretKey[] {
  const keys = status?.beforeUpdate?.roles?.find((role) => role?.id === id)?.fields?.['secretKeys'];
  return Array.isArray(keys) ? (keys as SecretKey[]) : [];
}
