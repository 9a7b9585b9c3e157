/** The backup that the volumes of a new cluster are made of (spec.restoreFrom). See docs/adr/0051-backups.md. */
import { validateRestoreFrom } from '../../apis/kubedirector/restore-from.ts';
import type { BackupVolume, KubeDirectorBackup, MemberStatus } from '../../apis/kubedirector/types.ts';
import type { Stored } from '../../meta/object.ts';
import type { Draft } from './draft.ts';
import { podOrdinal } from './names.ts';

/** What is known of the backup of a cluster that is made of one. */
type Source =
  | { readonly type: 'ready'; readonly backup: Stored<KubeDirectorBackup> }
  /** It is not there yet, or has not ended; or the cluster can't be made of it. */
  | { readonly type: 'waits' | 'impossible'; readonly reason: string; readonly message: string };

/** Undefined for a cluster that is not made of a backup, or is no longer: its volumes are its own then. */
export function sourceOf(draft: Draft): Source | undefined {
  const { cluster, source: backup, loss } = draft.observed;
  const { restoredFrom } = draft.status;
  const name = cluster.spec.restoreFrom?.backup;
  if (name === undefined || restoredFrom?.completedAt !== undefined) return undefined;
  const isOther = backup !== undefined && restoredFrom !== undefined && restoredFrom.uid !== backup.metadata.uid;
  if (restoredFrom !== undefined && (backup === undefined || isOther)) {
    const message = `backup ${name} is gone: members whose volumes had not been made of it can't be made`;
    return { type: 'impossible', reason: 'BackupGone', message };
  }
  if (backup === undefined)
    return { type: 'waits', reason: 'AwaitingBackup', message: `backup ${name} does not exist` };
  const isLeaving = backup.metadata.deletionTimestamp !== undefined;
  // A cluster that was begun goes on with what is left: a backup that goes is kept for it.
  const isLess = isLeaving || backup.status?.phase === 'Degraded';
  const [error] = restoredFrom !== undefined && isLess ? [] : validateRestoreFrom(cluster.spec, draft.app, backup);
  if (error !== undefined) {
    return { type: 'impossible', reason: 'RestoreImpossible', message: `${error.field}: ${error.message}` };
  }
  const { phase } = backup.status ?? {};
  if (phase !== 'Succeeded' && phase !== 'Degraded') {
    return { type: 'waits', reason: 'AwaitingBackup', message: `backup ${name} has not ended` };
  }
  if (restoredFrom === undefined && loss !== undefined) {
    return { type: 'impossible', reason: 'RestoreImpossible', message: loss };
  }
  const odd = claimOfOther(draft, backup);
  if (odd === undefined) return { type: 'ready', backup };
  const message = `PersistentVolumeClaim ${odd} exists and is not made of backup ${name}`;
  return { type: 'impossible', reason: 'RestoreImpossible', message };
}

/** The volumes in a backup for the member of this role and number; none for one that the backup does not have. */
export function volumesFor(
  { status }: KubeDirectorBackup,
  role: string,
  { pod }: MemberStatus,
): readonly BackupVolume[] {
  const ordinal = podOrdinal(pod);
  return status?.members?.find((member) => member.role === role && member.ordinal === ordinal)?.volumes ?? [];
}

/** The name of the claim that a member gets a volume in. */
export const claimFor = ({ template }: BackupVolume, { pod }: MemberStatus): string => `${template}-${pod}`;

/** A claim that was there before: of an earlier cluster, or of somebody else. */
function claimOfOther({ observed, status }: Draft, backup: Stored<KubeDirectorBackup>): string | undefined {
  for (const { id, members } of status.roles) {
    for (const member of members) {
      if (member.stateDetail.lastSetupGeneration !== undefined) continue;
      for (const volume of volumesFor(backup, id, member)) {
        const claim = observed.claims.get(claimFor(volume, member));
        if (claim !== undefined && claim.spec?.dataSource?.name !== volume.snapshot) return claim.metadata.name;
      }
    }
  }
  return undefined;
}

/** Whether the member is new and finds the files of another one on its volumes. */
export function findsFiles(draft: Draft, role: string, member: MemberStatus): boolean {
  if (member.stateDetail.lastSetupGeneration !== undefined) return false;
  const source = sourceOf(draft);
  return source?.type === 'ready' && volumesFor(source.backup, role, member).length > 0;
}
