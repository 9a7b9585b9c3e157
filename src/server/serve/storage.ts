/** Opens the store that the flags name. */
import { systemClock } from '../../runtime/clock.ts';
import type { Store } from '../../storage/contract.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { StoreTools } from '../data-folder.ts';
import { openDataFolder } from './data-folder.ts';
import type { StorageOptions } from './options.ts';

/**
 * @param signal breaks the waiting for etcd off
 * @throws ConfigurationError if the folder, or what the flags say of etcd, cannot be used
 * @throws StorageUnavailableError if etcd does not answer for a while, or refuses its user
 */
export async function openStorage(
  storage: StorageOptions,
  tools: StoreTools,
  signal: AbortSignal | undefined,
): Promise<Store> {
  if (storage.engine === 'lowdb') return openDataFolder(storage.directory, tools);
  // Its library is large: lowdb does without.
  const { openEtcdStore, EtcdOptionsError } = await import('../../storage/etcd/index.ts');
  try {
    const given = signal === undefined ? {} : { signal };
    return await openEtcdStore({ ...storage.etcd, ...tools, ...given, clock: systemClock, random: Math.random });
  } catch (error) {
    if (!(error instanceof EtcdOptionsError)) throw error;
    throw new ConfigurationError(error.message, { cause: error });
  }
}
