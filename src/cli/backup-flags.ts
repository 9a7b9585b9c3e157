/** The flags of `kubedirector serve` for backups by a schedule. */
import type { Command } from 'commander';
import { ConfigurationError } from '../server/configuration-error.ts';
import type { BackupSchedule } from '../server/serve/options.ts';
import { folder } from './data-option.ts';
import { integer } from './numbers.ts';

/** As commander gives them. */
export interface BackupFlags {
  readonly backupDir?: string;
  readonly backupInterval: number;
  readonly backupKeep: number;
}

/** Adds them to the command. */
export function addBackupOptions(command: Command): void {
  command
    .option('--backup-dir <dir>', 'folder to back the data up to now and then; by default nowhere', folder)
    .option('--backup-interval <minutes>', 'time between backups', integer('a time', 1, 7 * 24 * 60), 60)
    .option('--backup-keep <number>', 'backups kept; older ones are removed', integer('a number', 1, 100_000), 24);
}

/**
 * What the flags ask for.
 * @param isGiven whether somebody named the flag; takes the name of its option
 * @throws ConfigurationError for flags that are of no use together
 */
export function backupsOf(
  { backupDir: directory, backupInterval, backupKeep: keep }: BackupFlags,
  isGiven: (option: keyof BackupFlags) => boolean,
): { backups?: BackupSchedule } {
  if (directory !== undefined) return { backups: { directory, everyMs: backupInterval * 60_000, keep } };
  const options = { backupInterval: '--backup-interval', backupKeep: '--backup-keep' } as const;
  for (const option of ['backupInterval', 'backupKeep'] as const) {
    if (isGiven(option)) throw new ConfigurationError(`${options[option]} is of no use without --backup-dir`);
  }
  return {};
}
