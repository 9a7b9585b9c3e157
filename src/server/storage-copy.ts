/** Moves the data of a server to another engine, folder or prefix. */
import type { Logger } from '../runtime/logger.ts';
import { firstDifference } from '../storage/difference.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { StorageOptions } from './serve/options.ts';
import { fillState, readState, type StorageFilled, type StorageState } from './storage-state.ts';

interface CopyRequest {
  readonly from: StorageOptions;
  readonly to: StorageOptions;
  readonly logger: Logger;
}

interface StorageCopied {
  readonly from: StorageState;
  readonly to: StorageFilled;
}

/**
 * Copies all objects of one state to a place that has none, reads them back and compares each key and value.
 * @throws ConfigurationError where the source is in use or has no data, or the target has some, or cannot be used
 * @throws Error where what was read back differs, or the source was written meanwhile
 */
export async function copyStorage({ from, to, logger }: CopyRequest): Promise<StorageCopied> {
  const source = await readState({ storage: from, logger });
  if (source.isRunning) {
    throw new ConfigurationError(`${source.place} is in use: stop its server first, or what it writes later is lost`);
  }
  const { revision, entries } = source;
  const filled = await fillState({ storage: to, logger, replace: false, revision, entries });
  if (entries.length > 0) {
    const copied = await readState({ storage: to, logger });
    const key = firstDifference(entries, copied.entries);
    if (key !== undefined) throw new Error(`${key} in ${copied.place} is not what it is in ${source.place}`);
  }
  const after = await readState({ storage: from, logger });
  const changed = after.isRunning || firstDifference(entries, after.entries) !== undefined;
  if (changed) {
    throw new Error(
      `${source.place} was written while it was copied to ${filled.place}, which does not have all of it: stop its ` +
        'servers, empty the target, and copy again',
    );
  }
  return { from: source, to: filled };
}
