/** When backups of a schedule are due: Cron's five fields and the names of time zones, as a CronJob has them. */
import { Cron } from 'croner';
import { invalid, type FieldError } from '../../meta/field-error.ts';

/** When something is due. */
interface Schedule {
  /** Five fields ("0 2 * * MON-FRI"), or a word ("@daily"). */
  readonly schedule: string;
  /** UTC if absent. */
  readonly timeZone?: string | undefined;
}

const words = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const names = /\b(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)\b/gi;
const utc = 'UTC';

/** A schedule may be due once in 8 years: on the 29th of February around 2100. */
const longestGapMs = 9 * 366 * 86_400_000;

function cronOf({ schedule, timeZone = utc }: Schedule): Cron {
  return new Cron(schedule, { mode: '5-part', timezone: timeZone, paused: true });
}

/** What is wrong with a schedule. Source: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ */
export function validateSchedule({ schedule, timeZone }: Schedule): FieldError[] {
  const errors = timeZone === undefined ? [] : zoneErrors(timeZone);
  const problem = scheduleProblem(schedule);
  return problem === undefined ? errors : [...errors, invalid('spec.schedule', schedule, problem)];
}

/** The system's own zone has no name that means the same everywhere. */
function zoneErrors(timeZone: string): FieldError[] {
  try {
    if (timeZone.toLowerCase() !== 'local') new Intl.DateTimeFormat('en', { timeZone });
    else return [invalid('spec.timeZone', timeZone, 'must be an explicit time zone')];
    return [];
  } catch {
    return [invalid('spec.timeZone', timeZone, 'must be the name of a time zone, as in Europe/Berlin')];
  }
}

function scheduleProblem(schedule: string): string | undefined {
  const form = `must be five fields of Cron, as in "0 2 * * *", or one of ${words.join(', ')}`;
  const isWord = words.includes(schedule.toLowerCase());
  // The library knows more signs than Cron does.
  if (!isWord && !/^[\d*,\-/? ]+$/.test(schedule.replace(names, ''))) return form;
  try {
    const first = cronOf({ schedule }).nextRun(new Date(0));
    return first === null ? 'must name a day that exists' : undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Cron\w+: /, '') : String(error);
    return `${form}: ${why}`;
  }
}

/** The first time after this one; undefined for what is no schedule, or never due. */
export function nextDue(schedule: Schedule, after: Date): Date | undefined {
  return at(() => cronOf(schedule).nextRun(after));
}

/** The last time that is not after this one; undefined for what is no schedule, or was never due. */
export function lastDue(schedule: Schedule, until: Date): Date | undefined {
  // The library counts whole seconds, and leaves out the one that it is given.
  const reference = new Date(Math.floor(until.getTime() / 1000) * 1000 + 1000);
  const found = at(() => cronOf(schedule).previousRuns(1, reference)[0]);
  return found !== undefined && until.getTime() - found.getTime() < longestGapMs ? found : undefined;
}

/** What was stored once must not fail a reconcile. */
function at(find: () => Date | null | undefined): Date | undefined {
  try {
    return find() ?? undefined;
  } catch {
    return undefined;
  }
}
