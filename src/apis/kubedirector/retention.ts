/** Whether a cluster's claims outlive what they were made for. Words and meaning are those of a StatefulSet's field. */
import type { ClusterSpec, KubeDirectorCluster, MemberStatus } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

type Occasion = 'whenDeleted' | 'whenScaled';

/** Whether claims stay on that occasion. */
export function keepsClaims(spec: WellShaped<ClusterSpec> | undefined, occasion: Occasion): boolean {
  return spec?.persistentVolumeClaimRetentionPolicy?.[occasion] === 'Retain';
}

const wayOut = (occasion: Occasion): string =>
  `set spec.persistentVolumeClaimRetentionPolicy.${occasion} to Retain to keep them, or to Delete to be warned no more`;

const saysNothing = (
  { persistentVolumeClaimRetentionPolicy: policy }: WellShaped<ClusterSpec>,
  one: Occasion,
): boolean => policy?.[one] === undefined;

const hasClaims = ({ pvc, blockDevicePaths = [] }: MemberStatus): boolean =>
  pvc !== undefined || blockDevicePaths.length > 0;

/** What is to be told to who deletes the cluster: nothing where its spec says what becomes of its claims. */
export function deletionWarnings({ spec, status }: KubeDirectorCluster): string[] {
  const has = status?.roles?.some(({ members }) => members.some(hasClaims)) === true;
  if (!has || !saysNothing(spec, 'whenDeleted')) return [];
  return [`the PersistentVolumeClaims of the cluster's members are deleted, too; ${wayOut('whenDeleted')}`];
}

/** What is to be told to who gives roles fewer members: nothing where the spec says what becomes of their claims. */
export function scalingWarnings(spec: WellShaped<ClusterSpec>, old: KubeDirectorCluster): string[] {
  if (!saysNothing(spec, 'whenScaled')) return [];
  const shrinking = (old.status?.roles ?? []).flatMap(({ id, members }) => {
    const wanted = spec.roles?.find((role) => role?.id === id)?.members ?? 0;
    const before = old.spec.roles.find((role) => role.id === id)?.members ?? 0;
    return wanted < before && members.slice(wanted).some(hasClaims) ? [id] : [];
  });
  if (shrinking.length === 0) return [];
  const whose = `of the members that leave (role ${shrinking.join(', ')})`;
  return [`the PersistentVolumeClaims ${whose} are deleted; ${wayOut('whenScaled')}`];
}
