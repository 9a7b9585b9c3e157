/** Keeps this program from data that a later one wrote. */
import type { Logger } from '../runtime/logger.ts';
import type { Entry, Store } from '../storage/contract.ts';
import { checkFormat, recordFormat, StorageFormatError } from '../storage/format.ts';
import { ConfigurationError } from './configuration-error.ts';
import { version } from './version.ts';

/**
 * The store, ready for a server.
 * @throws ConfigurationError where a later program wrote it; it is closed then
 * @throws StorageUnavailableError where it is new, and cannot be written; it is closed then
 */
export async function enterStore(store: Store, logger: Logger): Promise<Store> {
  try {
    await recordFormat(store, { program: version, logger });
    return store;
  } catch (error) {
    await store.close().catch(() => undefined); // what stopped the start says more
    throw configured(error);
  }
}

/**
 * @param entries of a store or a backup
 * @throws ConfigurationError where a later program wrote them
 */
export function refuseLater(entries: readonly Entry[]): void {
  try {
    checkFormat(entries, version);
  } catch (error) {
    throw configured(error);
  }
}

function configured(error: unknown): unknown {
  return error instanceof StorageFormatError ? new ConfigurationError(error.message, { cause: error }) : error;
}
