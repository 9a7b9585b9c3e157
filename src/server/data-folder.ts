/** DIR/data: the folder that a store is in, whichever server's DIR is. */
import { join } from 'node:path';
import { systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { StorageCorruptError, type Store } from '../storage/contract.ts';
import { openJournalStore, StorageFolderError, StorageLockedError } from '../storage/journal/index.ts';
import { ConfigurationError } from './configuration-error.ts';

/** The data folder in DIR. */
export const dataName = 'data';

/** What a store tells of itself with. */
export interface StoreTools {
  readonly logger: Logger;
  /** Absent where nobody is going to read them. */
  readonly metrics?: Metrics;
}

/** What the user of a server can do where its folder cannot be had: goes behind the message. */
interface WaysOut {
  readonly locked: string;
  readonly foreign: string;
  readonly damaged: string;
}

/**
 * Takes the folder for this process alone, and reads what is in it.
 * @param root DIR, absolute
 * @throws ConfigurationError where it is in use, not a store's, or damaged; it is then as it was
 */
export async function openStoreIn(root: string, tools: StoreTools, ways: WaysOut): Promise<Store> {
  try {
    return await openJournalStore({ directory: join(root, dataName), clock: systemClock, ...tools });
  } catch (error) {
    const way = wayOut(error, ways);
    if (way === undefined || !(error instanceof Error)) throw error;
    throw new ConfigurationError(`${error.message}${way}`, { cause: error });
  }
}

function wayOut(error: unknown, { locked, foreign, damaged }: WaysOut): string | undefined {
  if (error instanceof StorageLockedError) return locked;
  if (error instanceof StorageFolderError) return foreign;
  if (error instanceof StorageCorruptError) return damaged;
  return undefined;
}
