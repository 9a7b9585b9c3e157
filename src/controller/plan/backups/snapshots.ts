/** VolumeSnapshots: how they are made, and what theirs statuses say. */
import type { BackupMember, BackupVolume, KubeDirectorBackup } from '../../../apis/kubedirector/types.ts';
import { backupLabel, clusterLabel } from '../../../apis/kubedirector/well-known.ts';
import type { VolumeSnapshot } from '../../../apis/kubernetes/types.ts';
import { parseQuantity, Quantity } from '../../../meta/quantity.ts';
import type { KubeObject, OwnerReference, Stored } from '../../../meta/object.ts';
import type { BackupAction, ObservedBackup } from './observed.ts';

/** The backup as the owner of what it makes. */
export function ownedByBackup({ metadata: { name, uid } }: Stored<KubeDirectorBackup>): OwnerReference {
  const of = { apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorBackup' };
  return { ...of, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Whether the object was made for this very backup. */
export const isMadeFor = (
  { metadata: { uid } }: Stored<KubeDirectorBackup>,
  { metadata }: Stored<KubeObject>,
): boolean => metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) === true;

/** All volumes of a backup. */
export const volumesOf = (members: readonly BackupMember[] | undefined): readonly BackupVolume[] =>
  (members ?? []).flatMap(({ volumes }) => volumes);

/** What takes a snapshot of a volume. */
export function snapshotOf(backup: Stored<KubeDirectorBackup>, { claim, snapshot }: BackupVolume): VolumeSnapshot {
  const { name, namespace = '' } = backup.metadata;
  const { cluster, volumeSnapshotClassName } = backup.spec;
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshot',
    metadata: {
      name: snapshot,
      namespace,
      labels: { [backupLabel]: name, [clusterLabel]: cluster },
      ownerReferences: [ownedByBackup(backup)],
    },
    spec: {
      source: { persistentVolumeClaimName: claim },
      ...(volumeSnapshotClassName === undefined ? {} : { volumeSnapshotClassName }),
    },
  };
}

/** What has become of the snapshot that was taken of a volume, after its name; undefined while it is there. */
export function lossOf(
  { backup, snapshots }: Pick<ObservedBackup, 'backup' | 'snapshots'>,
  { claim, snapshot }: BackupVolume,
): string | undefined {
  const found = snapshots?.get(snapshot);
  if (found === undefined || found.metadata.deletionTimestamp !== undefined) return 'is gone';
  const isOther = !isMadeFor(backup, found) || found.spec.source.persistentVolumeClaimName !== claim;
  return isOther ? 'is not the one of this backup' : undefined;
}

/** The members with what their snapshots say now. */
export function withSnapshots(
  members: readonly BackupMember[],
  snapshots: ObservedBackup['snapshots'],
): BackupMember[] {
  return members.map((member) => ({
    ...member,
    volumes: member.volumes.map((volume) => withSnapshot(volume, snapshots?.get(volume.snapshot))),
  }));
}

function withSnapshot(volume: BackupVolume, snapshot: Stored<VolumeSnapshot> | undefined): BackupVolume {
  if (snapshot === undefined) return volume;
  const { creationTime, readyToUse = false, restoreSize, error } = snapshot.status ?? {};
  const { template, claim, snapshot: name } = volume;
  return {
    ...{ template, claim, snapshot: name, ready: readyToUse },
    ...(creationTime === undefined ? {} : { takenAt: creationTime }),
    ...(restoreSize === undefined ? {} : { restoreSize }),
    ...(error?.message === undefined || readyToUse ? {} : { error: error.message.slice(0, longestError) }),
  };
}

const longestError = 500;

/** Also a snapshot that can be used: drivers need not say when they took it. */
export const isTaken = ({ takenAt, ready }: BackupVolume): boolean => takenAt !== undefined || ready === true;

/** For the middle of a sentence: what is wrong with the first of these volumes. */
export function wordsOf(volumes: readonly BackupVolume[]): string {
  const [first] = volumes.toSorted((one, other) => Number(other.error !== undefined) - Number(one.error !== undefined));
  if (first === undefined) return '';
  const more = volumes.length > 1 ? ` and ${volumes.length - 1} more` : '';
  return `${first.snapshot}${more}${first.error === undefined ? '' : `: ${first.error}`}`;
}

/** What the volumes need in all when they are restored. */
export function sizeOf(volumes: readonly BackupVolume[]): string {
  const sizes = volumes.flatMap(({ restoreSize }) => parseQuantity(String(restoreSize ?? 0)) ?? []);
  return sizes.reduce((sum, size) => sum.add(size), Quantity.zero).toString();
}

/** Takes all snapshots away that this backup has made. */
export function deletions({ backup, snapshots }: ObservedBackup): BackupAction[] {
  return [...(snapshots?.values() ?? [])]
    .filter((snapshot) => isMadeFor(backup, snapshot) && snapshot.metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name, uid } }) => ({ type: 'deleteSnapshot', name, uid }));
}
