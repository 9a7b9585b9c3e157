/** Whether the mirror of the status (KubeDirectorStatusBackup), and the annotation that tells of it, are as they should be. */
import type { ClusterStatus } from '../../../apis/kubedirector/types.ts';
import { statusBackupAnnotation } from '../../../apis/kubedirector/well-known.ts';
import { deepEqual } from '../../../meta/json.ts';
import type { Action } from '../actions.ts';
import type { Observed } from '../observed.ts';

/** What makes the KubeDirectorStatusBackup mirror the status, or deletes it where backups are off. */
export function planBackup(observed: Observed, status: ClusterStatus): readonly Action[] {
  const { config, statusBackup } = observed;
  const enabled = config.backupClusterStatus === true;
  const actions: Action[] = [];
  if (enabled && !isMirrored(observed, status)) actions.push({ type: 'mirrorStatus' });
  if (!enabled && statusBackup !== undefined) actions.push({ type: 'dropMirror', uid: statusBackup.metadata.uid });
  const annotations = missingAnnotation(observed);
  if (annotations !== undefined) actions.push({ type: 'patchCluster', patch: { metadata: { annotations } } });
  return actions;
}

/** The annotation as it should be; undefined where it is so. */
export function missingAnnotation({ cluster, config, statusBackup }: Observed): Record<string, string> | undefined {
  const annotation = String(config.backupClusterStatus === true && statusBackup !== undefined);
  const isRight = cluster.metadata.annotations?.[statusBackupAnnotation] === annotation;
  return isRight ? undefined : { [statusBackupAnnotation]: annotation };
}

function isMirrored({ cluster, statusBackup }: Observed, status: ClusterStatus): boolean {
  const owners = statusBackup?.metadata.ownerReferences ?? [];
  return deepEqual(statusBackup?.spec.statusBackup, status) && owners.some(({ uid }) => uid === cluster.metadata.uid);
}
