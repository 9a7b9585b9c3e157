/** Backups of a state, and what is read of them. */
import { systemClock } from '../runtime/clock.ts';
import { decodeBackup, encodeBackup, type Backup } from '../storage/backup.ts';
import { refuseLater } from './storage-format.ts';
import { readState, type StorageState, type StorageTarget } from './storage-state.ts';

interface StorageBackup extends StorageState {
  /** Each with its newline. */
  readonly lines: Iterable<string>;
}

/** A backup of what readState finds; throws what that throws. */
export async function backUp(target: StorageTarget): Promise<StorageBackup> {
  const state = await readState(target);
  return { ...state, lines: encodeBackup({ ...state, created: systemClock.now() }) };
}

/**
 * All of a backup, found whole.
 * @throws BackupError where it is not
 * @throws ConfigurationError where a later program wrote it
 */
export async function readBackup(source: AsyncIterable<Uint8Array>): Promise<Backup> {
  const backup = await decodeBackup(source);
  refuseLater(backup.entries);
  return backup;
}
