/** Backups of a running server into a folder, by a schedule. */
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { pause } from '../../runtime/time-limit.ts';
import { encodeBackup } from '../../storage/backup.ts';
import type { Store } from '../../storage/contract.ts';
import { writeBackupFile } from '../backup-file.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { BackupSchedule } from './options.ts';

interface BackupsOptions {
  readonly schedule: BackupSchedule;
  readonly store: Pick<Store, 'list'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** "kubedirector-20260301T100000000Z-r9.backup": when it was begun, in UTC, and the revision. */
const ownName = /^kubedirector-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z-r\d+\.backup$/;
/** Left by a process that was killed. */
const partialName = /^kubedirector-.*\.backup\.partial-\d+$/;
/** Nobody takes so long for one file. */
const partialMs = 24 * 3_600_000;
/** After a failure, unless the next one is due before. */
const retryMs = 60_000;

/**
 * Makes the folder where there is none, readable by nobody else.
 * @throws ConfigurationError where no file can be made in it
 */
export async function checkBackupFolder({ directory }: BackupSchedule): Promise<void> {
  const probe = join(resolve(directory), `.probe-${process.pid}`);
  try {
    await mkdir(resolve(directory), { recursive: true, mode: 0o700 });
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConfigurationError(`--backup-dir ${directory} cannot be used: ${error.message}`, { cause: error });
  }
}

/** Makes backups, and removes the oldest. A failure is logged and counted, and disturbs nothing else. */
export class ScheduledBackups {
  readonly #options: BackupsOptions;
  readonly #directory: string;
  readonly #made;
  readonly #madeAt;

  constructor(options: BackupsOptions) {
    this.#options = options;
    this.#directory = resolve(options.schedule.directory);
    const { metrics } = options;
    this.#made = metrics.counter('kubedirector_backups_total', 'Scheduled backups, by result.', ['result']);
    this.#madeAt = metrics.gauge(
      'kubedirector_backup_last_success_timestamp_seconds',
      'When the newest scheduled backup was begun, in seconds since 1970; 0 if there is none.',
    );
  }

  /**
   * Works until the signal aborts. The first backup is made when the newest one in the folder is old enough, so that a restart
   * neither skips one nor adds one. Never rejects.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, schedule } = this.#options;
    let wait = await this.#untilDue();
    for (;;) {
      await pause(clock, wait, signal);
      if (signal.aborted) return;
      const isMade = await this.#attempt();
      wait = isMade ? schedule.everyMs : Math.min(schedule.everyMs, retryMs);
    }
  }

  async #untilDue(): Promise<number> {
    const { clock, schedule } = this.#options;
    const newest = (await this.#backups().catch(() => [])).at(-1);
    this.#madeAt.set((newest?.time ?? 0) / 1000);
    if (newest === undefined) return 0;
    const left = newest.time + schedule.everyMs - clock.now().getTime();
    return Math.min(Math.max(left, 0), schedule.everyMs);
  }

  async #attempt(): Promise<boolean> {
    const { logger } = this.#options;
    try {
      const { file, objects, revision } = await this.#backUp();
      this.#made.inc({ result: 'success' });
      logger.info({ file, objects, revision }, 'the storage was backed up');
    } catch (error) {
      this.#made.inc({ result: 'failure' });
      logger.error({ error }, 'the scheduled backup of the storage could not be made; it is tried again');
      return false;
    }
    await this.#removeOld().catch((error: unknown) => {
      logger.warn({ error }, 'old backups could not be removed');
    });
    return true;
  }

  async #backUp() {
    const { clock, store } = this.#options;
    const created = clock.now();
    const { entries, revision } = await store.list('');
    const stamp = created.toISOString().replaceAll(/[-:.]/g, '');
    const file = join(this.#directory, `kubedirector-${stamp}-r${revision}.backup`);
    await writeBackupFile(file, encodeBackup({ revision, entries, created }), { force: false });
    this.#madeAt.set(created.getTime() / 1000);
    return { file, objects: entries.length, revision };
  }

  async #removeOld(): Promise<void> {
    const { clock, schedule } = this.#options;
    for (const { name } of (await this.#backups()).slice(0, -schedule.keep)) await rm(join(this.#directory, name));
    for (const name of (await readdir(this.#directory)).filter((each) => partialName.test(each))) {
      const path = join(this.#directory, name);
      const { mtimeMs } = await stat(path);
      if (clock.now().getTime() - mtimeMs > partialMs) await rm(path, { force: true });
    }
  }

  /** Ours, the oldest first. */
  async #backups(): Promise<{ readonly name: string; readonly time: number }[]> {
    const found = (await readdir(this.#directory)).flatMap((name) => {
      const parts = ownName.exec(name);
      if (parts === null) return [];
      const [, year, month, day, hour, minute, second, rest] = parts.map(Number);
      return [{ name, time: Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second, rest) }];
    });
    return found.sort((one, other) => one.time - other.time);
  }
}
