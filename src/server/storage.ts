/** What can be done to the data of a server that is stopped: look through them, back them up, restore them. */
import { join, resolve } from 'node:path';
import { internalPrefix, splitStoreKey } from '../apiserver/watchcache/index.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { decodeBackup, encodeBackup } from '../storage/backup.ts';
import type { Entry } from '../storage/contract.ts';
import {
  inspectJournal,
  repairJournal,
  restoreJournal,
  StorageFolderError,
  StorageLockedError,
  type JournalContents,
  type Repaired,
  type Restored,
} from '../storage/journal/index.ts';
import { ConfigurationError } from './configuration-error.ts';
import { dataName } from './data-folder.ts';
import { checkOwner } from './playground-folder.ts';

/** The data folder that a storage command works on. */
export interface StorageFolder {
  /** Holds the data folder. */
  readonly directory: string;
  readonly logger: Logger;
}

/** What `storage inspect` shows. */
export interface StorageReport extends Omit<JournalContents, 'state'> {
  /** How many objects there are of each resource ("kubedirector.hpe.com/kubedirectorapps"), by name. */
  readonly resources: ReadonlyMap<string, number>;
}

/**
 * Reads everything, changes nothing.
 * @throws ConfigurationError where there are no data, or they are in use, not ours or cannot be read
 * @throws StorageCorruptError where they are damaged
 */
export async function checkStorage(folder: StorageFolder): Promise<StorageReport> {
  const directory = join(resolve(folder.directory), dataName);
  const found = await configured(inspectJournal({ directory, clock: systemClock, logger: folder.logger }));
  if (found.state !== 'written') {
    const why = found.state === 'absent' ? 'there is no such folder' : 'nothing was ever written to it';
    throw new ConfigurationError(`${directory} has no data: ${why}. Name the folder that holds it with --data`);
  }
  return { ...found, resources: countResources(found.entries) };
}

interface StorageBackup extends StorageReport {
  /** Each with its newline. */
  readonly lines: Iterable<string>;
}

/** A backup of what checkStorage finds; throws what that throws. */
export async function backUpStorage(folder: StorageFolder): Promise<StorageBackup> {
  const report = await checkStorage(folder);
  return { ...report, lines: encodeBackup({ ...report, created: systemClock.now() }) };
}

interface RestoreRequest extends StorageFolder {
  /** Moves data that are there aside, readable or not; else nothing is restored where there are data. */
  readonly replace: boolean;
}

/** What `storage restore` has done. */
export interface StorageRestored extends Restored {
  /** The data folder. */
  readonly directory: string;
  readonly objects: number;
  readonly backup: { readonly revision: number; readonly created: string };
}

/**
 * Makes a backup the contents of the data folder; all of it was read and found whole before anything is touched.
 * @throws BackupError where it is not whole
 * @throws ConfigurationError where the folder has data that are not to be replaced, is in use, not ours or unusable
 */
export async function restoreStorage(
  request: RestoreRequest,
  source: AsyncIterable<Uint8Array>,
): Promise<StorageRestored> {
  const { entries, ...backup } = await decodeBackup(source);
  const root = resolve(request.directory);
  await checkOwner(root);
  const directory = join(root, dataName);
  const restored = await configured(
    restoreJournal({
      ...{ directory, revision: backup.revision, entries, clock: systemClock, logger: request.logger },
      ...(request.replace && { aside: `${directory}.before-restore-${stamp()}` }),
    }),
  );
  return { ...restored, directory, objects: entries.length, backup };
}

interface StorageRepaired extends Repaired {
  /** The data folder. */
  readonly directory: string;
}

/**
 * Puts what can be read of damaged data in their place; they are moved aside as they are.
 * @throws ConfigurationError where there are none, or they are in use, not ours or unusable
 * @throws StorageCorruptError where only a backup helps; nothing was changed
 */
export async function repairStorage(folder: StorageFolder): Promise<StorageRepaired> {
  const root = resolve(folder.directory);
  await checkOwner(root);
  const directory = join(root, dataName);
  const aside = `${directory}.before-repair-${stamp()}`;
  const { logger } = folder;
  return { ...(await configured(repairJournal({ directory, aside, clock: systemClock, logger }))), directory };
}

/** For names of folders. */
const stamp = (): string => systemClock.now().toISOString().replaceAll(/[-:.]/g, '');

async function configured<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StorageFolderError || error instanceof StorageLockedError)) throw error;
    throw new ConfigurationError(error.message, { cause: error });
  }
}

function countResources(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of entries) {
    if (key.startsWith(internalPrefix)) continue;
    const resource = splitStoreKey(key)?.prefix.slice(1, -1) ?? key;
    counts.set(resource, (counts.get(resource) ?? 0) + 1);
  }
  return counts;
}
