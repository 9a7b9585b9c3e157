/**
 * One backup from its beginning to its end. Each phase is left by a write of the status, so that a controller that is
 * killed goes on where the last one was. Applications are frozen in Freezing and Snapshotting only: the plan of their
 * cluster lets them go as soon as the status says something else (see plan/guest/freeze.ts).
 */
import type { BackupPhase, BackupStatus, KubeDirectorCluster } from '../../../apis/kubedirector/types.ts';
import { isPaused } from '../../../apis/kubedirector/switches.ts';
import { defaultFreezeSeconds } from '../../../apis/kubedirector/well-known.ts';
import { kubeTime } from '../../../meta/kube-time.ts';
import type { Stored } from '../../../meta/object.ts';
import { areThawed, frostOf, isStopped, membersToCopy, obstacleOf, specToKeep } from './members.ts';
import type { BackupAction, BackupPlan, ObservedBackup, Obstacle } from './observed.ts';
import {
  deletions,
  isMadeFor,
  isTaken,
  lossOf,
  sizeOf,
  snapshotOf,
  volumesOf,
  withSnapshots,
  wordsOf,
} from './snapshots.ts';

/** What a phase comes to. */
interface Step {
  readonly status: BackupStatus;
  readonly actions?: readonly BackupAction[];
  /** When the phase ends by itself, in milliseconds since the epoch. */
  readonly until?: number;
}

const defaultTimeoutSeconds = 3600;
/** What members are told of the end is tried again for so long and given up then; nobody waits longer. */
const longestThawMs = 15 * 60_000;
/** A clock that goes back so far is taken for one that was set. */
const clockGraceMs = 5_000;
/** So often what can't be read is tried again. */
const readAgainMs = 4_000;

/** Plans a backup that is not a schedule, and stays. */
export function planMaking(observed: ObservedBackup, now: Date): BackupPlan {
  const { phase = 'Pending' } = observed.backup.status ?? {};
  const { status, actions = [], until } = stepOf(observed, phase, now);
  if (until === undefined) return { status, actions };
  const leftMs = until - now.getTime();
  const wakeMs = observed.snapshots === undefined ? Math.min(leftMs, readAgainMs) : leftMs;
  return { status, actions, againAfterMs: Math.max(1_000, wakeMs + 1_000) };
}

function stepOf(observed: ObservedBackup, phase: BackupPhase, now: Date): Step {
  switch (phase) {
    case 'Freezing':
      return freezing(observed, now);
    case 'Snapshotting':
      return snapshotting(observed, now);
    case 'Thawing':
      return thawing(observed, now);
    case 'Finalizing':
      return finalizing(observed, now);
    case 'Failed':
      return failed(observed);
    case 'Succeeded':
      return succeeded(observed);
    case 'Degraded':
      return { status: observed.backup.status ?? {} };
    case 'Pending':
    case 'Scheduled':
      return pending(observed, now);
  }
}

const timeOf = (text: string | undefined): number => (text === undefined ? 0 : Date.parse(text));

const endOf = ({ backup }: ObservedBackup): number => {
  const { timeoutSeconds = defaultTimeoutSeconds } = backup.spec;
  return timeOf(backup.status?.startedAt ?? backup.metadata.creationTimestamp) + timeoutSeconds * 1000;
};

function pending(observed: ObservedBackup, now: Date): Step {
  const { backup, cluster, app, obstacle, before, snapshots, failure } = observed;
  if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined) {
    return end(observed, clusterGone(backup.spec.cluster), now);
  }
  if (obstacle !== undefined) return end(observed, obstacle, now);
  const waiting =
    before === undefined ? obstacleOf(observed) : { reason: 'OtherBackup', message: `backup ${before} goes first` };
  const noApp = { reason: 'ClusterNotReady', message: `app ${cluster.spec.app} does not exist` };
  const unread = { reason: 'ReconcileError', message: failure ?? 'VolumeSnapshots can not be read' };
  const why = waiting ?? (app === undefined ? noApp : snapshots === undefined ? unread : undefined);
  if (why === undefined && app !== undefined) return begin(observed, cluster, { app }, now);
  if (now.getTime() >= endOf(observed) && why !== undefined) return end(observed, why, now);
  return { status: { ...backup.status, phase: 'Pending', ...why }, until: endOf(observed) };
}

