/**
 * A schedule of backups, as CronJobs are: one backup at a time (Forbid), of several that were missed the last one is made
 * up for. A backup's name is made of the minute in which it was due: made twice, it is the same one. Source:
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
import type { BackupStatus, KubeDirectorBackup } from '../../../apis/kubedirector/types.ts';
import { lastDue, nextDue } from '../../../apis/kubedirector/schedule.ts';
import { scheduledAtAnnotation, scheduleLabel } from '../../../apis/kubedirector/well-known.ts';
import { kubeTime } from '../../../meta/kube-time.ts';
import type { Stored } from '../../../meta/object.ts';
import type { BackupAction, BackupPlan, ObservedBackup } from './observed.ts';
import { ownedByBackup } from './snapshots.ts';

type Backup = Stored<KubeDirectorBackup>;

/** A wall clock may be set while a timer runs: nobody sleeps longer. */
const longestSleepMs = 10 * 60_000;
/** So many backups that failed are kept, for their messages. */
const failedKept = 3;

/** When it was due. */
const dueOf = ({ metadata: { annotations, creationTimestamp } }: Backup): number =>
  Date.parse(annotations?.[scheduledAtAnnotation] ?? creationTimestamp);

const isOver = ({ status }: Backup): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Degraded' || status?.phase === 'Failed';
const isGoing = ({ metadata }: Backup): boolean => metadata.deletionTimestamp !== undefined;
const byAge = (one: Backup, other: Backup): number => dueOf(other) - dueOf(one);

/** Plans a schedule that stays. */
export function planSchedule({ backup, made, whole, failure }: ObservedBackup, now: Date): BackupPlan {
  const { spec, status = {}, metadata } = backup;
  const schedule = { schedule: spec.schedule ?? '', timeZone: spec.timeZone };
  const active = made.find((one) => !isOver(one) && !isGoing(one));
  const next = spec.suspend === true ? undefined : nextDue(schedule, now);
  const due = spec.suspend === true ? undefined : dueNow(backup, now);
  const isMade = due !== undefined && made.some((one) => one.metadata.name === nameAt(metadata.name, due));
  const actions: BackupAction[] = retired(backup, made, whole, now).map(deletion);
  if (due !== undefined && !isMade && active === undefined) {
    actions.push({ type: 'createBackup', object: backupAt(backup, due) });
  }
  const last = made.filter((one) => one.status?.phase === 'Succeeded').toSorted(byAge)[0];
  const { lastScheduleTime, lastSuccessfulTime } = status;
  const done = isMade ? kubeTime(due) : lastScheduleTime;
  const succeeded = last === undefined ? lastSuccessfulTime : kubeTime(new Date(dueOf(last)));
  const nextStatus: BackupStatus = {
    phase: 'Scheduled',
    ...(failure === undefined ? {} : { reason: 'ReconcileError', message: failure }),
    ...(spec.suspend === true ? { reason: 'Suspended', message: 'no backups are made' } : {}),
    ...(done === undefined ? {} : { lastScheduleTime: done }),
    ...(succeeded === undefined ? {} : { lastSuccessfulTime: succeeded }),
    ...(next === undefined ? {} : { nextScheduleTime: kubeTime(next) }),
    ...(active === undefined ? {} : { active: active.metadata.name }),
    ...(status.conditions === undefined ? {} : { conditions: status.conditions }),
  };
  return { status: nextStatus, actions, againAfterMs: sleep(next, nextExpiry(backup, made), now) };
}

/** The time of the last backup that was due and has not been made; undefined where there is none, or it is too late. */
function dueNow({ spec, status, metadata }: Backup, now: Date): Date | undefined {
  const due = lastDue({ schedule: spec.schedule ?? '', timeZone: spec.timeZone }, now);
  if (due === undefined || due.getTime() <= Date.parse(metadata.creationTimestamp)) return undefined;
  const last = Date.parse(status?.lastScheduleTime ?? '');
  // A clock that was ahead when the last one was made must not keep all others from being made.
  if (due.getTime() <= last && last <= now.getTime()) return undefined;
  const lateMs = now.getTime() - due.getTime();
  const isTooLate = spec.startingDeadlineSeconds !== undefined && lateMs > spec.startingDeadlineSeconds * 1000;
  return isTooLate ? undefined : due;
}

const nameAt = (schedule: string, due: Date): string => `${schedule}-${Math.floor(due.getTime() / 60_000)}`;

function backupAt(schedule: Backup, due: Date): KubeDirectorBackup {
  const { name, namespace = '' } = schedule.metadata;
  const { cluster, volumeSnapshotClassName, freezeTimeoutSeconds, timeoutSeconds } = schedule.spec;
  return {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: 'KubeDirectorBackup',
    metadata: {
      name: nameAt(name, due),
      namespace,
      labels: { [scheduleLabel]: name },
      annotations: { [scheduledAtAnnotation]: kubeTime(due) },
      ownerReferences: [ownedByBackup(schedule)],
    },
    spec: {
      cluster,
      ...(volumeSnapshotClassName === undefined ? {} : { volumeSnapshotClassName }),
      ...(freezeTimeoutSeconds === undefined ? {} : { freezeTimeoutSeconds }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    },
  };
}

/** Those that retention lets go. The last one that a cluster can be made of stays, however old it is. */
function retired(
  { spec: { retention } }: Backup,
  made: readonly Backup[],
  whole: ReadonlySet<string>,
  now: Date,
): readonly Backup[] {
  const staying = made.filter((one) => !isGoing(one)).toSorted(byAge);
  const isGood = ({ metadata }: Backup): boolean => whole.has(metadata.name);
  const failed = staying.filter(({ status }) => status?.phase === 'Failed').slice(failedKept);
  const { keepLast = Number.POSITIVE_INFINITY, maxAgeSeconds = Number.POSITIVE_INFINITY } = retention ?? {};
  const old = staying.filter((one) => {
    const { phase } = one.status ?? {};
    if (!isGood(one) && phase !== 'Degraded') return false;
    // One that has lost a snapshot goes as it would have gone, but takes no place.
    const newer = staying.slice(0, staying.indexOf(one)).filter(isGood).length;
    return newer > 0 && (newer >= keepLast || now.getTime() - dueOf(one) >= maxAgeSeconds * 1000);
  });
  return [...old, ...failed];
}

const deletion = ({ metadata: { name, uid } }: Backup): BackupAction => ({ type: 'deleteBackup', name, uid });

/** When the oldest backup gets too old, in milliseconds since the epoch. */
function nextExpiry({ spec: { retention } }: Backup, made: readonly Backup[]): number {
  const { maxAgeSeconds } = retention ?? {};
  const ages = made
    .filter((one) => one.status?.phase === 'Succeeded' && !isGoing(one))
    .toSorted(byAge)
    .slice(1)
    .map(dueOf);
  return maxAgeSeconds === undefined || ages.length === 0
    ? Number.POSITIVE_INFINITY
    : Math.min(...ages) + maxAgeSeconds * 1000;
}

function sleep(next: Date | undefined, expiry: number, now: Date): number {
  const wake = Math.min(next?.getTime() ?? Number.POSITIVE_INFINITY, expiry);
  return Math.min(longestSleepMs, Math.max(1_000, wake - now.getTime()));
}
