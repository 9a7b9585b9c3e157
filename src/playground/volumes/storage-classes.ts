/** Source: https://kubernetes.io/docs/tasks/administer-cluster/change-default-storage-class/ */
import type { StorageClass } from '../../apis/kubernetes/types.ts';

export const defaultClassAnnotation = 'storageclass.kubernetes.io/is-default-class';

export function isDefaultClass({ metadata }: StorageClass): boolean {
  return metadata.annotations?.[defaultClassAnnotation] === 'true';
}
