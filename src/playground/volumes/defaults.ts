/** The defaults that kube-apiserver sets in claims and volumes. Source: kubernetes/pkg/apis/core/v1/defaults.go */
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/kubernetes/types.ts';
import { canonicalQuantities } from '../quantities.ts';

type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>;
type VolumeSpec = NonNullable<PersistentVolume['spec']>;

/** Sets the volume mode, and writes the requests in canonical form. */
export function defaultClaimSpec(spec: ClaimSpec): ClaimSpec {
  const requests = spec.resources?.requests;
  return {
    ...spec,
    ...(requests ? { resources: { ...spec.resources, requests: canonicalQuantities(requests) } } : {}),
    volumeMode: spec.volumeMode ?? 'Filesystem',
  };
}

/** Sets the reclaim policy (Retain) and the volume mode, and writes the capacity in canonical form. */
export function defaultVolumeSpec(spec: VolumeSpec): VolumeSpec {
  return {
    ...spec,
    ...(spec.capacity ? { capacity: canonicalQuantities(spec.capacity) } : {}),
    persistentVolumeReclaimPolicy: spec.persistentVolumeReclaimPolicy ?? 'Retain',
    volumeMode: spec.volumeMode ?? 'Filesystem',
  };
}
