/** Gathers what the plan of a backup is made from. */
import type { KubeDirectorBackup } from '../../apis/kubedirector/types.ts';
import { isBeingRestoredFrom } from '../../apis/kubedirector/restore-from.ts';
import { backupLabel, clusterLabel, scheduleLabel } from '../../apis/kubedirector/well-known.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { createAppLookup } from '../app-lookup.ts';
import type { BackupIndex } from '../backup-index.ts';
import type { ControllerOptions } from '../clients.ts';
import { keyOf } from '../keys.ts';
import { lossOfBackup } from '../lost-snapshots.ts';
import type { ObservedBackup, Obstacle } from '../plan/backups/observed.ts';
import { freezes, isInProgress, needsWork } from '../plan/backups/plan.ts';

/** Gathers all that the plan of one backup needs. */
interface BackupObserver {
  /**
   * Undefined for a backup that does not exist, or has nothing to do.
   * @param signal ends the view of snapshots, which is opened at the first backup that needs it
   * @throws StatusError where the snapshots can't be read, and there is nothing to plan without them
   */
  observe(target: NamespacedName, signal: AbortSignal): Promise<SeenBackup | undefined>;
}

/** What was gathered. */
type SeenBackup = ObservedBackup & {
  /** Why the snapshots can't be read now, to be thrown once the plan has been carried out; absent where they can. */
  readonly unread?: Error;
};

type BackupObserverOptions = Pick<ControllerOptions, 'clusters' | 'apps' | 'backups' | 'native' | 'systemNamespace'> & {
  readonly index: BackupIndex;
};

/** Reads caches only, but for what is asked about VolumeSnapshots. */
export function createBackupObserver(options: BackupObserverOptions): BackupObserver {
  const { clusters, backups, native, index } = options;
  const { appOf } = createAppLookup(options);
  const read = createSnapshotReader(native);

  return {
    async observe({ namespace, name }, signal) {
      const backup = backups.get(namespace, name);
      if (backup === undefined || !needsWork(backup)) return undefined;
      const { spec, status, metadata } = backup;
      const isSchedule = spec.schedule !== undefined;
      const isLeaving = metadata.deletionTimestamp !== undefined;
      const cluster = isSchedule ? undefined : clusters.get(namespace, spec.cluster);
      const asks = !isSchedule && (!isLeaving || status?.members !== undefined);
      const claims = native.persistentVolumeClaims.byLabel(clusterLabel, spec.cluster, namespace);
      const made = isSchedule ? madeBy(backups, backup) : [];
      const seen = asks ? await read(backup, signal) : { snapshots: undefined, obstacle: undefined };
      const isKept = !isLeaving && status?.phase === 'Succeeded' && seen.snapshots !== undefined;
      return {
        ...{ backup, cluster, app: cluster === undefined ? undefined : appOf(cluster) },
        claims: new Map(claims.map((claim) => [claim.metadata.name, claim])),
        ...seen,
        loss: isKept ? await lossOfBackup(native.snapshots, backup) : undefined,
        before: status?.startedAt === undefined ? earlier(index, backup) : undefined,
        restoring: isLeaving
          ? clusters
              .list(namespace)
              .filter((one) => isBeingRestoredFrom(one, name))
              .map((one) => one.metadata.name)
          : [],
        made,
        ...(await wholeOnes(native.snapshots, isLeaving ? [] : made, signal)),
      };
    },
  };
}

const madeBy = (
  backups: ControllerOptions['backups'],
  { metadata: { namespace = '', name, uid } }: Stored<KubeDirectorBackup>,
): readonly Stored<KubeDirectorBackup>[] =>
  backups
    .byLabel(scheduleLabel, name, namespace)
    .filter((one) => one.metadata.ownerReferences?.some((owner) => owner.uid === uid));

/** Asked before retention lets any go: a loss may not have been noticed yet. Nothing is known while they can't be read. */
async function wholeOnes(
  snapshots: ControllerOptions['native']['snapshots'],
  made: readonly Stored<KubeDirectorBackup>[],
  signal: AbortSignal,
): Promise<Pick<SeenBackup, 'whole' | 'unread'>> {
  const whole = new Set<string>();
  const succeeded = made.filter(({ status }) => status?.phase === 'Succeeded');
  try {
    if (succeeded.length === 0 || !(await snapshots.follow(signal))) return { whole };
    for (const one of succeeded) {
      if ((await lossOfBackup(snapshots, one)) === undefined) whole.add(one.metadata.name);
    }
    return { whole };
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    return { whole: new Set(), unread: error };
  }
}

/** What a plan has to know of the snapshots of a backup. */
function createSnapshotReader({ snapshots }: Pick<ControllerOptions['native'], 'snapshots'>) {
  async function snapshotsOf(
    backup: Stored<KubeDirectorBackup>,
    signal: AbortSignal,
  ): Promise<Pick<ObservedBackup, 'snapshots' | 'obstacle'>> {
    const { namespace = '', name } = backup.metadata;
    if (!(await snapshots.follow(signal))) return { snapshots: undefined, obstacle: notServed };
    const found = snapshots.view.byLabel(backupLabel, name, namespace);
    return {
      snapshots: new Map(found.map((snapshot) => [snapshot.metadata.name, snapshot])),
      obstacle: await classObstacle(backup),
    };
  }

  /** Asked before anybody is frozen. */
  async function classObstacle({ spec, status }: KubeDirectorBackup): Promise<Obstacle | undefined> {
    const { volumeSnapshotClassName: name } = spec;
    if (name === undefined || status?.startedAt !== undefined || (await snapshots.hasClass(name))) return undefined;
    return { reason: 'SnapshotClassNotFound', message: `there is no VolumeSnapshotClass ${name}` };
  }

  /** Time goes on for a backup that waits or keeps members frozen, also while nothing can be read. */
  return async (
    backup: Stored<KubeDirectorBackup>,
    signal: AbortSignal,
  ): Promise<Pick<SeenBackup, 'snapshots' | 'obstacle' | 'unread'>> => {
    try {
      return await snapshotsOf(backup, signal);
    } catch (error) {
      const waits = backup.metadata.deletionTimestamp === undefined && backup.status?.startedAt === undefined;
      if (signal.aborted || !(error instanceof Error) || !(waits || freezes(backup))) throw error;
      return { snapshots: undefined, obstacle: undefined, unread: error };
    }
  };
}

/** The name of another backup of the cluster that has begun, or that was created before and has not. */
function earlier(index: BackupIndex, { metadata, spec }: Stored<KubeDirectorBackup>): string | undefined {
  const { namespace = '', name } = metadata;
  const others = index
    .unfinished(keyOf({ namespace, name: spec.cluster }))
    .filter((other) => other.metadata.uid !== metadata.uid && other.metadata.deletionTimestamp === undefined);
  const age = (one: Stored<KubeDirectorBackup>): string => `${one.metadata.creationTimestamp} ${one.metadata.name}`;
  const isBefore = (other: Stored<KubeDirectorBackup>): boolean =>
    other.status?.startedAt === undefined &&
    other.status?.phase !== 'Failed' &&
    age(other) < `${metadata.creationTimestamp} ${name}`;
  return (others.find(isInProgress) ?? others.find(isBefore))?.metadata.name;
}

const notServed: Obstacle = {
  reason: 'SnapshotsNotServed',
  message:
    'this cluster serves no snapshot.storage.k8s.io/v1: install the CRDs of VolumeSnapshots, the snapshot controller and a CSI driver that takes snapshots',
};
