/**
 * From what is to what is to be done for a backup: pure. The status comes first: an executor writes it (if it changed)
 * before it acts, and a crash between any two steps is followed by the same plan.
 */
import type { BackupStatus, KubeDirectorBackup } from '../../../apis/kubedirector/types.ts';
import { cleanupFinalizer } from '../../../apis/kubedirector/well-known.ts';
import { deepEqual } from '../../../meta/json.ts';
import type { Stored } from '../../../meta/object.ts';
import { withConditions } from './conditions.ts';
import { planMaking } from './making.ts';
import type { BackupPlan, ObservedBackup } from './observed.ts';
import { planSchedule } from './schedule.ts';
import { deletions } from './snapshots.ts';

/** Whether there may be something to do for a backup. Those that succeeded are looked after: their snapshots may be lost. */
export function needsWork(backup: Stored<KubeDirectorBackup>): boolean {
  const isKept = backup.metadata.deletionTimestamp === undefined && backup.status?.phase === 'Succeeded';
  return isKept || isUnfinished(backup);
}

/** Whether it is still to be made, or something of it is to be taken away; also a schedule, which never ends. */
export function isUnfinished({ spec, status, metadata }: Stored<KubeDirectorBackup>): boolean {
  if (metadata.deletionTimestamp !== undefined) return (metadata.finalizers ?? []).includes(cleanupFinalizer);
  if (spec.schedule !== undefined) return true;
  if (status?.phase === 'Succeeded' || status?.phase === 'Degraded') return false;
  return status?.phase !== 'Failed' || status.members !== undefined;
}

/** Whether it has begun and not ended: then no other one of the cluster begins. */
export const isInProgress = ({ spec, status, metadata }: Stored<KubeDirectorBackup>): boolean =>
  spec.schedule === undefined &&
  metadata.deletionTimestamp === undefined &&
  status?.startedAt !== undefined &&
  status.phase !== 'Succeeded' &&
  status.phase !== 'Degraded' &&
  status.phase !== 'Failed';

/** Whether the members of its cluster are to be frozen. */
export const freezes = ({ status, metadata }: Stored<KubeDirectorBackup>): boolean =>
  metadata.deletionTimestamp === undefined &&
  status?.frozenAt !== undefined &&
  (status.phase === 'Freezing' || status.phase === 'Snapshotting');

/** What is to be done for a backup now, and its next status. */
export function planBackup(observed: ObservedBackup, now: Date): BackupPlan {
  const { backup } = observed;
  if (backup.metadata.deletionTimestamp !== undefined) return planLeaving(observed);
  if (!needsWork(backup)) return { actions: [] };
  const { finalizers = [] } = backup.metadata;
  if (backup.spec.schedule === undefined && !finalizers.includes(cleanupFinalizer)) {
    return { actions: [{ type: 'setFinalizers', finalizers: [...finalizers, cleanupFinalizer] }] };
  }
  const plan = backup.spec.schedule === undefined ? planMaking(observed, now) : planSchedule(observed, now);
  const { status } = plan;
  return status === undefined ? plan : { ...plan, status: told(backup, status, now) };
}

function told({ metadata, status: before }: Stored<KubeDirectorBackup>, status: BackupStatus, now: Date): BackupStatus {
  const { generation = 0 } = metadata;
  const next = withConditions({ ...status, observedGeneration: generation }, before?.conditions, generation, now);
  return deepEqual(next, before) ? (before ?? {}) : next;
}

/** It stays while clusters are being made of it, and until its snapshots have been asked to go. */
function planLeaving(observed: ObservedBackup): BackupPlan {
  const { backup, restoring, snapshots, obstacle } = observed;
  const { finalizers = [] } = backup.metadata;
  if (!finalizers.includes(cleanupFinalizer)) return { actions: [] };
  if (restoring.length > 0) {
    const message = `it stays until these clusters have been made of it: ${restoring.join(', ')}`;
    const status = { ...backup.status, reason: 'InUse', message };
    const isKnown = backup.status?.message === message;
    const event = { type: 'event', severity: 'Normal', reason: 'InUse', message } as const;
    return { status, actions: isKnown ? [] : [event] };
  }
  const hasNone = backup.status?.members === undefined || obstacle?.reason === 'SnapshotsNotServed';
  if (!hasNone && snapshots === undefined) return { actions: [] };
  const actions = deletions(observed);
  if (actions.length > 0) return { actions };
  return { actions: [{ type: 'setFinalizers', finalizers: finalizers.filter((one) => one !== cleanupFinalizer) }] };
}
