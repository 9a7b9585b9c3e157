/** The rules for KubeDirectorBackups that their schema cannot express. */
import { forbidden, invalid, type FieldError } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import { dns1123SubdomainErrors } from '../../meta/names.ts';
import { validateSchedule } from './schedule.ts';
import type { BackupSpec, KubeDirectorBackup } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

/** A backup's name is the value of a label. */
const longestName = 63;
/** Backups of a schedule have its name, a dash and the minute in which they were due: as a CronJob's Jobs. */
const longestScheduleName = 52;

/** A DNS subdomain that can be the value of a label. */
export function backupNameErrors(name: string, isPrefix = false): string[] {
  const errors = dns1123SubdomainErrors(name);
  return !isPrefix && name.length > longestName
    ? [...errors, `must be no more than ${longestName} characters`]
    : errors;
}

const ofSchedules = ['timeZone', 'startingDeadlineSeconds', 'suspend', 'retention'] as const;

/** All errors of a new backup. */
export function validateBackup({ metadata, spec }: WellShaped<KubeDirectorBackup>): FieldError[] {
  if (spec === undefined) return [];
  const { cluster, schedule } = spec;
  const errors =
    cluster === undefined ? [] : dns1123SubdomainErrors(cluster).map((text) => invalid('spec.cluster', cluster, text));
  if (schedule === undefined) {
    const misplaced = ofSchedules.filter((field) => spec[field] !== undefined);
    return [...errors, ...misplaced.map((field) => forbidden(`spec.${field}`, 'needs spec.schedule'))];
  }
  const { name = '' } = metadata ?? {};
  if (name.length > longestScheduleName) {
    errors.push(
      invalid('metadata.name', name, `must be no more than ${longestScheduleName} characters for a schedule`),
    );
  }
  return [...errors, ...validateSchedule({ schedule, timeZone: spec.timeZone })];
}

/** All errors of a change. */
export function validateBackupUpdate(backup: WellShaped<KubeDirectorBackup>, old: KubeDirectorBackup): FieldError[] {
  const { spec } = backup;
  if (deepEqual(spec, old.spec)) return [];
  const isSchedule = old.spec.schedule !== undefined;
  const changed = fieldsOf(spec, old.spec).filter((field) => !deepEqual(spec?.[field], old.spec[field]));
  const errors = changed.flatMap((field) => {
    if (field === 'cluster') return [forbidden('spec.cluster', `can't change; it is "${old.spec.cluster}"`)];
    if (!isSchedule) return [forbidden(`spec.${field}`, "can't change; create another backup")];
    const isRemoved = field === 'schedule' && spec?.schedule === undefined;
    return isRemoved
      ? [forbidden('spec.schedule', "can't be removed; set spec.suspend to make no further backups")]
      : [];
  });
  return errors.length > 0 ? errors : validateBackup(backup);
}

const fieldsOf = (...specs: (WellShaped<BackupSpec> | undefined)[]): (keyof BackupSpec)[] =>
  [...new Set(specs.flatMap((spec) => Object.keys(spec ?? {})))] as (keyof BackupSpec)[];

/** Warnings about what a deletion takes along. */
export function backupDeletionWarnings({ spec }: WellShaped<KubeDirectorBackup>): string[] {
  if (spec?.schedule === undefined) return ['the VolumeSnapshots of the backup are deleted, too'];
  return ['the backups of the schedule are deleted, too, with their VolumeSnapshots; --cascade=orphan keeps them'];
}