function begin(
  observed: ObservedBackup,
  cluster: Stored<KubeDirectorCluster>,
  { app }: { readonly app: NonNullable<ObservedBackup['app']> },
  now: Date,
): Step {
  const { backup } = observed;
  const members = membersToCopy(backup.metadata.name, cluster);
  if (members.length === 0) {
    return end(observed, { reason: 'NoVolumes', message: 'no member of the cluster has a volume' }, now);
  }
  const { distroID, version } = app.spec;
  const { appCatalog } = cluster.spec;
  const startedAt = kubeTime(now);
  const known = without(backup.status ?? {}, 'reason', 'message');
  const status: BackupStatus = {
    ...known,
    ...(isStopped(cluster) ? { phase: 'Snapshotting' } : { phase: 'Freezing', frozenAt: startedAt }),
    startedAt,
    app: { name: cluster.spec.app, distroID, version, ...(appCatalog === undefined ? {} : { catalog: appCatalog }) },
    clusterUID: cluster.metadata.uid,
    clusterSpec: specToKeep(cluster.spec),
    members,
  };
  return { status };
}

const clusterGone = (name: string): Obstacle => ({ reason: 'ClusterNotFound', message: `there is no cluster ${name}` });

/** Why the cluster can't be copied any more; undefined where it can. */
function broken({ backup, cluster }: ObservedBackup): Obstacle | undefined {
  const { spec, status } = backup;
  const isGone = cluster?.metadata.deletionTimestamp !== undefined || cluster?.metadata.uid !== status?.clusterUID;
  if (cluster === undefined || isGone) return clusterGone(spec.cluster);
  if (isPaused(cluster)) return { reason: 'ClusterPaused', message: 'the cluster was paused amid the backup' };
  const wasStopped = status?.frozenAt === undefined;
  if (wasStopped ? isStopped(cluster) : cluster.spec.suspend !== true) return undefined;
  return {
    reason: 'ClusterNotReady',
    message: `the cluster was ${wasStopped ? 'started' : 'stopped'} amid the backup`,
  };
}

/** When applications have to go on; later than ever where none is frozen. */
function thawTime(observed: ObservedBackup): number {
  const { spec, status } = observed.backup;
  if (status?.frozenAt === undefined) return endOf(observed);
  return timeOf(status.frozenAt) + (spec.freezeTimeoutSeconds ?? defaultFreezeSeconds) * 1000;
}

function isOver(observed: ObservedBackup, now: Date): boolean {
  const began = timeOf(observed.backup.status?.startedAt);
  return now.getTime() >= thawTime(observed) || now.getTime() < began - clockGraceMs;
}

function freezing(observed: ObservedBackup, now: Date): Step {
  const { backup, cluster } = observed;
  const status = backup.status ?? {};
  const why = broken(observed);
  if (why !== undefined || cluster === undefined) return giveUp(observed, why ?? clusterGone(backup.spec.cluster), now);
  const { missing, lost } = frostOf(backup.metadata.uid, cluster, status.members);
  if (lost !== undefined) return giveUp(observed, lost, now);
  if (missing.length === 0) return { status: { ...status, phase: 'Snapshotting' } };
  if (!isOver(observed, now)) return { status, until: thawTime(observed) };
  const message = `startscript --backup begin has not ended in time: ${missing.slice(0, 3).join(', ')}`;
  return giveUp(observed, { reason: 'FreezeTimeout', message }, now);
}

function snapshotting(observed: ObservedBackup, now: Date): Step {
  const { backup, cluster, snapshots, failure } = observed;
  const status = backup.status ?? {};
  const why = broken(observed) ?? observed.obstacle ?? thawed(observed);
  if (why !== undefined || cluster === undefined) return giveUp(observed, why ?? clusterGone(backup.spec.cluster), now);
  const foreign = [...(snapshots?.values() ?? [])].find((snapshot) => !isMadeFor(backup, snapshot));
  if (foreign !== undefined) {
    const message = `VolumeSnapshot ${foreign.metadata.name} is not of this backup`;
    return giveUp(observed, { reason: 'SnapshotsNotTaken', message }, now);
  }
  const members = withSnapshots(status.members ?? [], snapshots);
  const volumes = volumesOf(members);
  const left = volumes.filter((volume) => !isTaken(volume));
  if (snapshots !== undefined && left.length === 0) {
    const taken = { ...status, members, snapshotsTakenAt: kubeTime(now) };
    return { status: { ...taken, phase: status.frozenAt === undefined ? 'Finalizing' : 'Thawing' } };
  }
  if (isOver(observed, now)) {
    const said = failure === undefined ? wordsOf(left) : failure;
    const message = `not all snapshots were taken in time: ${said}`;
    return giveUp(
      { ...observed, backup: { ...backup, status: { ...status, members } } },
      { reason: 'SnapshotsNotTaken', message },
      now,
    );
  }
  const toMake = snapshots === undefined ? [] : volumes.filter(({ snapshot }) => !snapshots.has(snapshot));
  const actions = toMake.map((volume) => ({ type: 'createSnapshot', object: snapshotOf(backup, volume) }) as const);
  return { status: { ...status, members }, actions, until: thawTime(observed) };
}

