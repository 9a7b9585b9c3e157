/**
 * The default storage class. Source: https://kubernetes.io/docs/tasks/administer-cluster/change-default-storage-class/
 */
import type { StorageClass } from '../../apis/kubernetes/types.ts';

/** The annotation that marks a StorageClass as the default, with the value "true". */
export const defaultClassAnnotation = 'storageclass.kubernetes.io/is-default-class';

/** Whether the class is marked as the default. */
export function isDefaultClass({ metadata }: StorageClass): boolean {
  return metadata.annotations?.[defaultClassAnnotation] === 'true';
}
