/** How a cluster comes back from a backup: created with the backup's annotation, it waits until all of it is there. */
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import type { KubeObject } from '../../meta/object.ts';
import { allowDeleteWhileRestoringLabel, restoringLabel, statusBackupAnnotation } from './well-known.ts';
import type { WellShaped } from './well-shaped.ts';

type Labelled = WellShaped<Pick<KubeObject, 'metadata'>>;

const has = (record: object | undefined, key: string): boolean => record !== undefined && Object.hasOwn(record, key);

export function isRestoring({ metadata }: Labelled): boolean {
  return has(metadata?.labels, restoringLabel);
}

/** Whether a cluster that is being created comes from a backup. */
export function comesFromBackup({ metadata }: Labelled): boolean {
  return has(metadata?.annotations, statusBackupAnnotation);
}

export function mayBeDeleted(cluster: Labelled): boolean {
  return !isRestoring(cluster) || has(cluster.metadata?.labels, allowDeleteWhileRestoringLabel);
}

/** The label says what KubeDirector does; nobody makes a cluster wait for a backup that there is not. */
export function validateRestoringLabel(cluster: Labelled, old: Labelled | undefined): FieldError[] {
  const isAllowed = old === undefined ? comesFromBackup(cluster) : isRestoring(old);
  return isRestoring(cluster) && !isAllowed
    ? [
        forbidden(
          `metadata.labels[${restoringLabel}]`,
          `set by KubeDirector on clusters created with the annotation ${statusBackupAnnotation}`,
        ),
      ]
    : [];
}
