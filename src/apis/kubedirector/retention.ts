/** Whether a cluster's claims outlive what they were made for. Words and meaning are those of a StatefulSet's field. */
import type { ClusterSpec, KubeDirectorCluster, MemberStatus } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

type Occasion = 'whenDeleted' | 'whenScaled';

/** Whether claims stay on that occasion. */
export function keepsClaims(spec: WellShaped<ClusterSpec> | undefined, occasion: Occasion): boolean {
  return spec?.persistentVolumeClaimRetentionPolicy?.[occasion] === 'Retain';
}

/** How claims can be kept on that occasion; undefined where the spec says what becomes of them. */
export function wayToKeepClaims(
  { persistentVolumeClaimRetentionPolicy: policy }: WellShaped<ClusterSpec>,
  occasion: Occasion,
): string | undefined {
  if (policy?.[occasion] !== undefined) return undefined;
  return `set spec.persistentVolumeClaimRetentionPolicy.${occasion} to Retain to keep them`;
}

/** Whether the member has volumes of its own. */
export const hasClaims = ({ pvc, blockDevicePaths = [] }: MemberStatus): boolean =>
  pvc !== undefined || blockDevicePaths.length > 0;

/** What is to be told to who deletes the cluster: nothing where its spec says what becomes of its claims. */
export function deletionWarnings({ spec, status }: KubeDirectorCluster): string[] {
  const has = status?.roles?.some(({ members }) => members.some(hasClaims)) === true;
  const wayOut = wayToKeepClaims(spec, 'whenDeleted');
  if (!has || wayOut === undefined) return [];
  return [
    `the PersistentVolumeClaims of the cluster's members are deleted, too; ${wayOut}, or to Delete to be warned no more`,
  ];
}
