import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../apis/kubernetes/types.ts';
import type { Stored } from '../../meta/object.ts';
import { provisionedByAnnotation } from './annotations.ts';

/** The name of the volume that is provisioned for the claim with this uid. */
export const provisionedName = (uid: string): string => `pvc-${uid}`;

/** The volume that a class provisions for a claim. Its name holds the uid of the claim, so it is created only once. */
export function provisionedVolume(
  claim: Stored<PersistentVolumeClaim>,
  storageClass: Stored<StorageClass>,
): PersistentVolume {
  const { spec = {}, metadata } = claim;
  const name = provisionedName(metadata.uid);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { [provisionedByAnnotation]: storageClass.provisioner } },
    spec: {
      ...(spec.accessModes ? { accessModes: spec.accessModes } : {}),
      capacity: { storage: spec.resources?.requests?.['storage'] ?? '1Gi' },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        name: metadata.name,
        namespace: metadata.namespace ?? '',
        uid: metadata.uid,
      },
      csi: { driver: storageClass.provisioner, volumeHandle: name },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: spec.volumeMode ?? 'Filesystem',
    },
  };
}
