/** The data folder of a server, DIR/data: the one that `kubedirector storage` works on. */
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemClock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { StorageCorruptError, type Store } from '../../storage/contract.ts';
import { openJournalStore, StorageFolderError, StorageLockedError } from '../../storage/journal/index.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { dataName, inFolder } from '../playground-folder.ts';

/**
 * Takes the folder for this process alone, and reads what is in it.
 * @throws ConfigurationError where it is in use, not a server's, damaged or unusable; it is then as it was
 */
export async function openDataFolder(directory: string, logger: Logger): Promise<Store> {
  const root = resolve(directory);
  if (await isThere(join(root, 'pki'))) {
    throw new ConfigurationError(`the folder ${root} is a playground's; name another folder with --data`);
  }
  try {
    return await inFolder(root, openJournalStore({ directory: join(root, dataName), clock: systemClock, logger }));
  } catch (error) {
    const way = wayOut(error);
    if (way === undefined || !(error instanceof Error)) throw error;
    throw new ConfigurationError(`${error.message}${way}`, { cause: error });
  }
}

function wayOut(error: unknown): string | undefined {
  if (error instanceof StorageLockedError) return ' (--data): on lowdb one server runs at a time';
  if (error instanceof StorageFolderError) return ' (--data names the folder that holds it)';
  if (error instanceof StorageCorruptError) return '; see `kubedirector storage check` and `restore`';
  return undefined;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
