/** Whether the snapshots of a backup that succeeded are still there. */
import type { KubeDirectorBackup } from '../apis/kubedirector/types.ts';
import type { VolumeSnapshot } from '../apis/kubernetes/types.ts';
import type { SnapshotClient } from '../clients/contract.ts';
import type { Stored } from '../meta/object.ts';
import { lossOf, volumesOf } from './plan/backups/snapshots.ts';

/**
 * What has become of the first snapshot that the backup has lost, as a sentence; undefined where it has all of them. One that
 * the view does not show is read by its name: somebody may have taken its label off. To be called once the view has synced.
 * @throws StatusError where a snapshot can't be read
 */
export async function lossOfBackup(
  { view, read }: Pick<SnapshotClient, 'view' | 'read'>,
  backup: Stored<KubeDirectorBackup>,
): Promise<string | undefined> {
  const { namespace = '', name } = backup.metadata;
  for (const volume of volumesOf(backup.status?.members)) {
    const target = { namespace, name: volume.snapshot };
    const found: Stored<VolumeSnapshot> | undefined = view.get(namespace, target.name) ?? (await read(target));
    const loss = lossOf({ backup, snapshots: new Map(found === undefined ? [] : [[target.name, found]]) }, volume);
    if (loss !== undefined) return `VolumeSnapshot ${volume.snapshot} of backup ${name} ${loss}`;
  }
  return undefined;
}