/** Why a snapshot would not be of one moment; undefined while everybody is frozen, or nobody runs. */
function thawed({ backup, cluster }: ObservedBackup): Obstacle | undefined {
  const { frozenAt, members } = backup.status ?? {};
  if (frozenAt === undefined || cluster === undefined) return undefined;
  const { missing, lost } = frostOf(backup.metadata.uid, cluster, members);
  if (lost !== undefined || missing.length === 0) return lost;
  return { reason: 'MembersNotReady', message: `member ${missing[0] ?? ''} is no longer frozen` };
}

function thawing(observed: ObservedBackup, now: Date): Step {
  const { backup, cluster } = observed;
  const status = backup.status ?? {};
  const until = thawTime(observed) + longestThawMs;
  if (!areThawed(backup.metadata.uid, cluster) && now.getTime() < until) return { status, until };
  const { reason, message = '' } = status;
  if (reason !== undefined) return end(observed, { reason, message }, now);
  return { status: { ...status, phase: 'Finalizing' } };
}

function finalizing(observed: ObservedBackup, now: Date): Step {
  const { backup, snapshots, obstacle } = observed;
  const status = backup.status ?? {};
  if (obstacle !== undefined) return end(observed, obstacle, now);
  if (snapshots === undefined) return { status, until: endOf(observed) };
  const members = withSnapshots(status.members ?? [], snapshots);
  const volumes = volumesOf(members);
  for (const volume of volumes) {
    const loss = lossOf(observed, volume);
    if (loss === undefined) continue;
    return end(observed, { reason: 'SnapshotLost', message: `VolumeSnapshot ${volume.snapshot} ${loss}` }, now);
  }
  const left = volumes.filter(({ ready }) => ready !== true);
  if (left.length === 0) {
    const done = without(status, 'reason', 'message');
    const actions = [told('Normal', 'Succeeded', `backup of cluster ${backup.spec.cluster} succeeded`)];
    const size = sizeOf(volumes);
    return { status: { ...done, phase: 'Succeeded', members, size, completedAt: kubeTime(now) }, actions };
  }
  const why = { reason: 'SnapshotsNotReady', message: `snapshots are not ready to use: ${wordsOf(left)}` };
  if (now.getTime() >= endOf(observed)) return end(observed, why, now);
  return { status: { ...status, members, ...why }, until: endOf(observed) };
}

/** The snapshots that are left stay: there may be no other copy of what is in them. */
function succeeded({ backup: { status = {} }, loss }: ObservedBackup): Step {
  if (loss === undefined) return { status };
  const actions = [told('Warning', 'SnapshotLost', `no cluster can be made of the backup any more: ${loss}`)];
  return { status: { ...status, phase: 'Degraded', reason: 'SnapshotLost', message: loss }, actions };
}

/** A backup that can't succeed any more. Its snapshots go once nobody is frozen for it. */
function giveUp(observed: ObservedBackup, why: Obstacle, now: Date): Step {
  const { status = {} } = observed.backup;
  return status.frozenAt === undefined ? end(observed, why, now) : { status: { ...status, phase: 'Thawing', ...why } };
}

function end(observed: ObservedBackup, why: Obstacle, now: Date): Step {
  const { status } = observed.backup;
  const actions = [...deletions(observed), told('Warning', why.reason, `the backup has failed: ${why.message}`)];
  return { status: { ...status, phase: 'Failed', ...why, completedAt: kubeTime(now) }, actions };
}

/** What was made for it goes; then nothing of it says that there are snapshots. */
function failed(observed: ObservedBackup): Step {
  const { status = {} } = observed.backup;
  if (status.members === undefined) return { status };
  const actions = deletions(observed);
  const isKnown = observed.snapshots !== undefined || observed.obstacle?.reason === 'SnapshotsNotServed';
  return isKnown && actions.length === 0 ? { status: without(status, 'members') } : { status, actions };
}

const told = (severity: 'Normal' | 'Warning', reason: string, message: string): BackupAction => ({
  ...{ type: 'event', severity, reason, message },
});

function without(status: BackupStatus, ...fields: (keyof BackupStatus)[]): BackupStatus {
  const copy = { ...status };
  for (const field of fields) Reflect.deleteProperty(copy, field);
  return copy;
}
