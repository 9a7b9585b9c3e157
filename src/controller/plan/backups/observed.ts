/** What the plan of a backup is made from, and what it comes to: plain data. */
import type {
  BackupStatus,
  KubeDirectorApp,
  KubeDirectorBackup,
  KubeDirectorCluster,
} from '../../../apis/kubedirector/types.ts';
import type { PersistentVolumeClaim, VolumeSnapshot } from '../../../apis/kubernetes/types.ts';
import type { Stored } from '../../../meta/object.ts';
import type { ByName } from '../observed.ts';

/** All that a plan reads. Nothing in it may be changed. */
export interface ObservedBackup {
  readonly backup: Stored<KubeDirectorBackup>;
  /** The cluster of that name, whichever it is. */
  readonly cluster: Stored<KubeDirectorCluster> | undefined;
  readonly app: Stored<KubeDirectorApp> | undefined;
  /** Those of the cluster. */
  readonly claims: ByName<Stored<PersistentVolumeClaim>>;
  /** Those labelled as the backup's; undefined while they are not known, or are not served. */
  readonly snapshots: ByName<Stored<VolumeSnapshot>> | undefined;
  /** Why no snapshots can be taken: they are not served, or their class does not exist. */
  readonly obstacle: Obstacle | undefined;
  /** The name of another backup of the cluster that goes first. */
  readonly before: string | undefined;
  /** Which snapshot is gone of a backup that succeeded, as a sentence; undefined where all are there, or it is not known. */
  readonly loss: string | undefined;
  /** Names of clusters whose volumes are being made of this backup. */
  readonly restoring: readonly string[];
  /** The backups that a schedule has made. */
  readonly made: readonly Stored<KubeDirectorBackup>[];
  /** Names of those of them that succeeded, and of which all snapshots are known to be there. */
  readonly whole: ReadonlySet<string>;
  /** Why the last attempts to act, or to read the snapshots, have failed; absent where they have not. */
  readonly failure?: string;
}

/** Why something can't go on, for a status. */
export interface Obstacle {
  /** A word of `docs/backup.md`, "Why a backup waits or fails". */
  readonly reason: string;
  readonly message: string;
}

/** One thing to be done. It may be repeated. */
export type BackupAction =
  | { readonly type: 'setFinalizers'; readonly finalizers: readonly string[] }
  | { readonly type: 'createSnapshot'; readonly object: VolumeSnapshot }
  | { readonly type: 'deleteSnapshot'; readonly name: string; readonly uid: string }
  | { readonly type: 'createBackup'; readonly object: KubeDirectorBackup }
  | { readonly type: 'deleteBackup'; readonly name: string; readonly uid: string }
  | {
      readonly type: 'event';
      readonly severity: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
    };

/** What is to be done for a backup now. */
export interface BackupPlan {
  readonly actions: readonly BackupAction[];
  /** What status should be; undefined where it is not for this plan to say. */
  readonly status?: BackupStatus;
  /** Milliseconds after which to plan again, if nothing changes before. */
  readonly againAfterMs?: number;
}
