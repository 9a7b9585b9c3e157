/** What can be done to the data folder of a server: look through it, back it up, restore it. */
import { join, resolve } from 'node:path';
import { internalPrefix, splitStoreKey } from '../apiserver/watchcache/index.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Backup } from '../storage/backup.ts';
import type { Entry } from '../storage/contract.ts';
import {
  inspectJournal,
  readRunningJournal,
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
import { refuseLater } from './storage-format.ts';

/** There is no data folder, nothing was ever written to it, or etcd has no objects under the prefix. */
export class StorageEmptyError extends ConfigurationError {}

/** The data folder that a storage command works on. */
interface StorageFolder {
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
 * @throws ConfigurationError where there are no data, or they are in use, not ours, a later program's, or cannot be read
 * @throws StorageCorruptError where they are damaged
 */
export async function checkStorage(folder: StorageFolder): Promise<StorageReport> {
  const directory = join(resolve(folder.directory), dataName);
  const found = await configured(inspectJournal({ directory, clock: systemClock, logger: folder.logger }));
  if (found.state !== 'written') {
    const why = found.state === 'absent' ? 'there is no such folder' : 'nothing was ever written to it';
    throw new StorageEmptyError(`${directory} has no data: ${why}. Name the folder that holds it with --data`);
  }
  refuseLater(found.entries);
  return { ...found, resources: countResources(found.entries) };
}

/** What a backup of a data folder is made of. */
interface FolderState extends Pick<JournalContents, 'directory' | 'revision' | 'entries'> {
  /** A server has the folder open: the state is the one that it had acknowledged when the reading began, or a newer one. */
  readonly isRunning: boolean;
}

/** The state of a data folder, also of a server that runs; throws what checkStorage throws, but for one in use. */
export async function readFolder(folder: StorageFolder): Promise<FolderState> {
  try {
    return { ...(await checkStorage(folder)), isRunning: false };
  } catch (error) {
    if (!(error instanceof ConfigurationError && error.cause instanceof StorageLockedError)) throw error;
    const directory = join(resolve(folder.directory), dataName);
    const found = await configured(readRunningJournal({ directory, clock: systemClock, logger: folder.logger }));
    refuseLater(found.entries);
    return { ...found, isRunning: true };
  }
}

interface RestoreRequest extends StorageFolder, Pick<Backup, 'revision' | 'entries'> {
  /** Moves data that are there aside, readable or not; else nothing is restored where there are data. */
  readonly replace: boolean;
}

interface FolderFilled extends Restored {
  /** The data folder. */
  readonly directory: string;
}

/**
 * Makes the entries the contents of the data folder.
 * @throws ConfigurationError where the folder has data that are not to be replaced, is in use, not ours or unusable
 */
export async function fillFolder(request: RestoreRequest): Promise<FolderFilled> {
  const { revision, entries } = request;
  const root = resolve(request.directory);
  await checkOwner(root);
  const directory = join(root, dataName);
  const restored = await configured(
    restoreJournal({
      ...{ directory, revision, entries, clock: systemClock, logger: request.logger },
      ...(request.replace && { aside: `${directory}.before-restore-${stamp()}` }),
    }),
  );
  return { ...restored, directory };
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

/** How many objects there are of each resource ("kubedirector.hpe.com/kubedirectorapps"), by name. */
export function countResources(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of entries) {
    if (key.startsWith(internalPrefix)) continue;
    const resource = splitStoreKey(key)?.prefix.slice(1, -1) ?? key;
    counts.set(resource, (counts.get(resource) ?? 0) + 1);
  }
  return counts;
}
