/** How a cluster is restored from a backup: it waits until everything is there. */
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import type { KubeObject } from '../../meta/object.ts';
import {
  allowDeleteWhileRestoringLabel,
  restoringLabel,
  statusBackupAnnotation,
  veleroRestoreLabel,
} from './well-known.ts';
import type { WellShaped } from './well-shaped.ts';

type Labelled = WellShaped<Pick<KubeObject, 'metadata'>>;

const has = (record: object | undefined, key: string): boolean => record !== undefined && Object.hasOwn(record, key);

/** Whether the cluster carries the label that makes it wait for its backup. */
export function isRestoring({ metadata }: Labelled): boolean {
  return has(metadata?.labels, restoringLabel);
}

/**
 * Whether a cluster that is being created comes from a backup, and is to wait for the rest of it. Every cluster bears
 * the annotation, so that an exported file has it too: alone it means nothing. It counts if the status backup exists,
 * or if Velero, which may restore the cluster before its backup, has labelled the object. Other tools set the label
 * `restoring`.
 */
export function comesFromBackup(cluster: Labelled, hasStatusBackup: boolean): boolean {
  if (isRestoring(cluster)) return true;
  const { annotations, labels } = cluster.metadata ?? {};
  if (!has(annotations, statusBackupAnnotation)) return false;
  return hasStatusBackup || (annotations?.[statusBackupAnnotation] === 'true' && has(labels, veleroRestoreLabel));
}

/** A status backup that a cluster owns goes with that cluster; only one that nobody owns waits for its cluster. */
export function isLeftBehind({ metadata: { deletionTimestamp, ownerReferences = [] } }: KubeObject): boolean {
  return deletionTimestamp === undefined && !ownerReferences.some(({ kind }) => kind === 'KubeDirectorCluster');
}

/** Whether deletion is allowed: a cluster that is being restored needs a label that permits it. */
export function mayBeDeleted(cluster: Labelled): boolean {
  return !isRestoring(cluster) || has(cluster.metadata?.labels, allowDeleteWhileRestoringLabel);
}

/** Only a cluster that is being created can be one from a backup. */
export function validateRestoringLabel(cluster: Labelled, old: Labelled | undefined): FieldError[] {
  const isAllowed = old === undefined || isRestoring(old);
  return isRestoring(cluster) && !isAllowed
    ? [
        forbidden(
          `metadata.labels[${restoringLabel}]`,
          "a cluster that exists can't be restored; create it with the label",
        ),
      ]
    : [];
}
